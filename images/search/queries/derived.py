"""Fields that no posting holds: rooms above derive them from the index (images/<room>/listeners.py).

What they answer belongs to a version of the index and is remembered with it (Snapshot.remembered): it is asked often
while one list is made.
"""

from collections.abc import Callable, Mapping, Sequence

from pyroaring import BitMap

from images.cache.queries.index import Snapshot

#: value → images, of all projects.
Values = Callable[[Snapshot], Mapping[str, BitMap]]
#: The images by this field, ascending: those of one bitmap by id. What is in none comes last.
Order = Callable[[Snapshot], Sequence[BitMap]]

VALUES: dict[str, Values] = {}
ORDERS: dict[str, Order] = {}


def derive(field: str, values: Values, order: Order | None = None) -> None:
    """From now on `field` (search/filters/fields.py) has these values; with `order` a column of its name is sorted."""
    VALUES[field] = values
    if order is not None:
        ORDERS[field] = order
