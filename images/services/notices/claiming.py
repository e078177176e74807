"""Deliveries that are due: claimed by moving `next_at` ahead, which is the lease as well.

Whoever claims finds its rows by that very moment, and writes outcomes only where it still stands: a worker that was
slow or thought dead changes nothing that another has taken over. A delivery whose worker died is due again when the
lease has run out, under the same `uid`.
"""

import random
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from images.models import Delivery, DeliveryState

LEASE = timedelta(minutes=2)
#: Attempts before a delivery is given up: about two days.
MOST_ATTEMPTS = 14
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(hours=6)


def claim(rows: QuerySet[Delivery], most: int) -> list[Delivery]:
    """Up to so many of these rows that nobody else has claimed."""
    now = timezone.now()
    due = list(rows.filter(next_at__lte=now).order_by("next_at", "pk").values_list("pk", flat=True)[:most])
    mark = now + LEASE + timedelta(microseconds=random.randrange(1_000_000))  # noqa: S311 # tells workers apart
    # the attempt is counted before it is made: what kills its worker each time is given up some day
    claimed = Delivery.objects.filter(pk__in=due, next_at__lte=now)
    claimed.update(next_at=mark, attempts=F("attempts") + 1, tried_at=now)
    return list(rows.filter(pk__in=due, next_at=mark))


def finish(delivery: Delivery, state: DeliveryState, **columns: object) -> bool:
    """Nothing more happens to it. False: somebody else has taken it over."""
    return _write(delivery, state=state, next_at=None, **columns)


def put_off(delivery: Delivery, *, wait: float = 0.0, **columns: object) -> bool:
    """Tries again later, or gives up when it was tried often enough. `wait`: seconds that the receiver asked for."""
    if delivery.attempts >= MOST_ATTEMPTS:
        return finish(delivery, DeliveryState.GIVEN_UP, **columns)
    return _write(delivery, next_at=next_try(delivery.attempts, wait), **columns)


def next_try(attempts: int, wait: float = 0.0) -> datetime:
    """Capped, doubling, with jitter, so that what failed together does not come back together."""
    longest = min(_FIRST * float(2 ** min(attempts - 1, 16)), _LONGEST)
    later = longest * random.uniform(0.5, 1.0)  # noqa: S311 # no secret
    return timezone.now() + max(later, min(timedelta(seconds=wait), _LONGEST))


def _write(delivery: Delivery, **columns: object) -> bool:
    if "error" in columns:
        columns["error"] = str(columns["error"])[:300]
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, next_at=delivery.next_at)
    return bool(rows.update(**columns))
