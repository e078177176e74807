"""Brings the cached images of one holder (a project, or a region for its public images) to what IMS said.

Every path ends here: synchronisation in bulk, and one image that was fetched again. Rows, tags, history and index
change in one transaction under a lock on the holder, so that a reader sees all of it or nothing.
"""

import hashlib
from collections import defaultdict, namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from images.cache.enums import ChangeKind
from images.cache.events import shared_in_changed
from images.cache.facets import FACET_COLUMNS, Pair
from images.cache.models.image import Image, ImageChange, ImageTag
from images.cache.queries.dialects import dialect_of_holder
from images.cache.rules.dialects import Dialect
from images.cache.services import writer
from images.cache.services.columns import FORMAT, Document, ParsedImage, Row, document_of, read, row_of
from images.cache.services.index import Delta, holder_filter
from images.clouds.models import Project, Region

Holder = Project | Region
#: Documents handled at once: bounds memory, some 15 MB.
_CHUNK = 5_000
_IN = 500
#: Rows of a few short columns fetched at once.
_HELD = 20_000
#: Attributes whose change tells nothing about the image.
NOISE = frozenset({"self", "file", "schema", "updated_at", "update_at"})
#: An image that was deleted softly has a row at the service (5.1.1, 6.1.7), and nothing can be done to it any more.
DELETED = frozenset({"deleted", "pending_delete"})
#: Of an image that is in the cache: what history and index need to know of it.
_CACHED = ("pk", "image_id", "name", "digest", "document", "project_id", *FACET_COLUMNS)


def _tuple_of(columns: tuple[str, ...]) -> Any:
    return namedtuple("_Cached", columns)


#: A row of the cache with these columns.
_Cached = _tuple_of(_CACHED)


class ReceivedImage(NamedTuple):
    """An image as it was received: the exact bytes, and its member state when it is shared in ("" otherwise)."""

    image_id: str
    raw: bytes
    member_status: str
    digest: str

    @classmethod
    def of(cls, image_id: str, raw: bytes, member_status: str = "") -> "ReceivedImage":
        return cls(image_id, raw, member_status, digest_of(raw, member_status))


class Reader:
    """Makes readings for one holder. Asks the database once, when it is made; after that any thread may use it."""

    def __init__(self, holder: Holder) -> None:
        project = holder if isinstance(holder, Project) else None
        self._region_id = project.region_id if project else holder.pk
        self._project_id = project.pk if project else None
        self.dialect = dialect_of_holder(holder)

    def read(self, image: ReceivedImage) -> ParsedImage:
        """Raises Unreadable."""
        sent = read(image.image_id, image.raw)
        row = row_of(
            sent,
            image.raw.decode(),
            image.digest,
            region_id=self._region_id,
            project_id=self._project_id,
            member_status=image.member_status,
        )
        return ParsedImage(0, row, self.dialect.tags_in(sent.tags))


@dataclass(slots=True)
class Outcome:
    """What was done. `delta` is what the index has to learn."""

    appeared: int = 0
    changed: int = 0
    gone: int = 0
    delta: Delta = field(default_factory=Delta)
    #: What was written of images that others share with the project, or did, and IDs of those that went.
    shared: list[Row] = field(default_factory=list)
    unshared: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.appeared + self.changed + self.gone


def digest_of(raw: bytes, member_status: str) -> str:
    """16 hex characters; equal digests mean that nothing changed, neither the image nor our reading of it."""
    return hashlib.blake2b(raw, digest_size=8, person=member_status.encode()[:16], salt=FORMAT).hexdigest()


def lock(holder: Holder) -> None:
    """One writer per holder at a time; inside a transaction. Whether it is published is read again: whoever held it
    before may have done that, or taken it back. Raises ObjectDoesNotExist."""
    now = type(holder).objects.select_for_update().only("published_at").get(pk=holder.pk)
    holder.published_at = now.published_at


