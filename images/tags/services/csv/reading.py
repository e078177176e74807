"""From the bytes of an upload to what its rows say; knows no image. An unreadable file is refused as a whole."""

import codecs
import csv
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from images.cache.rules.tag_changes import TagStep
from images.core.csv_cells import unescape
from images.tags.services.csv import layout
from images.tags.services.csv.layout import letters, step_of

_SEPARATORS: Final = (",", ";", "\t")
#: Bytes that are decoded at once.
_PIECE: Final = 1 << 16


class FileRefused(Exception):
    """Nothing of the file can be used; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that cannot be granted: where it is, what is wrong, and the rule with its code, if it is one of IMS."""

    row: int
    column: str
    heading: str
    message: str
    code: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class CellChange:
    """What one cell wishes. `before`: the value when the file was downloaded (None: no such tag)."""

    row: int
    column: int
    heading: str
    wish: TagStep
    before: str | None = None

    def bad(self, message: str, code: str = "", rule: str = "") -> BadCell:
        return BadCell(self.row, letters(self.column), self.heading, message, code, rule)


@dataclass(slots=True)
class Line:
    """All that the file says about one image. `knows_before`: it also says what the tags were."""

    row: int
    image_id: str
    project: str
    region: str
    name: str
    knows_before: bool
    said: list[CellChange] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Heading:
    """Which column means what; `names` as they stand in the file."""

    names: tuple[str, ...]
    fixed: Mapping[str, int]
    keys: Mapping[int, str]
    ignored: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        return layout.KEY in self.fixed

    def cell(self, record: Sequence[str], name: str) -> str:
        """ "" where there is no such column, or the row ends before it."""
        place = self.fixed.get(name)
        return record[place] if place is not None and place < len(record) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    heading: Heading
    lines: Sequence[Line]
    #: Cells that held a value when the file was downloaded and are empty now.
    emptied: int


def read(content: bytes, *, empty_removes: bool = False) -> Sheet:
    """Raises FileRefused. `empty_removes`: an empty cell takes the tag off, else it says nothing."""
    records = _records(io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), newline=""))
    heading = _heading(next(records, []))
    reader = _Reader(heading, empty_removes=empty_removes)
    for row, record in enumerate(records, start=2):
        if any(cell.strip() for cell in record):
            reader.take(row, record)
    if not reader.lines:
        raise FileRefused(_("There is no row in it but the headings."))
    return Sheet(heading, list(reader.lines.values()), reader.emptied)


def packed(content: bytes) -> bytes:
    return zlib.compress(content)


def unpacked(content: bytes) -> bytes:
    return zlib.decompress(content)


def _encoding(content: bytes) -> str:
    """UTF-8 with or without a mark, or UTF-16 with one (Excel's "Unicode text"). Everything else is refused: what a
    file of an old code page means nobody can tell."""
    if content.startswith(b"PK\x03\x04"):
        raise FileRefused(_("This is a workbook, not CSV. Save it as “CSV UTF-8 (comma delimited)”, then upload that."))
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)()
    rows = 1
    for start in range(0, len(content), _PIECE):
        piece = content[start : start + _PIECE]
        try:
            text = decoder.decode(piece, final=start + _PIECE >= len(content))
        except UnicodeDecodeError as error:
            rows += error.object.count(b"\n", 0, error.start)
            sentence = _(
                "It is not in UTF-8 (line %(row)d). In Excel choose “CSV UTF-8 (comma delimited)” when saving."
            )
            raise FileRefused(sentence % {"row": rows}) from error
        rows += text.count("\n")
        if "\x00" in text:
            raise FileRefused(_("This is not a text file."))
    return encoding


