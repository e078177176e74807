"""The columns of the list as data: heading, where it is sorted, and how a cell is made of a row.

A cell is a tuple (kind, text, title, more) that templates/hot/rows.html knows how to draw. Everything is computed here,
once per row: at fifty rows of ten cells a template that calls and decides takes three times as long.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images import words
from images.filters import ListState
from images.filters.fields import BY_NAME
from images.filters.state import COLUMNS
from images.selectors.listing import Page, Row
from images.tables.labels import STATUS, UNKNOWN_STATUS, VALUES, label_of

#: (kind, text, title, more); kind is also the class of the cell.
Cell = tuple[str, Any, str, Any]
#: Tags shown in a cell before "+3".
_TAGS_SHOWN = 3
_NO_CELL: Cell = ("none", "–", "", None)


@dataclass(frozen=True)
class Names:
    """What the cells of a page share: the words for projects and regions, the reader's clock and zone."""

    projects: Mapping[int, str]
    regions: Mapping[int, str]
    zone: tzinfo
    now: datetime


Maker = Callable[[Row, Names], Cell]


@dataclass(frozen=True)
class Column:
    """`descending_first`: the first click sorts newest or largest first."""

    name: str
    label: str | Promise
    make: Maker
    numeric: bool = False
    descending_first: bool = False


def _text(name: str, row: Row, _names: Names) -> Cell:
    value = row[name]
    return ("text", value, "", None) if value else _NO_CELL


def _labelled(field: str, name: str, row: Row, _names: Names) -> Cell:
    value = row[name]
    return ("text", VALUES[field].get(value, value), str(value), None) if value else _NO_CELL


def _time(name: str, row: Row, names: Names) -> Cell:
    value = row[name]
    if not isinstance(value, datetime):
        return _NO_CELL
    return ("time", words.age(value, names.now), words.exact(value, names.zone), value.isoformat())


def _yes(name: str, word: str | Promise, row: Row, _names: Names) -> Cell:
    return ("yes", word, "", None) if row[name] else _NO_CELL


def _name(row: Row, _names: Names) -> Cell:
    return ("name", row["name"] or row["image_id"], "", None)


def _status(row: Row, _names: Names) -> Cell:
    tone, icon = STATUS.get(str(row["status"]), UNKNOWN_STATUS)
    return ("status", row["status"], tone, icon)


def _project(row: Row, names: Names) -> Cell:
    if row["project_id"] is None:
        return ("soft", _("public"), _("A public image: it belongs to the region, not to a project."), None)
    return ("text", names.projects.get(row["project_id"], ""), "", None)  # type: ignore[call-overload]


def _region(row: Row, names: Names) -> Cell:
    return ("text", names.regions.get(row["region_id"], ""), "", None)  # type: ignore[call-overload]


def _version(row: Row, _names: Names) -> Cell:
    return (
        ("text", row["os_version"] or row["platform"], "", None) if row["os_version"] or row["platform"] else _NO_CELL
    )


def _size(row: Row, _names: Names) -> Cell:
    value = row["size"]
    if not isinstance(value, int) or not value:
        return _NO_CELL
    return ("number", words.size(value), _("%(n)s bytes") % {"n": words.number(value)}, None)


def _disk(row: Row, _names: Names) -> Cell:
    return ("number", f"{row['min_disk']} GB", "", None)


def _memory(name: str, row: Row, _names: Names) -> Cell:
    value = row[name]
    return ("number", words.memory(value), "", None) if isinstance(value, int) and value else _NO_CELL


def _tags(row: Row, _names: Names) -> Cell:
    tags: Sequence[tuple[str, str]] = row.get("tags", ())  # type: ignore[assignment]
    if not tags:
        return _NO_CELL
    texts = [f"{key}={value}" if value else key for key, value in tags]
    return ("tags", texts[:_TAGS_SHOWN], ", ".join(texts), len(texts) - _TAGS_SHOWN)


def _flags(row: Row, _names: Names) -> Cell:
    flags = [label_of("flag", flag) for flag in str(row["flags"]).split(",") if flag]
    return ("text", ", ".join(flags), "", None) if flags else _NO_CELL


