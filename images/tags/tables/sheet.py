"""Tags of images as the lines of a CSV file (tags/services/csv/layout.py), a piece at a time."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from pyroaring import BitMap

from images.cache.facets import tags_by_key
from images.cache.queries.tags import words_by_themselves
from images.core.csv_cells import line_writer, lossless
from images.search.queries.listing import Row, read
from images.search.queries.matching import Matching
from images.search.queries.vocabulary import Vocabulary
from images.tags.services.csv.layout import FIXED, KEY, SEEN, TAG, VALUE, cell_of

Cells = Callable[[Row, dict[str, str]], Iterable[list[str]]]
#: What is read of each image.
_COLUMNS = ("project", "region", "tags")


def keys_of(matching: Matching, images: BitMap) -> list[str]:
    """The tag keys in use among these images (a bitmap), and words that cannot stand under a key."""
    found = {key for key, having in matching.snapshot.values("tag_key").items() if having.intersect(images)}
    found |= words_by_themselves(matching.snapshot, images)
    return sorted(found, key=lambda key: (key.casefold(), key))


def wide(pieces: Iterable[Sequence[int]], keys: Sequence[str], known: Vocabulary) -> Iterator[str]:
    """A row an image, a column a key."""

    def cells(row: Row, tags: dict[str, str]) -> Iterator[list[str]]:
        yield [*_fixed(row, known), *(cell_of(tags.get(key)) for key in keys), _seen(tags)]

    return _lines([*FIXED, *(f"{TAG}{key}" for key in keys), SEEN], pieces, cells)


def long(pieces: Iterable[Sequence[int]], known: Vocabulary) -> Iterator[str]:
    """A row a tag; an image without any has one that may be filled in."""

    def cells(row: Row, tags: dict[str, str]) -> Iterator[list[str]]:
        for key, value in tags.items() or [("", None)]:
            yield [*_fixed(row, known), lossless(key), cell_of(value), _seen(tags)]

    return _lines([*FIXED, KEY, VALUE, SEEN], pieces, cells)


def _lines(headings: Sequence[str], pieces: Iterable[Sequence[int]], cells: Cells) -> Iterator[str]:
    write = line_writer()
    yield "\ufeff" + write(headings)  # the mark tells Excel that it is UTF-8
    for ids in pieces:
        yield "".join(write(line) for row, tags in _rows(ids) for line in cells(row, tags))


def _rows(ids: Sequence[int]) -> Iterator[tuple[Row, dict[str, str]]]:
    for row in read(ids, _COLUMNS):
        yield row, dict(tags_by_key(dict(row["tags"])))


def _fixed(row: Row, known: Vocabulary) -> list[str]:
    project = known.labels.get(row["project_id"] or 0, "")
    region = known.region_names.get(row["region_id"], "")
    return [str(row["image_id"]), *map(lossless, (project, region, str(row["name"])))]


def _seen(tags: dict[str, str]) -> str:
    return json.dumps(tags, ensure_ascii=False, separators=(",", ":"))
