"""The images of an operation, fixed when it is asked for: the first ones as items, the others frozen in batches.

A hundred thousand items cost more than all else that a request for them does (docs/adr/0018-batches-of-items.md). So
the request writes the first FIRST, at least one for each project (who may see the operation is told by its items), and
of the others batches of AT_ONCE, packed: the same transaction, a hundred rows. The carrier that holds a project's
lane makes items of them while it sends what is there. The operation counts all of them from the beginning.

Items are written by the bare driver, in a seventh to a ninth of the time of bulk_create.
"""

import json
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from django.db import connection, transaction
from django.db.models import F, Q
from pyroaring import BitMap

from images.cache.models.image import Image
from images.cache.services import bulk_insert
from images.clouds.models import Project
from images.core import clock
from images.operations.enums import ItemState
from images.operations.models.batch import ItemBatch
from images.operations.models.operation import Operation, OperationItem
from images.operations.services import project_leases
from images.operations.services.states import FINAL_ITEMS, count
from images.operations.services.targets import Target

#: Images of a batch: one transaction of the carrier, some 40 ms.
AT_ONCE: Final = 1_000
#: Images that become items in the request: as many as the driver writes in the time of a thousand by bulk_create.
FIRST = 5_000
#: Seconds of each round of the carrier that go into making items, at most; one batch at least.
SECONDS = 0.1

#: Items in one statement: below the parameter limit of every database.
_IN_STATEMENT: Final = 500
_TABLE: Final = OperationItem._meta.db_table
_COLUMNS: Final = [column for column in OperationItem._meta.concrete_fields if not column.primary_key]
#: What an item has of its own, in the order of a record; all other columns are the same for the whole operation.
_OWN: Final = ("position", "image_id", "image_uid", "image_name", "parameters")
#: Position, Image.id, the ID at IMS, name, and the parameters as JSON.
Record = tuple[int, int | None, str, str, msgspec.Raw]
_unpack: Final = msgspec.json.Decoder(list[Record]).decode


@dataclass
class Frozen:
    """Targets as they were when they were read: `first` become items at once, by Project.id."""

    first: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))
    batches: list[ItemBatch] = field(default_factory=list)
    projects: dict[int, Project] = field(default_factory=dict)
    count: int = 0
    #: Of the first target.
    name: str = ""


def freeze(targets: Iterable[Target]) -> Frozen:
    """Goes through the targets once; some 5 µs and 50 bytes each."""
    frozen = Frozen()
    rest: dict[int, list[Record]] = defaultdict(list)
    for position, target in enumerate(targets):
        place, record = target.project.pk, record_of(position, target)
        if position < FIRST or place not in frozen.projects:
            frozen.first[place].append(record)
            frozen.projects.setdefault(place, target.project)
        else:
            rest[place].append(record)
            if len(rest[place]) == AT_ONCE:
                frozen.batches.append(_packed(place, rest.pop(place)))
        frozen.name = frozen.name or target.name
        frozen.count += 1
    frozen.batches += [_packed(place, records) for place, records in rest.items()]
    return frozen


def record_of(position: int, target: Target) -> Record:
    pk, uid = (target.image.pk, target.image.image_id) if target.image else (None, target.image_uid)
    return position, pk, uid, target.name[:255], msgspec.Raw(_json(target.parameters))


def _json(parameters: dict[str, Any]) -> bytes:
    """Python's own writer takes fifteen times as long, and takes more: half a character, strings marked as safe."""
    try:
        return msgspec.json.encode(parameters)
    except (UnicodeEncodeError, TypeError):
        return json.dumps(parameters).encode()


def _packed(project_id: int, records: list[Record]) -> ItemBatch:
    return ItemBatch(
        project_id=project_id,
        count=len(records),
        images=BitMap(image for _position, image, _uid, _name, _parameters in records if image).serialize(),
        content=zlib.compress(msgspec.json.encode(records), 1),
    )


def write(operation: Operation, frozen: Frozen) -> None:
    """In the transaction of the request."""
    for project_id, records in frozen.first.items():
        insert(operation, project_id, records, ItemState.WAITING)
    for batch in frozen.batches:
        batch.operation = operation
    # a few in a statement, which PostgreSQL gets as text: fifty take 3 MB more
    ItemBatch.objects.bulk_create(frozen.batches, batch_size=10)


def insert(operation: Operation, project_id: int, records: Sequence[Record], state: ItemState) -> None:
    """Inside a transaction."""
    now = clock.now()
    item = OperationItem(
        operation=operation,
        project_id=project_id,
        state=state,
        next_at=now,
        finished_at=now if state in FINAL_ITEMS else None,
    )
    same = {
        column.attname: column.get_db_prep_save(getattr(item, column.attname), connection)
        for column in _COLUMNS
        if column.attname not in _OWN
    }
    for start in range(0, len(records), _IN_STATEMENT):
        some = records[start : start + _IN_STATEMENT]
        bulk_insert.insert(_TABLE, (*same, *_OWN), _whole(tuple(same.values()), some))


def _whole(same: tuple[Any, ...], records: Sequence[Record]) -> Iterator[tuple[Any, ...]]:
    """Without images that a synchronisation has taken away meanwhile."""
    images = [image for _position, image, _uid, _name, _parameters in records if image]
    there = set(Image.objects.filter(pk__in=images).order_by().values_list("pk", flat=True))
    return (
        (*same, position, image if image in there else None, uid, name, str(parameters, "utf-8"))
        for position, image, uid, name, parameters in records
    )


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
        insert(operation, batch.project_id, _unpack(zlib.decompress(batch.content)), ItemState(batch.state))
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