def _records(text: io.TextIOWrapper) -> Iterator[list[str]]:
    """The rows, read with the separator under which the headings make sense."""
    first = text.readline()
    if first.casefold().startswith("sep="):  # Excel's own line; it counts as no row
        first = text.readline()
    try:
        separator = max(_SEPARATORS, key=lambda one: _sense(first, one))
    except csv.Error as error:  # a cell of more than 131,072 characters, for instance
        raise _unreadable(1, error) from error
    reader = csv.reader(_again(first, text), delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise _unreadable(reader.line_num, error) from error


def _unreadable(line: int, why: Exception) -> FileRefused:
    sentence = _("Line %(line)d cannot be read (%(why)s). Nothing of the file was used.")
    return FileRefused(sentence % {"line": line, "why": why})


def _again(first: str, text: io.TextIOWrapper) -> Iterator[str]:
    yield first
    yield from text


def _sense(line: str, separator: str) -> tuple[bool, int]:
    names = next(csv.reader([line], delimiter=separator), [])
    return layout.IMAGE_ID in map(_folded, names), len(names)


def _folded(name: str) -> str:
    return name.strip().casefold()


def _heading(names: Sequence[str]) -> Heading:
    fixed: dict[str, int] = {}
    keys: dict[int, str] = {}
    ignored = []
    for place, name in enumerate(names):
        folded = _folded(name)
        if folded.startswith(layout.TAG):
            key = name.lstrip()[len(layout.TAG) :]  # a space at its end is the rules' business
            if not key:
                raise FileRefused(_("Column %(column)s has no key behind “tag:”.") % {"column": letters(place)})
            if key in keys.values():
                raise FileRefused(_("The key “%(key)s” heads two columns; keep one.") % {"key": key})
            keys[place] = key
        elif folded in {*layout.FIXED, layout.KEY, layout.VALUE, layout.SEEN}:
            if folded in fixed:
                raise FileRefused(_("“%(name)s” heads two columns; keep one.") % {"name": folded})
            fixed[folded] = place
        elif folded:
            ignored.append(name.strip())
    _check_heading(fixed, keys)
    return Heading(tuple(names), fixed, keys, tuple(ignored))


def _check_heading(fixed: Mapping[str, int], keys: Mapping[int, str]) -> None:
    if layout.IMAGE_ID not in fixed:
        raise FileRefused(_("No column is headed “image_id”. Begin with a file that was downloaded here."))
    if not keys and not {layout.KEY, layout.VALUE} <= fixed.keys():
        raise FileRefused(_("There is no column of tags. Head one with “tag:” and the key, as in “tag:env”."))
    if keys and layout.KEY in fixed:
        raise FileRefused(_("It has a column “key” and columns “tag:…”: keep one way."))
    if len(keys) > layout.MOST_KEYS:
        raise FileRefused(_("At most %(most)d columns of tags.") % {"most": layout.MOST_KEYS})


class _Reader:
    """Rows become lines: one an image, however many rows a long file has for it."""

    def __init__(self, heading: Heading, *, empty_removes: bool) -> None:
        self.lines: dict[tuple[str, ...], Line] = {}
        self.emptied = 0
        self._heading = heading
        self._empty_removes = empty_removes

    def take(self, row: int, record: Sequence[str]) -> None:
        if row > layout.MOST_ROWS + 1:
            raise FileRefused(_("It has more than %(most)d rows; split it.") % {"most": layout.MOST_ROWS})
        which = [unescape(self._heading.cell(record, name).strip()) for name in layout.FIXED]
        seen, bad = self._seen(row, record)
        image_id, project, region, name = which
        line = Line(row, image_id.lower(), project, region, name, knows_before=seen is not None, bad=bad)
        known = self.lines.setdefault((line.image_id, line.project, line.region), line)
        if not line.image_id:
            known.bad.append(self._bad(row, layout.IMAGE_ID, _("The ID of the image is missing.")))
        if known is not line and not self._heading.is_long:
            sentence = _("The image stands in row %(row)d already.") % {"row": known.row}
            known.bad.append(self._bad(row, layout.IMAGE_ID, sentence))
            return
        if len(record) > len(self._heading.names) and any(record[len(self._heading.names) :]):
            sentence = _(
                "The row has more cells than there are headings: is a cell with a separator in quotation marks?"
            )
            known.bad.append(BadCell(row, letters(len(self._heading.names)), "", sentence))
        for column, key, cell in self._cells(record):
            self._hear(known, CellChange(row, column, self._name(column), TagStep("", key)), cell, seen)

    def _cells(self, record: Sequence[str]) -> Iterator[tuple[int, str, str]]:
        """Column, key and text of each cell about a tag."""
        if self._heading.is_long:
            key = unescape(self._heading.cell(record, layout.KEY))
            if key.strip():
                yield self._heading.fixed[layout.VALUE], key, self._heading.cell(record, layout.VALUE)
            return
        for column, key in self._heading.keys.items():
            yield column, key, record[column] if column < len(record) else ""

    def _hear(self, line: Line, at: CellChange, cell: str, seen: layout.Tags | None) -> None:
        """Adds what the cell wishes, if it is another thing than what was there when the file was downloaded."""
        key = at.wish.key
        before = None if seen is None else seen.get(key)
        wish = step_of(key, cell)
        if wish is None:
            self.emptied += before is not None
            if not self._empty_removes:
                return
            wish = TagStep("remove", key)
        if seen is not None and before == (None if wish.do == "remove" else wish.value):
            return
        said = CellChange(at.row, at.column, at.heading, wish, before)
        if any(other.wish.key == key for other in line.said):
            line.bad.append(said.bad(_("The key “%(key)s” stands twice for this image.") % {"key": key}))
        else:
            line.said.append(said)

    def _seen(self, row: int, record: Sequence[str]) -> tuple[layout.Tags | None, list[BadCell]]:
        text = self._heading.cell(record, layout.SEEN)
        if not text.strip():
            return None, []
        try:
            seen = json.loads(text)
        except (ValueError, RecursionError):  # a thousand brackets in each other are no error of ours
            seen = None
        if isinstance(seen, dict) and all(isinstance(value, str) for value in seen.values()):
            return seen, []
        sentence = _("This column says what the tags were and is not to be changed; download the tags again.")
        return None, [self._bad(row, layout.SEEN, sentence)]

    def _bad(self, row: int, name: str, sentence: str) -> BadCell:
        column = self._heading.fixed[name]
        return BadCell(row, letters(column), self._name(column), sentence)

    def _name(self, column: int) -> str:
        return self._heading.names[column].strip()
