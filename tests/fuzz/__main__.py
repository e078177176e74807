"""`python -m tests.fuzz [--requests 15000] [--seed 1]`: random requests over all URLs and forms, within one process and
a database in memory; nothing leaves this machine.

None may end in an error of ours, and none may take longer than two seconds unless it hashes a password. What took
longer is asked twice more, and counts when it never was quicker. Exit status 1 otherwise; each finding says how to ask
it again.
"""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import logging
import os
import socket
import sys
import time
from collections import Counter

#: Seconds that an answer may take.
MOST = 2.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=15_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first request")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.test.utils import get_runner

    django.setup()
    logging.disable(logging.CRITICAL)
    _stay_here()
    from django.conf import settings

    runner = get_runner(settings)(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        return _run(options)
    finally:
        runner.teardown_databases(databases)
        runner.teardown_test_environment()


def _stay_here() -> None:
    """Forms have addresses in them that the console then calls: this process connects to loopback alone."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and str(address[0]) not in ("127.0.0.1", "::1"):  # type: ignore[index]
            raise OSError("random requests do not leave this machine")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = only_here  # type: ignore[method-assign,assignment]


def _run(options: argparse.Namespace) -> int:
    from tests.fuzz.asking import names_of_password, problem
    from tests.fuzz.world import staged

    found, statuses, slowest = 0, Counter[int](), (0.0, "")
    began = time.monotonic()
    with staged() as asker:
        for number in range(options.first, options.first + options.requests):
            request = asker.request(options.seed, number)
            answer = asker.ask(request)
            statuses[answer.status] += 1
            wrong = problem(answer)
            if answer.seconds > MOST and not names_of_password(request):
                seconds = min(answer.seconds, *(asker.ask(request).seconds for _again in range(2)))
                wrong = wrong or (f"takes {seconds:.1f} s" if seconds > MOST else "")
                slowest = max(slowest, (seconds, str(request)))
            elif not names_of_password(request):
                slowest = max(slowest, (answer.seconds, str(request)))
            if wrong:
                found += 1
                print(f"make fuzz SEED={options.seed} FIRST={number} N=1: {wrong}\n    {request}", flush=True)
    codes = ", ".join(f"{code}: {count}" for code, count in sorted(statuses.items()))
    seconds = time.monotonic() - began
    print(f"seed {options.seed}: {options.requests} requests in {seconds:.0f} s ({codes}), {found} findings")
    print(f"slowest: {slowest[0]:.2f} s, {slowest[1][:300]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
