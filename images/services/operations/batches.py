"""The images of an operation, fixed when it is asked for: the first ones as items, the others frozen in batches.

A hundred thousand items take as long to write as people wait for a page that hangs. So the request writes the first
FIRST, at least one for each project (who may see the operation is told by its items), and of the others batches of
AT_ONCE, packed: the same transaction, a few hundred rows. The carrier that holds a project's lane makes items of them,
one batch in one transaction, while it sends what is there. The operation counts all of them from the beginning.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from pyroaring import BitMap

from images.enums import ItemState
from images.models import Image, ItemBatch, Operation, OperationItem, Project
from images.services.operations import lanes
from images.services.operations.moving import FINAL_ITEMS, count
from images.services.operations.target import Target

#: Images of a batch, and of one statement: below the parameter limit of every database.
AT_ONCE: Final = 500
#: Images that become items in the request.
FIRST = 1_000


class Entry(NamedTuple):
    """What an item will hold of its own."""

    position: int
    image: int | None
    image_uid: str
    name: str
    parameters: dict[str, Any]


_unpack = msgspec.json.Decoder(list[Entry]).decode


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
        image, place = target.image, target.project.pk
        pk, uid = (image.pk, image.image_id) if image else (None, target.image_uid)
        entry = Entry(position, pk, uid, target.name[:255], target.parameters)
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
        for start in range(0, len(entries), AT_ONCE):
            _write_items(operation, project_id, entries[start : start + AT_ONCE], ItemState.WAITING)
    for batch in frozen.batches:
        batch.operation = operation
    ItemBatch.objects.bulk_create(frozen.batches, batch_size=50)


def expand(project_id: int, owner: str) -> None:
    """Makes items of the eldest batch of a project whose lane this carrier holds; nothing if there is none."""
    with transaction.atomic():
        if lanes.still_ours(project_id, owner):
            eldest = ItemBatch.objects.filter(project_id=project_id).order_by("pk")
            for pk, operation_id in eldest.values_list("pk", "operation_id")[:1]:
                _expand(operation_id, pk=pk)


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
        entries = _unpack(zlib.decompress(batch.content))
        _write_items(operation, batch.project_id, entries, ItemState(batch.state))
        batch.delete()
        Operation.objects.filter(pk=operation_id).update(version=F("version") + 1)


def _write_items(operation: Operation, project_id: int, entries: Sequence[Entry], state: ItemState) -> None:
    asked = [entry.image for entry in entries if entry.image]
    there = set(Image.objects.filter(pk__in=asked).order_by().values_list("pk", flat=True))
    now = timezone.now()
    OperationItem.objects.bulk_create(
        OperationItem(
            operation=operation,
            position=entry.position,
            project_id=project_id,
            image_id=entry.image if entry.image in there else None,  # a synchronisation has taken it away meanwhile
            image_uid=entry.image_uid,
            image_name=entry.name,
            parameters=entry.parameters,
            state=state,
            next_at=now,
            finished_at=now if state in FINAL_ITEMS else None,
        )
        for entry in entries
    )


def cancel(operation: Operation) -> int:
    """Nothing of its batches will begin; returns how many images that are. Inside a transaction that counts them."""
    batches = ItemBatch.objects.select_for_update().filter(operation=operation, state=ItemState.WAITING)
    images = sum(batch.count for batch in batches.only("count"))
    batches.update(state=ItemState.CANCELLED)
    return images


def abandon(project_ids: Sequence[int]) -> int:
    """Nothing of the batches of these projects will begin; returns how many images that are. Inside a transaction that
    holds their lanes."""
    batches = ItemBatch.objects.select_for_update().filter(project__in=project_ids, state=ItemState.WAITING)
    steps: Counter[int] = Counter()
    for batch in batches.only("operation_id", "count"):
        steps[batch.operation_id] += batch.count
    batches.update(state=ItemState.CANCELLED)
    for operation_id, step in sorted(steps.items()):
        count(operation_id, {ItemState.WAITING: -step, ItemState.CANCELLED: step})
    return steps.total()


def unwritten(operation: Operation) -> int:
    """How many of its images are not items yet."""
    if operation.total <= FIRST:
        return 0
    return operation.batches.aggregate(n=Sum("count"))["n"] or 0
