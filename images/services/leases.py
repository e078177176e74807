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

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from images.models import Project, Region

Holder = Project | Region
LEASE = timedelta(seconds=60)
#: Seconds between renewals; each is one UPDATE.
RENEW_EVERY = 5.0
CUT_OFF = "The process that synchronised this ended half-way; it is tried again."
_HOST = socket.gethostname()[:30].replace(":", "-")


class Busy(Exception):
    """Somebody else synchronises this holder at the moment."""


class LeaseLost(Exception):
    """We were too slow or were thought dead; somebody else has taken over. Nothing more may be written."""


class Lease:
    """A claim that is ours. `wanted`: what people had asked for until then ("", "quick" or "full").

    `renew` while reading; `check` in each transaction that writes; `finish` in the last one.
    """

    def __init__(self, holder: Holder, owner: str, wanted: str) -> None:
        self.wanted = wanted
        self._rows = type(holder)._default_manager.filter(pk=holder.pk, lease_owner=owner)
        self._renewed = time.monotonic()

    def renew(self, progress: int, *, answered: bool = True) -> None:
        """Every few seconds prolongs the claim and says how many images were read. Raises LeaseLost.

        `answered`: the service did, since the last time; otherwise we only wait for it.
        """
        if time.monotonic() - self._renewed < RENEW_EVERY:
            return
        moment = timezone.now()
        contact = {"contact_at": moment} if answered else {}
        if not self._rows.update(lease_until=moment + LEASE, progress=progress, **contact):
            raise LeaseLost
        self._renewed = time.monotonic()

    def check(self) -> None:
        """Raises LeaseLost when the claim is no longer ours; nobody can take it before the transaction ends."""
        if self._rows.select_for_update().values_list("pk").first() is None:
            raise LeaseLost

    def finish(self, **columns: object) -> None:
        """Writes the outcome and gives the claim back. Raises LeaseLost when it is no longer ours."""
        if not self._rows.update(lease_owner="", lease_until=None, **columns):
            raise LeaseLost

    def give_back(self) -> None:
        """What was asked for is still to be done. Nothing happens after `finish`."""
        self._rows.filter(wanted="").update(wanted=self.wanted)
        self._rows.update(lease_owner="", lease_until=None)


@contextmanager
def lease(holder: Holder) -> Iterator[Lease]:
    """Claims the holder or raises Busy. Whoever leaves without `finish` gives it back with nothing else changed.

    What people asked for is taken over with the claim, so that whoever asks meanwhile is not taken for answered.
    """
    claim = _claim(holder)
    try:
        yield claim
    finally:
        claim.give_back()


def _claim(holder: Holder) -> Lease:
    owner = f"{_HOST}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    rows = type(holder)._default_manager.filter(pk=holder.pk)
    with transaction.atomic():
        held = rows.select_for_update().only("wanted", "lease_owner").first()
        moment = timezone.now()
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        if held is not None and is_dead(held.lease_owner):
            free |= Q(lease_owner=held.lease_owner)
        claimed = rows.filter(free).update(lease_owner=owner, lease_until=moment + LEASE, progress=0, wanted="")
        if held is None or not claimed:
            raise Busy
    return Lease(holder, owner, held.wanted)


def free_what_died(holders: type[Project] | type[Region]) -> int:
    """Takes back claims that ran out, says so in their rows and has the work done again; returns how many."""
    moment = timezone.now()
    return holders._default_manager.filter(lease_until__lt=moment).update(
        lease_owner="", lease_until=None, wanted="full", error=CUT_OFF, error_at=moment
    )


def is_dead(owner: str) -> bool:
    """It was a process of this machine that no longer exists."""
    host, _colon, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    if host != _HOST or not pid.isdigit() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
