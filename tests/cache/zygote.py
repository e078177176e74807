"""A process with Django loaded that forks one child a command, so that a kill costs a fork and not a start of Python.

What the child does from then on is what `manage.py` would do; the console itself is killed, not the loader.
"""

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]


class Zygote:
    """Runs management commands in forked children; at most one at a time. A context manager."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.cache.zygote"],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.communicate()  # end of its standard input is the end of its work

    def run(self, *arguments: str) -> None:
        """Carries out `manage.py arguments` to its end; AssertionError when that end is not 0."""
        self._start(arguments)
        status = self._status(None)
        assert status == 0, (arguments, status)

    def kill_after(self, seconds: float, *arguments: str) -> bool:
        """Whether the command was still at work after so many seconds, and then got SIGKILL."""
        pid = self._start(arguments)
        if self._status(seconds) is not None:
            return False
        with suppress(ProcessLookupError):  # it ended in this very moment
            os.kill(pid, signal.SIGKILL)
        return self._status(None) == -signal.SIGKILL

    def _start(self, arguments: tuple[str, ...]) -> int:
        self.process.stdin.write(json.dumps(arguments).encode() + b"\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def _status(self, seconds: float | None) -> int | None:
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        return int(self.process.stdout.readline()) if ready else None


def serve() -> None:
    """One JSON list of arguments a line in; the child's number and then its exit status out."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - loads views and services once, for all children
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # standard output belongs to the conversation
            status = 1
            try:
                call_command(*json.loads(line))
                status = 0
            finally:
                os._exit(status)
        answer(pid)
        answer(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
