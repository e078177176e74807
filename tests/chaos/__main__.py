"""`python -m tests.chaos [--seeds 10] [--operations 500]`: operations of all kinds while everything breaks.

Against the sandbox over HTTP, with faults on (errors, throttling, resets before and after the effect, spoilt answers),
while workers get SIGKILL every few seconds and web server and scheduler are killed and started again. In the end every
operation must be final, each effect there exactly once, and the cache equal to the sandbox. Exit status 1 otherwise.
"""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many runs, each with its own seed")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--operations", type=int, default=500)
    parser.add_argument("--every", type=float, default=4.0, help="seconds between kills of a worker, about")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds after which what is not final is lost")
    parser.add_argument("--plain", action="store_true", help="a bare carrier instead of Celery, scheduler and web")
    parser.add_argument("--keep", action="store_true", help="keep database and logs, and say where")
    options = parser.parse_args()
    worst = 0
    for seed in range(options.first, options.first + options.seeds):
        folder = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))
        try:
            worst = max(worst, _in_a_process_of_its_own(seed, folder, options))
        finally:
            if not options.keep:
                shutil.rmtree(folder, ignore_errors=True)
        if options.keep:
            print(f"kept: {folder}")
    return worst


def _in_a_process_of_its_own(seed: int, folder: Path, options: argparse.Namespace) -> int:
    """Django takes its database once in a process, and each seed has a database of its own."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        status = _run(seed, folder, options)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except Exception:  # noqa: BLE001 - a run that breaks is told and fails, and the next seed has its turn
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        os._exit(status)


def _run(seed: int, folder: Path, options: argparse.Namespace) -> int:
    from tests.cache.test_killed_sync import database

    with database(folder / "database") as url:
        environment = {
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "SECRET_KEY": "only-for-chaos-0123456789-abcdefghijklmnopqrstuvwxyz",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": url,
            "HTTPS": "false",
            "BROKER_URL": "filesystem://",
            "LOG_LEVEL": "WARNING",
            "SYNC_INTERVAL": "10",
            "IMS_READ_TIMEOUT": "10",
            "DEBUG": "false",
        }
        os.environ.update(environment)
        import django

        django.setup()
        from django.db import connection

        from tests.chaos.run import Run

        try:
            return Run(seed, folder, dict(os.environ), options).go()
        finally:
            connection.close()


if __name__ == "__main__":
    sys.exit(main())
