"""What goes wrong in a run of chaos: faults of the service, and processes that are killed."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from console.supervisor import _end_with_parent
from tests.sandbox_process import ROOT, SandboxProcess

#: Sections of the reference that the acts, their jobs and their reading use; 3.1 is the sign-in.
OPERATIONS = (
    "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.5", "5.1.6", "5.1.7", "5.2.4", "5.3.1", "5.3.2", "5.4.1", "5.6.1",
    "6.1.2", "6.1.3", "6.1.4", "6.1.5", "6.1.6", "6.4.2", "6.4.4", "3.1",
)  # fmt: skip
KINDS = (
    "status", "status", "throttle", "reset_before", "reset_after", "reset_after", "garbage", "truncate", "html", "drip",
)  # fmt: skip
_CALLS_PER_FAULT = 8
#: Seconds by which the clocks of the machines are wrong that the processes run on, by chance at each start.
WRONG = (0, 0, 3600, -3600, 86_400, -86_400)
#: A machine of its own, but for its name: there the first process has the number 1, as in a pod.
APART = ("unshare", "--user", "--map-root-user", "--fork", "--pid", "--kill-child")
_QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING")
COMMANDS = {
    "worker": ("celery", "--app=console", "worker", "--pool=threads", "--concurrency=1", *_QUIET),
    "carrier": (
        "celery", "--app=console", "worker", "--queues=operations", "--pool=threads", "--concurrency=1",
        "--hostname=operations@%h", *_QUIET,
    ),
    "carrier-apart": (
        "celery", "--app=console", "worker", "--queues=operations", "--pool=threads", "--concurrency=1",
        "--hostname=apart@%h", *_QUIET,
    ),
    "plain-apart": ("tests.chaos.plain",),
    "scheduler": ("celery", "--app=console", "beat", "--loglevel=WARNING", "--pidfile="),
    "web": ("gunicorn", "console.wsgi", "--worker-class=gthread", "--threads=2", "--workers=1", "--no-control-socket"),
    # no Celery around it: it starts in a second, and dies as often
    "plain": ("tests.chaos.plain",),
}  # fmt: skip


class Faults:
    """Sets one fault after the other, each for one call."""

    def __init__(self, sandbox: SandboxProcess, rng: random.Random) -> None:
        self._sandbox = sandbox
        self._rng = rng
        self.count = 0

    def one(self) -> None:
        """One call in eight: the last item must not have to take what was meant for hundreds."""
        rng = self._rng
        if self.count * _CALLS_PER_FAULT > sum(self._sandbox.calls().values()):
            return
        kind = rng.choice(KINDS)
        fault = {"kind": kind, "operation": rng.choice(OPERATIONS), "times": 1, "skip": rng.choice([0, 0, 0, 1])}
        if kind == "status":
            fault["status"] = rng.choice([500, 502, 503, 504])
        if kind == "throttle":
            fault["retry_after"] = 1
        if kind == "drip":  # for longer than any deadline of ours
            fault["seconds"] = 0.2
        self._sandbox.fault(**fault)
        self.count += 1


class Processes:
    """The console's processes, each in a session of its own; killed with all that they have started."""

    def __init__(self, folder: Path, environment: Mapping[str, str], rng: random.Random | None = None) -> None:
        """`rng`: by which clocks go wrong; None: none does."""
        self._folder = folder
        self._rng = rng
        self.wrong_clocks = 0
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_exc: object) -> None:
        for name in list(self._running):
            self.kill(name)

    def command(self, name: str) -> list[str]:
        shifted = [] if name == "web" or self._rng is None else ["tests.shifted"]
        apart = APART if name.endswith("-apart") else ()
        return [*apart, sys.executable, "-W", "ignore", "-m", *shifted, *COMMANDS[name]]

    def start(self, name: str, *more: str) -> None:
        ahead = self._rng.choice(WRONG) if self._rng else 0
        self.wrong_clocks += bool(ahead)
        self._start(name, [*self.command(name), *more], ROOT, {**self._environment, "CLOCK_AHEAD": str(ahead)})

    def _start(self, name: str, command: list[str], where: Path, environment: Mapping[str, str]) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=where,
                env={**environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads here; a killed run leaves nothing behind
            )

    def pid(self, name: str) -> int:
        """As the process itself knows it."""
        return 1 if name.endswith("-apart") else self._running[name].pid

    def start_again(self, names: list[str]) -> None:
        """Those that have ended by themselves."""
        for name in names:
            if not self.is_alive(name):
                self.start(name)

    def stop_all(self) -> list[str]:
        """SIGKILL to everybody; returns who was there."""
        names = list(self._running)
        for name in names:
            self.kill(name)
        return names

    def is_alive(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def kill(self, name: str) -> None:
        """SIGKILL to the whole family."""
        process = self._running.pop(name)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it had ended by itself
        else:
            self.kills += 1
        process.wait()


def can_be_apart() -> bool:
    """Whether this machine lets us have a space of process numbers."""
    if shutil.which(APART[0]) is None:
        return False
    return subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Clock:
    """True once in a while, by chance around `seconds`."""

    def __init__(self, seconds: float, rng: random.Random) -> None:
        self._seconds = seconds
        self._rng = rng
        self._next = time.monotonic() + seconds

    def strikes(self) -> bool:
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._rng.uniform(0.3, 1.5) * self._seconds
        return True
