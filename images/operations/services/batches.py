"""The images of an operation, fixed when it is asked for: the first ones as items, the others frozen in batches.

A hundred thousand items cost more than all else that a request for them does (docs/adr/0018-batches-of-items.md). So
the request writes the first FIRST, at least one for each project (who may see the operation is told by its items), and
of the others batches of AT_ONCE, packed: the same transaction, a hundred rows. The carrier that holds a project's
lane makes items of them while it sends what is there. The operation counts all of them from the beginning.
"""

import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import F, Q
from pyroaring import BitMap

from images.clouds.models import Project
from images.operations.enums import ItemState
from images.operations.models.batch import ItemBatch
from images.operations.models.operation import Operation
from images.operations.services import items, project_leases
from images.operations.services.items import Entry, entry_of
from images.operations.services.states import count
from images.operations.services.target import Target

#: Images of a batch: one transaction of the carrier, some 40 ms.
AT_ONCE: Final = 1_000
#: Images that become items in the request: as many as the driver writes in the time of a thousand by bulk_create.
FIRST = 5_000
#: Seconds of each round of the carrier that go into making items, at most; one batch at least.
SECONDS = 0.1

_unpack: Final = msgspec.json.Decoder(list[Entry]).decode


@dataclass
class Frozen:
    """Targets as they were when they were read: `first` become items at once, by Project.id."""

    first: dict[int, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    batches: list[ItemBatch] = field(default_factory=list)
    projects: dict[int, Project] = field(default_factory=dict)
    count: int = 0
    #: Of the first target.
    name: str = ""


def freeze(targets: Iterable[Target]) -> Frozen:
    """Goes through the targets once; some 5 µs and 50 bytes each."""
    frozen = Frozen()
    rest: dict[int, list[Entry]] = defaultdict(list)
    for position, target in enumerate(targets):
        place, entry = target.project.pk, entry_of(position, target)
        if position < FIRST or place not in frozen.projects:
            frozen.first[place].append(entry)
            frozen.projects.setdefault(place, target.project)
        else:
            rest[place].append(entry)
            if len(rest[place]) == AT_ONCE:
                frozen.batches.append(_packed(place, rest.pop(place)))
        frozen.name = frozen.name or target.name
        frozen.count += 1
    frozen.batches += [_packed(place, entries) for place, entries in rest.items()]
    return frozen


def _packed(project_id: int, entries: list[Entry]) -> ItemBatch:
    return ItemBatch(
        project_id=project_id,
        count=len(entries),
        images=BitMap(entry.image for entry in entries if entry.image).serialize(),
        content=zlib.compress(msgspec.json.encode(entries), 1),
    )


def write(operation: Operation, frozen: Frozen) -> None:
    """In the transaction of the request."""
    for project_id, entries in frozen.first.items():
        items.insert(operation, project_id, entries, ItemState.WAITING)
    for batch in frozen.batches:
        batch.operation = operation
    # a few in a statement, which PostgreSQL gets as text: fifty take 3 MB more
    ItemBatch.objects.bulk_create(frozen.batches, batch_size=10)


def expand(project_id: int, owner: str) -> bool:
    """Makes items of the eldest batches of a project whose lane this carrier holds, as long as a round may take;
    returns whether there may be more."""
    until = time.monotonic() + SECONDS
    while more := _expand_eldest(project_id, owner):
        if time.monotonic() >= until:
            break
    return more


def _expand_eldest(project_id: int, owner: str) -> bool:
    """Whether there was one, and the lane is still ours."""
    batches = ItemBatch.objects.filter(project_id=project_id).order_by("pk").values_list("pk", "operation_id")
    if not batches.exists():  # as nearly always: no transaction, no lock
        return False
    with transaction.atomic():
        eldest = batches.first() if project_leases.still_ours(project_id, owner) else None
        if eldest is not None:
            _expand(eldest[1], pk=eldest[0])
    return eldest is not None


def expand_all(operation: Operation) -> None:
    """Makes items of all its batches, for somebody who has to judge each. Inside a transaction."""
    for pk in list(operation.batches.values_list("pk", flat=True)):
        _expand(operation.pk, pk=pk)


def _expand(operation_id: int, *, pk: int) -> None:
    """The operation is held first, as by everybody who moves it: a cancellation of this moment comes before or after,
    and then finds items."""
    operation = Operation.objects.select_for_update().get(pk=operation_id)
    batch = ItemBatch.objects.select_for_update().filter(pk=pk).first()
    if batch is not None:
        items.insert(operation, batch.project_id, _unpack(zlib.decompress(batch.content)), ItemState(batch.state))
        batch.delete()
        Operation.objects.filter(pk=operation_id).update(version=F("version") + 1)


def cancel(which: Q) -> int:
    """Nothing of these batches will begin; counts their images as cancelled and returns how many they are. Inside a
    transaction."""
    batches = ItemBatch.objects.select_for_update().filter(which, state=ItemState.WAITING)
    steps: Counter[int] = Counter()
    for batch in batches.only("operation_id", "count"):
        steps[batch.operation_id] += batch.count
    batches.update(state=ItemState.CANCELLED)
    for operation_id, step in sorted(steps.items()):
        count(operation_id, {ItemState.WAITING: -step, ItemState.CANCELLED: step})
    return steps.total()