def _id(name: str, row: Row, _names: Names) -> Cell:
    return ("id", row[name], "", None) if row[name] else _NO_CELL


def _plain(name: str, **more: Any) -> Column:
    field = BY_NAME[name]
    return Column(name, field.label, partial(_text, field.column), **more)


def _moment(name: str) -> Column:
    return Column(name, BY_NAME[name].label, partial(_time, BY_NAME[name].column), descending_first=True)


_ALL = (
    Column("name", gettext_lazy("name"), _name),
    Column("status", gettext_lazy("status"), _status),
    Column("project", gettext_lazy("project"), _project),
    Column("region", gettext_lazy("region"), _region),
    Column("type", gettext_lazy("type"), partial(_labelled, "type", "image_type")),
    _plain("visibility"),
    _plain("os"),
    Column("version", gettext_lazy("OS version"), _version),
    _plain("ostype"),
    _plain("arch"),
    _plain("format"),
    Column("boot", gettext_lazy("boot mode"), partial(_labelled, "boot", "firmware")),
    Column("envtype", gettext_lazy("environment type"), partial(_labelled, "envtype", "env_type")),
    Column("size", gettext_lazy("size"), _size, numeric=True, descending_first=True),
    Column("disk", gettext_lazy("minimum disk"), _disk, numeric=True, descending_first=True),
    Column("ram", gettext_lazy("minimum memory"), partial(_memory, "min_ram"), numeric=True, descending_first=True),
    Column("maxram", gettext_lazy("maximum memory"), partial(_memory, "max_ram"), numeric=True, descending_first=True),
    Column("tags", gettext_lazy("tags"), _tags, descending_first=True),
    _plain("member"),
    _plain("owner"),
    Column("protected", gettext_lazy("protected"), partial(_yes, "protected", gettext_lazy("protected")),
           descending_first=True),
    Column("encrypted", gettext_lazy("encrypted"), partial(_yes, "key_id", gettext_lazy("encrypted")),
           descending_first=True),
    Column("full-ecs", gettext_lazy("full-ECS"), partial(_yes, "whole_image", gettext_lazy("full-ECS")),
           descending_first=True),
    Column("flags", gettext_lazy("compatibility"), _flags),
    _moment("created"),
    _moment("updated"),
    _moment("active"),
    Column("id", gettext_lazy("image ID"), partial(_id, "image_id")),
    Column("source", gettext_lazy("source image"), partial(_id, "source_image_id")),
    _plain("origin"),
)  # fmt: skip
BY_COLUMN: Mapping[str, Column] = {column.name: column for column in _ALL}
if tuple(BY_COLUMN) != COLUMNS:
    raise RuntimeError("filters/state.py and tables/columns.py disagree about the columns of the list")


@dataclass(frozen=True)
class Heading:
    """One heading: `aria` is its aria-sort ("" when the list is not sorted by it), `query` sorts by it."""

    name: str
    label: str | Promise
    query: str
    aria: str
    numeric: bool


def headings(state: ListState) -> list[Heading]:
    return [_heading(BY_COLUMN[name], state) for name in state.columns]


def _heading(column: Column, state: ListState) -> Heading:
    down = f"-{column.name}"
    if state.sort == column.name:
        other, aria = down, "ascending"
    elif state.sort == down:
        other, aria = column.name, "descending"
    else:
        other, aria = (down if column.descending_first else column.name), ""
    return Heading(column.name, column.label, state.sorted_by(other).query, aria, column.numeric)


@dataclass(frozen=True, slots=True)
class ShownRow:
    pk: int
    name: str
    href: str
    cells: Sequence[Cell]


def shown_rows(page: Page, state: ListState, names: Names) -> list[ShownRow]:
    """The rows of a page, ready to be drawn."""
    makers = [BY_COLUMN[name].make for name in state.columns]
    base, after = reverse("images:detail", args=[0]).split("0", 1)
    return [
        ShownRow(
            row["pk"],  # type: ignore[arg-type]
            str(row["name"] or row["image_id"]),
            f"{base}{row['pk']}{after}",
            [make(row, names) for make in makers],
        )
        for row in page.rows
    ]
