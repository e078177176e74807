"""A few processes under one parent: started in order, watched, started again, and stopped with all that they started.

Each runs in a session of its own, so that Ctrl-C reaches the parent alone and a whole family can be signalled; the
kernel ends it when the parent is killed. What they print goes to files.
"""

import contextlib
import ctypes
import json
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from images.core.backoff import Backoff

logger = logging.getLogger(__name__)

#: Seconds that a child has to end after SIGTERM before it is killed. Nothing is lost by that: work is claimed anew.
GRACE = 6.0
#: Bytes of a log after which a new one is begun at the next start.
LONG_LOG = 5_000_000
_PR_SET_PDEATHSIG = 1


#: Until a child that died is started again, by its deaths within MEMORY seconds: one that cannot live is started ten
#: times in ten minutes, and takes no time from the others.
RESTARTS, MEMORY = Backoff(first=1.0, longest=120.0), 600.0


class KeepsDying(Exception):
    """A child cannot be started; the message names it, its status and the end of its log."""


@dataclass
class Child:
    """A process that runs, or ran and will again. `log` is where its output goes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    files: Sequence[int]
    process: "subprocess.Popen[bytes]" = field(init=False)
    #: Moments of its deaths (time.monotonic), those of the last MEMORY seconds.
    deaths: list[float] = field(default_factory=list)
    #: When it will be started again; None while it runs.
    again_at: float | None = None


@dataclass(frozen=True)
class Death:
    """A child ended by itself: with which status, how often of late, in how many seconds it is started again, and the
    end of its log."""

    name: str
    status: int
    times: int
    pause: float
    log: Path
    tail: str

    def __str__(self) -> str:
        often = "" if self.times == 1 else f" (the {self.times}th time within {MEMORY / 60:.0f} minutes)"
        return (
            f"{self.name} ended with status {self.status}{often}; it is started again in {self.pause:.0f} s. "
            f"{self.log} says:\n{self.tail}"
        )


class Supervisor:
    """Use as a context manager: whatever happens inside, no child outlives it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, files: Sequence[int] = ()
    ) -> Child:
        """Starts a child; its output is appended to <name>.log, and it inherits the open `files`."""
        child = Child(name, command, environment, folder, self._folder / f"{name}.log", files)
        _launch(child)
        self._children.append(child)
        return child

    def tend(self) -> list[Death]:
        """Starts again whose pause is over, and tells who has died since the last time. Call it twice a second."""
        now = time.monotonic()
        for child in self._children:
            if child.again_at is not None and now >= child.again_at:
                _launch_again(child, now)
        fallen = [one for one in self._children if one.again_at is None and one.process.poll() is not None]
        return [_bury(child, now) for child in fallen]

    def stop(self) -> None:
        """SIGTERM to all, last started first; SIGKILL for the families of those that take too long."""
        running = [child for child in reversed(self._children) if child.process.poll() is None]
        for child in running:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in running:
            try:
                child.process.wait(max(0.05, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_family(child, signal.SIGKILL)
                child.process.wait()
        for child in self._children:
            _signal_family(child, signal.SIGKILL)  # what a child left behind
        self._children.clear()


def _launch(child: Child) -> None:
    if child.log.exists() and child.log.stat().st_size > LONG_LOG:
        child.log.replace(child.log.with_suffix(".old.log"))
    with child.log.open("ab") as output:
        child.process = subprocess.Popen(  # noqa: S603 - our own commands
            child.command,
            cwd=child.folder,
            env=dict(child.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=child.files,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads are running yet
        )


def _launch_again(child: Child, now: float) -> None:
    """A full disk or table of processes may be over in a while."""
    try:
        _launch(child)
    except OSError:
        logger.exception("%s cannot be started; again in %.0f s", child.name, RESTARTS.longest)
        child.again_at = now + RESTARTS.longest
    else:
        child.again_at = None


def _bury(child: Child, now: float) -> Death:
    """What it left behind goes too: a web worker without its master would keep the port busy."""
    _signal_family(child, signal.SIGKILL)
    child.deaths = [*(moment for moment in child.deaths if moment > now - MEMORY), now]
    times = len(child.deaths)
    pause = RESTARTS.ceiling(times)
    child.again_at = now + pause
    death = Death(child.name, child.process.returncode, times, pause, child.log, _tail(child.log))
    with contextlib.suppress(OSError), child.log.open("a") as log:  # a full disk is told by others
        words = f"ended with status {death.status}; started again in {pause:.0f} s"
        as_json = child.environment.get("LOG_FORMAT") == "json"
        log.write(json.dumps({"level": "ERROR", "message": words}) + "\n" if as_json else f"--- {words} ---\n")
    return death


def _signal(child: Child, number: signal.Signals) -> None:
    """Only the child itself: it knows how to end its own."""
    if child.process.poll() is None:
        child.process.send_signal(number)


def _signal_family(child: Child, number: signal.Signals) -> None:
    """The child leads a session, so its process group bears its id; the group may outlive it."""
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return


def _end_with_parent() -> None:
    """Runs in the child: a parent that was killed cannot stop anybody, so the kernel does (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _tail(log: Path, lines: int = 15) -> str:
    text = log.read_bytes()[-8000:].decode("utf-8", "replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
