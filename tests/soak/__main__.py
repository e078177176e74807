"""`python -m tests.soak [--minutes 30] [--seed 1]`: a freshly started `make run`, used as several people would use it.

Three operators, two approvers, an administrator and two who look on sign in and out, read, search, edit in place, tag
one and many, create, copy, share, delete, upload in pieces, vote and follow live progress, with pauses as people make
them; every core is kept busy beside that. Web, worker, carrier, scheduler and sandbox are killed once each, and
messages that nobody can read are put into the broker's folder. In the end every process must be alive, every operation
final with its effect in the sandbox exactly once, the cache equal to the sandbox, no answer 5xx, no traceback that no
kill explains, and memory flat. Exit status 1 otherwise. All of it on loopback, on free ports, in a folder of its own;
it ends by itself.
"""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.soak.console import Console


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=4.0, help="seconds between two things that somebody does, about")
    parser.add_argument("--images", type=int, default=150, help="images for the operators, beside the demonstration's")
    parser.add_argument("--offers", type=int, default=40, help="images that the partner shares with us")
    parser.add_argument("--burners", type=int, default=len(os.sched_getaffinity(0)), help="cores that are kept busy")
    parser.add_argument("--gentle", action="store_true", help="kill nothing: use and rubbish alone")
    parser.add_argument("--keep", action="store_true", help="keep database and logs, and say where")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_said: sys.exit(143))  # what was started is stopped, as after Ctrl-C
    folder = Path(tempfile.mkdtemp(prefix=f"soak-{options.seed}-"))
    status = 1
    try:
        with Console(folder, 300, UPLOAD_CHUNK="65536") as console:
            status = _run(console, options)
    finally:
        if options.keep or status:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return status


def _run(console: Console, options: argparse.Namespace) -> int:
    """Django is set up as in the console's own processes, to look at its database."""
    os.environ.clear()  # a suite that starts us has settings of its own in it
    os.environ.update(console.environment, LOG_LEVEL="ERROR")
    from console.embedded import prepare_environment

    prepare_environment()
    import django

    django.setup()
    from tests.soak.run import Soak

    return Soak(console, options).go()


if __name__ == "__main__":
    sys.exit(main())
