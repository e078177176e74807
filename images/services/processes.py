"""Processes tell that they are there. `console/heartbeat.py` calls this from workers and from the scheduler."""

import os
import socket
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from console.version import VERSION
from images.enums import ProcessKind
from images.models import Process

#: Seconds between two signs of life.
EVERY = 10.0
#: A row of a process that has been silent for so long tells nobody anything any more.
FORGOTTEN = timedelta(days=1)
_STARTED = timezone.now()


def name_here() -> str:
    """machine:process number, as leases name their owners."""
    return f"{socket.gethostname()[:30].replace(':', '-')}:{os.getpid()}"


def tell(kind: ProcessKind, queues: Sequence[str] = ()) -> None:
    """This process is there."""
    now = timezone.now()
    facts = {
        "queues": ",".join(sorted(queues))[:200],
        "version": VERSION[:20],
        "started_at": _STARTED,
        "seen_at": now,
    }
    if not Process.objects.filter(kind=kind, name=name_here()).update(**facts):
        Process.objects.create(kind=kind, name=name_here(), **facts)
        Process.objects.filter(seen_at__lt=now - FORGOTTEN).delete()


def leave(kind: ProcessKind) -> None:
    """It ends as it should; nobody needs to miss it."""
    Process.objects.filter(kind=kind, name=name_here()).delete()
