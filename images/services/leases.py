"""One synchronisation per holder at a time: a claim in the holder's own row, renewed while the work goes on.

The claim is a conditional UPDATE whose row count says who won; it holds on SQLite and PostgreSQL alike. A holder whose
worker died is free when the lease has run out, or at once when the dead process was on this machine.
"""

import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from images.models import Project, Region

Holder = Project | Region
LEASE = timedelta(seconds=60)
#: Seconds between renewals; each is one UPDATE.
RENEW_EVERY = 5.0
_HOST = socket.gethostname()[:30].replace(":", "-")


class Busy(Exception):
    """Somebody else synchronises this holder at the moment."""


class LeaseLost(Exception):
    """We were too slow or were thought dead; somebody else has taken over. Nothing more may be written."""


class Lease:
    """A claim that is ours. `renew` before each write of some length; `check` inside the transaction that publishes."""

    def __init__(self, holder: Holder, owner: str) -> None:
        self.owner = owner
        self._rows = type(holder)._default_manager.filter(pk=holder.pk, lease_owner=owner)
        self._renewed = time.monotonic()

    def renew(self, progress: int, *, now: bool = False) -> None:
        """Every few seconds prolongs the claim and says how many images were read. Raises LeaseLost."""
        if not now and time.monotonic() - self._renewed < RENEW_EVERY:
            return
        moment = timezone.now()
        if not self._rows.update(lease_until=moment + LEASE, contact_at=moment, progress=progress):
            raise LeaseLost
        self._renewed = time.monotonic()

    def finish(self, **columns: object) -> None:
        """Writes the outcome and gives the claim back. Raises LeaseLost when it is no longer ours."""
        if not self._rows.update(lease_owner="", lease_until=None, **columns):
            raise LeaseLost


@contextmanager
def lease(holder: Holder) -> Iterator[Lease]:
    """Claims the holder or raises Busy. Whoever leaves without `finish` gives it back with nothing else changed."""
    owner = f"{_HOST}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    moment = timezone.now()
    rows = type(holder)._default_manager.filter(pk=holder.pk)
    free = Q(lease_until=None) | Q(lease_until__lt=moment)
    dead = _dead_owner(holder)
    if dead:
        free |= Q(lease_owner=dead)
    if not rows.filter(free).update(lease_owner=owner, lease_until=moment + LEASE, progress=0):
        raise Busy
    try:
        yield Lease(holder, owner)
    finally:
        rows.filter(lease_owner=owner).update(lease_owner="", lease_until=None)


def _dead_owner(holder: Holder) -> str:
    """The present owner, when it was a process of this machine that no longer exists; else nothing."""
    owner = type(holder)._default_manager.filter(pk=holder.pk).values_list("lease_owner", flat=True).first() or ""
    host, _colon, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    if host != _HOST or not pid.isdigit() or int(pid) == os.getpid():
        return ""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return owner
    except PermissionError:
        return ""
    return ""
