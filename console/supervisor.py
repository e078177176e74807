"""A few processes under one parent: started in order, watched, and stopped together with all that they started.

Each runs in a session of its own, so that Ctrl-C reaches the parent alone and a whole family can be signalled; the
kernel ends it when the parent is killed. What they print goes to files.
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Seconds that a child has to end after SIGTERM before it is killed. Nothing is lost by that: work is claimed anew.
GRACE = 6.0
#: Bytes of a log after which a new one is begun at the next start.
LONG_LOG = 5_000_000
_PR_SET_PDEATHSIG = 1


class ChildDied(Exception):
    """A child ended by itself; the message names it, its status and the end of its log."""


@dataclass
class Child:
    """A running process. `log` is where its output goes."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


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

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Child:
        """Starts a child; its output is appended to <name>.log."""
        log = self._folder / f"{name}.log"
        if log.exists() and log.stat().st_size > LONG_LOG:
            log.replace(log.with_suffix(".old.log"))
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - no threads are running yet
            )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def check(self) -> None:
        """Raises ChildDied when one has ended."""
        for child in self._children:
            status = child.process.poll()
            if status is not None:
                raise ChildDied(f"{child.name} ended with status {status}; {child.log} says:\n{_tail(child.log)}")

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
