"""Processes tell that they are there. `console/heartbeat.py` calls this from workers and from the scheduler."""

import os
import socket
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from console.version import VERSION
from images.core import clock, process_identity
from images.core.clock import Now
from images.core.enums import ProcessKind
from images.core.models.process import Process

#: Seconds between two signs of life.
EVERY = 10.0
#: A row of a process that has been silent for so long tells nobody anything any more.
FORGOTTEN = timedelta(days=1)
_BEGAN = time.monotonic()


def name_here() -> str:
    """The process's own name, by which claims name their owners; for people, machine and process number behind it."""
    return f"{process_identity.own()}@{socket.gethostname()[:30]}:{os.getpid()}"


def report_alive(kind: ProcessKind, queues: Sequence[str] = ()) -> None:
    """This process is there."""
    facts = {
        "queues": ",".join(sorted(queues))[:200],
        "version": VERSION[:20],
        "started_at": Now() - timedelta(seconds=time.monotonic() - _BEGAN),
        "clock_ahead": clock.ahead(),
        "seen_at": Now(),
        "memory": memory_here(),
    }
    if not Process.objects.filter(kind=kind, name=name_here()).update(**facts):
        Process.objects.create(kind=kind, name=name_here(), **facts)
        Process.objects.filter(seen_at__lt=Now() - FORGOTTEN).delete()


def memory_here() -> int | None:
    """Bytes that this process holds in memory; None where the machine does not tell it as Linux does."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def leave(kind: ProcessKind) -> None:
    """It ends as it should; nobody needs to miss it."""
    Process.objects.filter(kind=kind, name=name_here()).delete()
