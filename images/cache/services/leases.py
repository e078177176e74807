"""One synchronisation per holder at a time: a claim in the holder's own row, renewed while the work goes on.

The claim is a conditional UPDATE whose row count says who won; it holds on SQLite and PostgreSQL alike. When it runs
out is told by the database's clock (images/core/clock.py). A holder whose worker died is free when the lease has run
out, or at once when it is proved that the process is gone (identity.py).
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from images.clouds.models import Project, Region
from images.core import clock, process_identity
from images.core.clock import Now

Holder = Project | Region
LEASE = timedelta(seconds=60)
#: Seconds between renewals; each is one UPDATE.
RENEW_EVERY = 5.0
#: The database may round, and two of its clocks may follow each other.
_SLACK = timedelta(seconds=1)
CUT_OFF = "The process that synchronised this ended half-way; it is tried again."


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
        contact = {"contact_at": Now()} if answered else {}
        if not self._rows.update(lease_until=Now() + LEASE, progress=progress, **contact):
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
    owner = new_owner()
    rows = type(holder)._default_manager.filter(pk=holder.pk)
    with transaction.atomic():
        held = rows.select_for_update().only("wanted", "lease_owner", "lease_until").first()
        free = is_free(held.lease_owner if held else "")
        claimed = rows.filter(free).update(lease_owner=owner, lease_until=Now() + LEASE, progress=0, wanted="")
    if held is not None and not claimed:
        shorten(rows, held.lease_until, LEASE)
    if held is None or not claimed:
        raise Busy
    return Lease(holder, owner, held.wanted)


def free_what_died(holders: type[Project] | type[Region]) -> int:
    """Takes back claims that ran out, says so in their rows and has the work done again; returns how many."""
    _shorten(holders._default_manager.all(), LEASE)
    return holders._default_manager.filter(lease_until__lt=Now()).update(
        lease_owner="",
        lease_until=None,
        wanted="full",
        error=CUT_OFF,
        error_at=Now(),
        error_code="",
        error_request_id="",
    )


# --- what all claims have in common -----------------------------------------------------------------------------------
def new_owner() -> str:
    """Names a claim: the process that makes it, and a number of the claim's own."""
    return f"{process_identity.own()}:{uuid.uuid4().hex[:12]}"


def is_free(owner: str) -> Q:
    """Rows that may be claimed. `owner`: who has the claim, as it was just read."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    return free | Q(lease_owner=owner) if process_identity.is_dead(owner) else free


def shorten(rows: QuerySet[Any, Any], until: datetime | None, most: timedelta) -> None:
    """Nobody claims for longer than `most`. A claim that would hold longer was written by a clock that has been set
    right since, and would keep everybody away until then; if its owner lives it is renewed in time. `until`: as it was
    read."""
    if until is not None and until > clock.now() + most + _SLACK:
        _shorten(rows, most)


def _shorten(rows: QuerySet[Any, Any], most: timedelta) -> None:
    rows.filter(lease_until__gt=Now() + most + _SLACK).update(lease_until=Now() + most)
