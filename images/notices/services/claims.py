"""Deliveries that are due, claimed as core/claims.py does it: one whose worker died is due again when the claim has run
out, under the same `uid`."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from images.core import claims, clock
from images.core.backoff import DELIVERIES
from images.notices.models import Delivery, DeliveryState

LEASE = timedelta(minutes=2)
#: Attempts before a delivery is given up: about a day.
MOST_ATTEMPTS = 14


def claim(rows: QuerySet[Delivery], most: int) -> list[Delivery]:
    """Up to so many of these rows that nobody else has claimed."""
    now = clock.now()
    # none of its attempts came to an end: each has killed whoever made it
    killers = rows.filter(next_at__lte=now, attempts__gte=MOST_ATTEMPTS).order_by().values("pk")
    Delivery.objects.filter(pk__in=killers).update(state=DeliveryState.GIVEN_UP, next_at=None)
    return claims.claim(rows, most, lease=LEASE, counter="attempts", tried_at=now)


def finish(delivery: Delivery, state: DeliveryState, **columns: object) -> bool:
    """Nothing more happens to it. False: somebody else has taken it over."""
    return _write(delivery, state=state, next_at=None, **columns)


def put_off(delivery: Delivery, *, wait: float = 0.0, **columns: object) -> bool:
    """Tries again later, or gives up when it was tried often enough. `wait`: seconds that the receiver asked for."""
    if delivery.attempts >= MOST_ATTEMPTS:
        return finish(delivery, DeliveryState.GIVEN_UP, **columns)
    return _write(delivery, next_at=next_try(delivery.attempts, wait), **columns)


def next_try(attempts: int, wait: float = 0.0) -> datetime:
    """After so many attempts. `wait`: seconds that the receiver asked for."""
    return clock.now() + timedelta(seconds=DELIVERIES.pause(attempts, asked=wait))


def _write(delivery: Delivery, **columns: object) -> bool:
    if "error" in columns:
        columns["error"] = str(columns["error"])[:300]
    return bool(claims.held(delivery).filter(state=DeliveryState.WAITING).update(**columns))
