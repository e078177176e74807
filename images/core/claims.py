"""The one claim of a due row: a row with `next_at`, and a counter of what was tried in vain.

Before it is tried its `next_at` is moved ahead and the try is counted, by an UPDATE that holds only if nobody else was
faster. So whoever dies over a row leaves it due again when the claim has run out, more and more seldom; and what came
of the try is written only where that very moment still stands (`held`), which tells whoever was slow or thought dead
that another has taken over.

Two other things are no claims: a lease that is renewed while long work goes on (images/cache/services/leases.py), and
rows without such columns, which are swept (sweeping.py).
"""

import random
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from images.core import clock
from images.core.backoff import MOST, Backoff

M = TypeVar("M", bound=Model)


def claim(
    rows: QuerySet[M], most: int, *, lease: timedelta, counter: str, backoff: Backoff | None = None, **columns: object
) -> list[M]:
    """Up to `most` of these rows that are due, the longest due first; nobody else has them for `lease` at least.

    counter: the column that counts tries. backoff: how much longer the more of them there were. columns: what else is
    written with the claim. The rows that come back have what was written.
    """
    now = clock.now()
    claimed = []
    for row in rows.filter(next_at__lte=now).order_by("next_at", "pk")[:most]:
        tries = min(getattr(row, counter) + 1, MOST)
        pause = timedelta(seconds=backoff.pause(tries)) if backoff else lease
        # so that no two claims of a row end in the same moment, by which their owners know it
        later = now + max(lease, pause) + timedelta(microseconds=random.randrange(1_000_000))  # noqa: S311 # no secret
        written: dict[str, object] = {"next_at": later, counter: tries, **columns}
        if held(row).update(**written):
            for name, value in written.items():
                setattr(row, name, value)
            claimed.append(row)
    return claimed


def held(row: M) -> QuerySet[M]:
    """The row itself, if it is still as we know it: nobody has claimed it since."""
    known: Any = row
    return type(row)._default_manager.filter(pk=row.pk, next_at=known.next_at)
