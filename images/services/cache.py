"""Brings the cached images of one holder (a project, or a region for its public images) to what IMS said.

Every path ends here: synchronisation in bulk, and one image that was fetched again. Rows, tags, history and index
change in one transaction under a lock on the holder, so that a reader sees all of it or nothing.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import msgspec

from images.enums import ChangeKind, ProjectKind
from images.facets import FACET_COLUMNS, Pair
from images.models import Image, ImageChange, ImageTag, Project, Region
from images.services import writer
from images.services.index import Delta, holder_filter
from images.services.rows import FORMAT, Document, Row, row_of, tags_of

Holder = Project | Region
#: Documents handled at once: bounds memory, some 15 MB.
_CHUNK = 5_000
_IN = 500
#: Attributes whose change tells nothing about the image.
NOISE = frozenset({"self", "file", "schema", "updated_at", "update_at"})
#: Of an image that is in the cache: what history and index need to know of it.
_BEFORE = ("image_id", "name", "digest", "document", "project_id", *FACET_COLUMNS)
_decoder = msgspec.json.Decoder(dict[str, object])


class Unreadable(Exception):
    """An image came in a form that nothing can be read from; the message says which, for people."""


class Incoming(NamedTuple):
    """An image as it was received: the exact bytes, and its member state when it is shared in ("" otherwise)."""

    image_id: str
    raw: bytes
    member_status: str
    digest: str

    @classmethod
    def of(cls, image_id: str, raw: bytes, member_status: str = "") -> "Incoming":
        return cls(image_id, raw, member_status, digest_of(raw, member_status))


@dataclass(slots=True)
class Outcome:
    """What was done. `delta` is what the index has to learn."""

    appeared: int = 0
    changed: int = 0
    gone: int = 0
    delta: Delta = field(default_factory=Delta)

    @property
    def total(self) -> int:
        return self.appeared + self.changed + self.gone


def digest_of(raw: bytes, member_status: str) -> str:
    """16 hex characters; equal digests mean that nothing changed, neither the image nor our reading of it."""
    return hashlib.blake2b(raw, digest_size=8, person=member_status.encode()[:16], salt=FORMAT).hexdigest()


def lock(holder: Holder) -> None:
    """One writer per holder at a time; inside a transaction."""
    type(holder).objects.select_for_update().only("pk").get(pk=holder.pk)


def apply(
    holder: Holder,
    incoming: Iterable[Incoming],
    gone: Iterable[int],
    *,
    seen_at: datetime,
    known: set[str] | None = None,
) -> Outcome:
    """Writes images that came and removes those (by Image.id) that went. Must run in a transaction, after `lock`.

    Raises Unreadable.
    `known`: the image IDs that the cache may hold, when the caller knows that nobody else writes this holder (new ones
    are added to it); else the tables are asked. The caller publishes `outcome.delta`. For a holder that is not yet
    published nothing is noted, neither in the delta (it is indexed as a whole when it is published) nor in ImageChange
    (to be seen for the first time is no change).
    """
    outcome = Outcome()
    noted_at = seen_at if holder.published_at else None
    dotted = _has_dotted_tags(holder)
    source = iter(incoming)
    while chunk := list(islice(source, _CHUNK)):
        _apply_chunk(holder, chunk, outcome, noted_at, known, dotted=dotted)
    _remove(holder, list(gone), outcome, noted_at)
    return outcome


def held_digests(holder: Holder) -> dict[str, tuple[int, str]]:
    """image ID → (Image.id, digest) of all that the holder has in the cache."""
    rows = Image.objects.filter(**holder_filter(holder)).order_by().values_list("image_id", "pk", "digest")
    return {image_id: (pk, digest) for image_id, pk, digest in rows.iterator(chunk_size=20_000)}


def _apply_chunk(
    holder: Holder,
    chunk: list[Incoming],
    outcome: Outcome,
    noted_at: datetime | None,
    known: set[str] | None,
    *,
    dotted: bool,
) -> None:
    unique = {image.image_id: image for image in chunk}  # an image met twice: the later reading counts
    held = _held(holder, list(unique) if known is None else [image_id for image_id in unique if image_id in known])
    if known is not None:
        known.update(unique)
    tags_before = _tags_held(held.values()) if noted_at else {}
    fresh: list[tuple[Row, list[Pair]]] = []
    changed: list[writer.Written] = []
    changes: list[ImageChange] = []
    for image in unique.values():
        document = _document(image)
        row, tags = _row(holder, document, image), tags_of(document, dotted=dotted)
        before = held.get(image.image_id)
        if before is None:
            fresh.append((row, tags))
        elif before.digest != row.digest:
            changed.append((before.pk, row, tags))
            if noted_at:
                outcome.delta.replace(before.pk, (before, tags_before.get(before.pk, [])), (row, tags))
                changes.extend(_differences(holder, row, before, document, noted_at))
    new = [(pk, row, tags) for pk, (row, tags) in zip(writer.take_ids(len(fresh)), fresh, strict=True)]
    writer.insert(new)
    writer.update(changed)
    if noted_at:
        for pk, row, tags in new:
            outcome.delta.add(pk, row, tags)
            changes.append(change(holder, ChangeKind.APPEARED, row.image_id, row.name, noted_at))
    ImageChange.objects.bulk_create(changes, batch_size=500)
    outcome.appeared += len(new)
    outcome.changed += len(changed)


def _document(image: Incoming) -> Document:
    try:
        return _decoder.decode(image.raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unreadable(
            f"The service sent image {image.image_id[:64]} in a form that cannot be read: {error}."
        ) from error


def _row(holder: Holder, document: Document, image: Incoming) -> Row:
    project = holder if isinstance(holder, Project) else None
    return row_of(
        document,
        image.raw.decode("utf-8"),
        image.digest,
        region_id=project.region_id if project else holder.pk,
        project_id=project.pk if project else None,
        member_status=image.member_status,
    )


def _has_dotted_tags(holder: Holder) -> bool:
    """Only IMS writes a tag's key and value with a full stop between them (9.2)."""
    if isinstance(holder, Project):
        return holder.kind == ProjectKind.IMS
    return not holder.projects.filter(kind=ProjectKind.OPENSTACK).exists()