def apply(
    holder: Holder,
    incoming: Iterable[ReceivedImage | ParsedImage],
    gone: Iterable[Any],
    *,
    seen_at: datetime,
    known: set[str] | None = None,
    before: Mapping[str, Any] | None = None,
    outcome: Outcome | None = None,
) -> Outcome:
    """Writes images that came and removes those that went, as `cached_rows` or `rows_of` have them. Must run in a
    transaction, after `lock`.

    Raises Unreadable.
    `known`: the image IDs that the cache may hold, when the caller knows that nobody else writes this holder (new ones
    are added to it); else the tables are asked. `before`: what `cached_rows` gave for all of them, since `lock`.
    `outcome`: an earlier one, to which this is added. The caller publishes its `delta`. For a holder that is not yet
    published nothing is noted in ImageChange: to be seen for the first time is no change.
    """
    outcome = outcome or Outcome()
    noted_at = seen_at if holder.published_at else None
    reader = Reader(holder)
    source = (reader.read(image) if isinstance(image, ReceivedImage) else image for image in incoming)
    while chunk := list(islice(source, _CHUNK)):
        _apply_chunk(holder, chunk, outcome, noted_at, known, before, reader.dialect)
        before = None  # an image may come again
    _remove(holder, gone, outcome, noted_at)
    if isinstance(holder, Project) and (outcome.shared or outcome.unshared):
        shared_in_changed.send(sender=Image, project=holder, seen=outcome.shared, gone=outcome.unshared, at=seen_at)
        outcome.shared, outcome.unshared = [], []
    return outcome


def cached_digests(holder: Holder) -> tuple[dict[str, tuple[int, str]], set[str]]:
    """image ID → (Image.id, digest) of all that the holder has in the cache, and the IDs that are shared with it."""
    columns = ("image_id", "pk", "digest", "member_status")
    rows = Image.objects.filter(**holder_filter(holder)).order_by().values_list(*columns)
    digests: dict[str, tuple[int, str]] = {}
    shared: set[str] = set()
    for image_id, pk, digest, member_status in rows.iterator(chunk_size=_HELD):
        digests[image_id] = pk, digest
        if member_status:
            shared.add(image_id)
    return digests, shared


def _apply_chunk(
    holder: Holder,
    chunk: list[ParsedImage],
    outcome: Outcome,
    noted_at: datetime | None,
    known: set[str] | None,
    rows: Mapping[str, Any] | None,
    dialect: Dialect,
) -> None:
    unique = {image.row.image_id: image for image in chunk}  # an image met twice: as it was met last
    _let_go(holder, unique, outcome, noted_at)
    held = cached_rows(holder, _may_be_held(unique, known)) if rows is None else rows
    if known is not None:
        known.update(unique)
    tags_before = _tags_held([held[image_id] for image_id in unique if image_id in held])
    fresh: list[ParsedImage] = []
    changed: list[ParsedImage] = []
    changes: list[ImageChange] = []
    for image in unique.values():
        _pk, row, tags = image
        before = held.get(row.image_id)
        if before is None:
            fresh.append(image)
            if row.member_status:
                outcome.shared.append(row)
        elif before.digest != row.digest:
            changed.append(ParsedImage(before.pk, row, tags))
            if row.member_status or before.member_status:
                outcome.shared.append(row)
            outcome.delta.replace(before.pk, (before, tags_before.get(before.pk, [])), (row, tags))
            if noted_at:
                changes.extend(_differences(holder, row, before, noted_at, dialect))
    pks = writer.take_ids(len(fresh))
    new = [ParsedImage(pk, row, tags) for pk, (_pk, row, tags) in zip(pks, fresh, strict=True)]
    writer.insert(new)
    writer.update(changed)
    outcome.delta.add_all(new)
    if noted_at:
        for _pk, row, _tags in new:
            changes.append(change(holder, ChangeKind.APPEARED, row.image_id, row.name, noted_at))
    writer.note(changes)
    outcome.appeared += len(new)
    outcome.changed += len(changed)


def _may_be_held(image_ids: Iterable[str], known: set[str] | None) -> list[str]:
    return [image_id for image_id in image_ids if known is None or image_id in known]


