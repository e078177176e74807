"""Keeps the facet index (models.Posting) in step with the images, inside the transaction that changes them.

Publishers take turns: each locks the one IndexState row (SELECT … FOR UPDATE on PostgreSQL; on SQLite the IMMEDIATE
transaction has the database for itself anyhow), takes the next version and rewrites the postings it touches.
A posting that becomes empty stays with count 0, so that readers of an older version learn of it; these are few, for
their fields have few values. One of a lazy field goes at once: no reader holds it, and tag values (build numbers,
dates) come and go without end.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from pyroaring import BitMap

from images.cache.facets import (
    FACET_COLUMNS,
    LAZY_FIELDS,
    SHAPE,
    Pair,
    column_pairs,
    holder_of_project,
    holder_of_region,
    pairs_of,
    tag_pairs,
)
from images.cache.models.image import Image, ImageTag
from images.cache.models.posting import IndexState, Posting
from images.cache.services.columns import ParsedImage, Row
from images.clouds.models import Project, Region

#: Values asked for in one statement; SQLite allows 32,766 parameters, PostgreSQL plans long lists slowly.
_CHUNK = 500
#: Images read at once when a whole holder is indexed.
_SLICE = 10_000


_PLACES = tuple(Row._fields.index(column) for column in FACET_COLUMNS)


class Delta:
    """Which images enter and leave which postings. Collect first, `publish` at the end of the transaction."""

    def __init__(self) -> None:
        self.enter: dict[Pair, array[int]] = defaultdict(_ids)
        self.leave: dict[Pair, array[int]] = defaultdict(_ids)

    def add_all(self, images: Sequence[ParsedImage]) -> None:
        """Images of one holder, column by column: a third of the time of image by image."""
        if not images:
            return
        pks = [pk for pk, _row, _tags in images]
        first = images[0][1]
        holder = holder_of_project(first.project_id) if first.project_id else holder_of_region(first.region_id)
        columns = list(zip(*(row for _pk, row, _tags in images), strict=True))
        self.enter_columns(holder, pks, [columns[place] for place in _PLACES])
        self.enter_tags((key, value, pk) for pk, _row, tags in images for key, value in tags)

    def enter_columns(self, holder: Pair, pks: Sequence[int], columns: Iterable[Sequence[object]]) -> None:
        """`columns` are those of FACET_COLUMNS."""
        self.enter[holder].extend(pks)
        for column, values in zip(FACET_COLUMNS, columns, strict=True):
            for value, having in _grouped(values, pks).items():
                for pair in column_pairs(column, value):
                    self.enter[pair].extend(having)

    def enter_tags(self, tags: Iterable[tuple[str, str, int]]) -> None:
        """(key, value, Image.id) each."""
        by_tag: dict[Pair, array[int]] = defaultdict(_ids)
        for key, value, pk in tags:
            by_tag[key, value].append(pk)
        for tag, having in by_tag.items():
            for pair in tag_pairs((tag,)):
                self.enter[pair].extend(having)

    def remove(self, pk: int, row: Row | Image, tags: Iterable[Pair]) -> None:
        for pair in pairs_of(row, tags):
            self.leave[pair].append(pk)

    def replace(self, pk: int, old: tuple[Any, list[Pair]], new: tuple[Row, list[Pair]]) -> None:
        before, after = set(pairs_of(*old)), set(pairs_of(*new))
        for pair in after - before:
            self.enter[pair].append(pk)
        for pair in before - after:
            self.leave[pair].append(pk)

    def __bool__(self) -> bool:
        return bool(self.enter or self.leave)


def _ids() -> "array[int]":
    return array("I")  # 32 bits: what a bitmap takes as it stands


def publish(delta: Delta) -> int:
    """Writes what changed and returns the new version. Must run inside the transaction that writes the images."""
    state = _locked_state()
    state.version += 1
    state.save(update_fields=["version"])
    _write(_applied(delta), state.version)
    return state.version


def _locked_state() -> IndexState:
    IndexState.objects.get_or_create(pk=1, defaults={"shape": SHAPE})
    return IndexState.objects.select_for_update().get(pk=1)


def _applied(delta: Delta) -> Iterator[tuple[Pair, BitMap]]:
    touched = sorted(set(delta.enter) | set(delta.leave))
    for start in range(0, len(touched), _CHUNK):
        chunk = touched[start : start + _CHUNK]
        held = _bitmaps(chunk)
        for pair in chunk:
            bitmap = held.get(pair) or BitMap()
            bitmap -= BitMap(delta.leave.get(pair, ()))
            bitmap |= BitMap(delta.enter.get(pair, ()))
            yield pair, bitmap


def _bitmaps(pairs: list[Pair]) -> dict[Pair, BitMap]:
    by_field: dict[str, list[str]] = defaultdict(list)
    for field, value in pairs:
        by_field[field].append(value)
    held: dict[Pair, BitMap] = {}
    for field, values in by_field.items():
        rows = Posting.objects.filter(field=field, value__in=values).values_list("value", "bitmap")
        held.update({(field, value): BitMap.deserialize(bytes(blob)) for value, blob in rows})
    return held


def _write(postings: Iterable[tuple[Pair, BitMap]], version: int) -> None:
    rows: list[Posting] = []
    emptied: list[Pair] = []
    for (field, value), bitmap in postings:
        if bitmap or field not in LAZY_FIELDS:
            rows.append(Posting(field=field, value=value, bitmap=_packed(bitmap), count=len(bitmap), version=version))
        else:
            emptied.append((field, value))
    _purge(emptied)
    Posting.objects.bulk_create(
        rows,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["field", "value"],
        update_fields=["bitmap", "count", "version"],
    )


def _purge(pairs: list[Pair]) -> None:
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        for field in LAZY_FIELDS:
            Posting.objects.filter(field=field, value__in=[value for name, value in chunk if name == field]).delete()


def _packed(bitmap: BitMap) -> bytes:
    bitmap.run_optimize()
    return bitmap.serialize()


def holder_delta(holder: Project | Region) -> Delta:
    """Everything that one holder has in the tables, as if it all entered now (first publication, rebuilding)."""
    delta = Delta()
    _collect(delta, holder)
    return delta


def holder_filter(holder: Project | Region) -> dict[str, object]:
    """Images of a project, or the public ones of a region."""
    return {"project": holder} if isinstance(holder, Project) else {"region": holder, "project": None}


def rebuild() -> int:
    """Makes the whole index anew from the tables; returns its version. What is not published stays out."""
    with transaction.atomic():
        _locked_state()  # first: who publishes meanwhile waits, and what we read stays true
        Posting.objects.filter(field__in=LAZY_FIELDS, count=0).delete()  # left by versions that kept them
        delta = Delta()
        held = Posting.objects.filter(count__gt=0).values_list("field", "value", "bitmap")
        for field, value, blob in held.iterator(chunk_size=_CHUNK):
            delta.leave[field, value].extend(BitMap.deserialize(bytes(blob)))
        for holder in (*Project.objects.all(), *Region.objects.all()):
            if holder.published_at is not None:
                _collect(delta, holder)
        IndexState.objects.update(shape=SHAPE)
        return publish(delta)


def is_of_this_release() -> bool:
    """Whether images are posted as this release posts them; an index that nobody began is."""
    return not IndexState.objects.exclude(shape=SHAPE).exists()


def _collect(delta: Delta, holder: Project | Region) -> None:
    """Adds the holder's images as they stand in the tables."""
    project = isinstance(holder, Project)
    pair = holder_of_project(holder.pk) if project else holder_of_region(holder.pk)
    images = Image.objects.filter(**holder_filter(holder)).order_by()
    source = images.values_list("pk", *FACET_COLUMNS).iterator(chunk_size=_SLICE)
    while slice_ := list(islice(source, _SLICE)):
        pks, *columns = zip(*slice_, strict=True)
        delta.enter_columns(pair, pks, columns)
    tags = ImageTag.objects.filter(image__in=images.values("pk")).order_by().values_list("key", "value", "image_id")
    delta.enter_tags(tags.iterator(chunk_size=_SLICE))


def _grouped(values: Sequence[object], pks: Sequence[int]) -> dict[object, "array[int]"]:
    groups: dict[object, array[int]] = defaultdict(_ids)
    for value, pk in zip(values, pks, strict=True):
        groups[value].append(pk)
    return groups