def _held(holder: Holder, image_ids: list[str]) -> dict[str, Image]:
    """As the tables have them: what an older release wrote leaves the index by what it wrote, not by what we would."""
    found: dict[str, Image] = {}
    images = Image.objects.filter(**holder_filter(holder)).order_by().only(*_BEFORE)
    for start in range(0, len(image_ids), _IN):
        for image in images.filter(image_id__in=image_ids[start : start + _IN]):
            found[image.image_id] = image
    return found


def _tags_held(images: Iterable[Image]) -> dict[int, list[Pair]]:
    tags: dict[int, list[Pair]] = defaultdict(list)
    pks = [image.pk for image in images]
    for start in range(0, len(pks), _IN):
        rows = ImageTag.objects.filter(image__in=pks[start : start + _IN]).order_by()
        for pk, key, value in rows.values_list("image_id", "key", "value"):
            tags[pk].append((key, value))
    return tags


def _remove(holder: Holder, pks: list[int], outcome: Outcome, noted_at: datetime | None) -> None:
    for start in range(0, len(pks), _IN):
        rows = Image.objects.filter(pk__in=pks[start : start + _IN], **holder_filter(holder)).order_by()
        leaving = list(rows.only(*_BEFORE))
        if noted_at:
            tags = _tags_held(leaving)
            for image in leaving:
                outcome.delta.remove(image.pk, image, tags.get(image.pk, []))
            ImageChange.objects.bulk_create(
                change(holder, ChangeKind.GONE, image.image_id, image.name, noted_at) for image in leaving
            )
        writer.delete([image.pk for image in leaving])
        outcome.gone += len(leaving)


def _differences(holder: Holder, row: Row, before: Image, new: Document, noted_at: datetime) -> Iterator[ImageChange]:
    old: Document = _decoder.decode(before.document)
    if before.member_status != row.member_status:
        yield _changed(holder, row, noted_at, "member_status", before.member_status, row.member_status)
    for name in sorted({*old, *new} - NOISE):
        if old.get(name) != new.get(name) and not (name == "tags" and _same_tags(old, new)):
            yield _changed(holder, row, noted_at, name, old.get(name), new.get(name))


def _same_tags(old: Document, new: Document) -> bool:
    """The service promises no order."""
    return sorted(tags_of(old)) == sorted(tags_of(new))


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