def _let_go(holder: Holder, images: dict[str, ParsedImage], outcome: Outcome, noted_at: datetime | None) -> None:
    """Takes those out that are deleted, from the cache and from `images`."""
    deleted = [image_id for image_id, image in images.items() if image.row.status in DELETED]
    if deleted:
        _remove(holder, cached_rows(holder, deleted).values(), outcome, noted_at)
        for image_id in deleted:
            del images[image_id]


def cached_rows(holder: Holder, image_ids: list[str]) -> dict[str, Any]:
    """Image ID → the row that the cache holds of it.

    As the tables have it: what an older release wrote leaves the index by what it wrote, not by what we would. Tuples
    with the names of the columns; instances of the model take three times as long to make.
    """
    return {row.image_id: row for row in _rows(holder, "image_id__in", image_ids)}


def rows_of(holder: Holder, pks: list[int]) -> Iterator[Any]:
    """The same by Image.id, without holding them all."""
    return _rows(holder, "pk__in", pks)


def _rows(holder: Holder, condition: str, values: Sequence[object]) -> Iterator[Any]:
    images = Image.objects.filter(**holder_filter(holder)).order_by().values_list(*_Cached._fields)
    for start in range(0, len(values), _IN):
        yield from (_Cached(*row) for row in images.filter(**{condition: values[start : start + _IN]}))


def _tags_held(images: Iterable[Any]) -> dict[int, list[Pair]]:
    tags: dict[int, list[Pair]] = defaultdict(list)
    pks = [image.pk for image in images]
    for start in range(0, len(pks), _IN):
        rows = ImageTag.objects.filter(image__in=pks[start : start + _IN]).order_by()
        for pk, key, value in rows.values_list("image_id", "key", "value"):
            tags[pk].append((key, value))
    return tags


def _remove(holder: Holder, leaving: Iterable[Any], outcome: Outcome, noted_at: datetime | None) -> None:
    left = iter(leaving)
    while rows := list(islice(left, _IN)):
        tags = _tags_held(rows)
        for row in rows:
            outcome.delta.remove(row.pk, row, tags.get(row.pk, []))
        if noted_at:
            writer.note([change(holder, ChangeKind.GONE, row.image_id, row.name, noted_at) for row in rows])
        outcome.unshared += [row.image_id for row in rows if row.member_status]
        writer.delete([row.pk for row in rows])
        outcome.gone += len(rows)


def _differences(holder: Holder, row: Row, before: Any, noted_at: datetime, dialect: Dialect) -> Iterator[ImageChange]:
    old, new = (document_of(row.image_id, text) for text in (before.document, row.document))
    if before.member_status != row.member_status:
        yield _changed(holder, row, noted_at, "member_status", before.member_status, row.member_status)
    for name in sorted(name for name in {*old, *new} - NOISE if old.get(name) != new.get(name)):
        if not (name == "tags" and _same_tags(old, new, dialect)):
            yield _changed(holder, row, noted_at, name, old.get(name), new.get(name))


def _same_tags(old: Document, new: Document, dialect: Dialect) -> bool:
    """The service promises no order."""
    return sorted(dialect.tags_in(old.get("tags"))) == sorted(dialect.tags_in(new.get("tags")))


def _changed(holder: Holder, row: Row, noted_at: datetime, name: str, old: object, new: object) -> ImageChange:
    entry = change(holder, ChangeKind.CHANGED, row.image_id, row.name, noted_at)
    entry.attribute = name[:120]
    entry.old = None if old is None else msgspec.json.encode(old).decode()
    entry.new = None if new is None else msgspec.json.encode(new).decode()
    return entry


def change(holder: Holder, kind: ChangeKind, image_id: str, name: str, at: datetime) -> ImageChange:
    """A history entry; all in words, so that it outlives what it tells of."""
    project = holder if isinstance(holder, Project) else None
    return ImageChange(
        region_name=project.region.name if project else holder.name,
        project_id_at_cloud=project.project_id if project else "",
        project_name=project.name if project else "",
        image_id=image_id,
        image_name=name,
        kind=kind,
        observed_at=at,
    )
