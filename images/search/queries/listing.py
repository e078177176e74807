"""One page of the list: which images stand on it, where it lies in the whole, and what is shown of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from images.cache.models.image import Image, ImageTag
from images.core.statements import fetch
from images.search.filters import ListState
from images.search.filters.fields import SPELLINGS, SqlOrder
from images.search.queries import order
from images.search.queries.matching import Matching

#: Up to so many matches, sorting just these is cheapest.
_FEW = 500
#: Up to so many rows the index of a column is walked (0.4 ms a thousand on SQLite); beyond, order.py's blocks.
_WALK = 4096
#: Rows of an export or a bulk run are read in pieces of this size.
_PIECE = 500

_ALWAYS = ("pk", "name", "image_id", "project_id", "region_id")

Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page of a list: `first` and `last` are positions from 1 (0 when nothing matches)."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int
    first: int
    last: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def page_of(state: ListState, matching: Matching) -> Page:
    """The page that the state names, or the last one when there are fewer."""
    total = len(matching.images)
    pages = max(1, -(-total // state.size))
    number = min(state.page, pages)
    start = (number - 1) * state.size
    ids = ids_at(state.sort_column, matching, start, state.size, descending=state.descending)
    rows = read(ids, state.columns)
    return Page(rows, number, pages, total, start + 1 if total else 0, min(start + state.size, total))


def ids_at(column: str, matching: Matching, start: int, size: int, *, descending: bool) -> list[int]:
    """The ids at positions start … start + size - 1 (from 0); fewer at the end. Ties stand by id."""
    matches = matching.images
    size = max(0, min(size, len(matches) - start))
    if not size:
        return []
    by_column = SPELLINGS[column].order
    if by_column is not None:
        if len(matches) <= _FEW:
            return order.sorted_ids(by_column, matches, descending=descending)[start : start + size]
        ids = _near_an_end(by_column, matching, start, size, descending)
        if ids is not None:
            return ids
    blocks = order.blocks_of(column, matching.vocabulary)
    return order.slice_of(blocks, matches, start, size, descending=descending)


def _near_an_end(by_column: SqlOrder, matching: Matching, start: int, size: int, descending: bool) -> list[int] | None:
    """By walking the index from the nearer end, if the page is likely to lie within the first few thousand rows."""
    matches = matching.images
    from_end = start > len(matches) // 2
    wanted = len(matches) - start if from_end else start + size
    rows = len(matching.snapshot.everything)
    likely = wanted * rows // len(matches) * 3 // 2 + 64
    if likely > _WALK or not by_column.indexed:
        return None
    if from_end and matches.intersect(order.ids_without(by_column, matching.snapshot)):
        return None  # those without a value stand at the end, and no index walks them
    ids = order.near_start(by_column, matches, wanted, likely, descending=descending != from_end)
    if ids is None:
        return None
    return ids[wanted - size :][::-1] if from_end else ids[start:]


def read(ids: Sequence[int], columns: Iterable[str]) -> list[Row]:
    """Rows with what the columns need, in the order of `ids`; images that went meanwhile are left out.

    One query, and a second one for tags if they are asked for; never the document.
    """
    chosen = list(columns)
    names = dict.fromkeys(_ALWAYS)
    for column in chosen:
        names.update(dict.fromkeys(SPELLINGS[column].reads))
    if not ids:
        return []
    fetched = fetch(_images, (tuple(names), len(ids)), ids)
    by_pk = {row[0]: dict(zip(names, row, strict=True)) for row in fetched}
    rows: list[Row] = [by_pk[pk] for pk in ids if pk in by_pk]
    if "tags" in chosen:
        _add_tags(rows)
    return rows


def _images(columns: tuple[str, ...], number: int) -> QuerySet[Image, Mapping[str, object]]:
    rows: QuerySet[Image, Mapping[str, object]] = Image.objects.filter(pk__in=range(number)).order_by().values(*columns)
    return rows


def _tags(number: int) -> QuerySet[ImageTag, Mapping[str, object]]:
    return ImageTag.objects.filter(image__in=range(number)).order_by("key").values("image_id", "key", "value")


def _add_tags(rows: list[Row]) -> None:
    tags: dict[int, list[tuple[str, str]]] = {row["pk"]: [] for row in rows}
    for image, key, value in fetch(_tags, (len(tags),), list(tags)) if tags else ():
        tags[image].append((key, value))
    for row in rows:
        row["tags"] = tags[row["pk"]]


def all_rows(state: ListState, matching: Matching, columns: Iterable[str]) -> Iterator[Row]:
    """Every matching image in the order of the list, read in pieces: an export holds no more than one in memory."""
    chosen = tuple(columns)
    for ids in pieces(ordered_ids(state, matching)):
        yield from read(ids, chosen)


def ordered_ids(state: ListState, matching: Matching) -> Iterator[int]:
    """All matching ids in the order of the list."""
    blocks = order.blocks_of(state.sort_column, matching.vocabulary)
    return order.iterate(blocks, matching.images, descending=state.descending)


def pieces(ids: Iterator[int]) -> Iterator[list[int]]:
    piece: list[int] = []
    for pk in ids:
        piece.append(pk)
        if len(piece) == _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece
