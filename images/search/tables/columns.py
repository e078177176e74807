"""The columns of the list as data: heading, where it is sorted, and how a cell is made of a row (cells.py draws it)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache, partial

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from images.cache.tables.labels import VALUES, label_of, labels_of
from images.core import humanize
from images.core.url_cache import cached_url
from images.search.filters import ListState
from images.search.filters.fields import BY_NAME, SPELLINGS
from images.search.filters.state import COLUMNS
from images.search.queries.listing import Row
from images.search.tables import cells


class RowContext:
    """What the cells of a page share: words for projects and regions, the reader's clock and zone, and translations
    that would otherwise be looked up in each row."""

    def __init__(self, projects: Mapping[int, str], regions: Mapping[int, str], zone: tzinfo, now: datetime) -> None:
        self.projects, self.regions, self.zone, self.now = projects, regions, zone, now
        self.number = humanize.numbers()
        self.bytes = _("%(n)s bytes")
        self.words = {field: labels_of(field) for field in VALUES}
        self.public = _("public")
        self.public_why = _("A public image: it belongs to the region, not to a project.")
        #: Image.id → what it breaks of its tag policy, as the query language calls it.
        self.breaches: Callable[[int], Sequence[str]] = lambda _pk: ()
        #: Image.id → what is being done to it, drawn.
        self.under_way: Mapping[int, SafeString] = {}
        self.detail_before, self.detail_after = cached_url("images:detail", 0).split("0", 1)


Maker = Callable[[Row, RowContext], SafeString]


@dataclass(frozen=True)
class Column:
    """`name` is that of a field, or another spelling of it (tags). `descending_first`: the first click sorts newest or
    largest first."""

    name: str
    make: Maker
    numeric: bool = False
    descending_first: bool = False
    #: Where the heading is not the name of the field.
    heading: str | Promise = ""

    @property
    def label(self) -> str | Promise:
        return self.heading or SPELLINGS[self.name].label


def _text(name: str, row: Row, _names: RowContext) -> SafeString:
    value = row[name]
    return cells.text(value) if value else cells.NONE


def _labelled(field: str, name: str, row: Row, names: RowContext) -> SafeString:
    value = row[name]
    return cells.text(names.words[field].get(value, value)) if value else cells.NONE


def _time(name: str, row: Row, names: RowContext) -> SafeString:
    value = row[name]
    return cells.time(value, names.now, names.zone) if value else cells.NONE


def _yes(name: str, word: str | Promise, row: Row, _names: RowContext) -> SafeString:
    return cells.yes(str(word)) if row[name] else cells.NONE


def _name(row: Row, names: RowContext) -> SafeString:
    href = f"{names.detail_before}{row['pk']}{names.detail_after}"
    return cells.name(row["pk"], row["name"] or row["image_id"], href, names.under_way.get(row["pk"], ""))


def _status(row: Row, _names: RowContext) -> SafeString:
    return cells.status(row["status"])


def _project(row: Row, names: RowContext) -> SafeString:
    if row["project_id"] is None:
        return cells.soft(names.public, names.public_why)
    return cells.text(names.projects.get(row["project_id"], ""))


def _region(row: Row, names: RowContext) -> SafeString:
    return cells.text(names.regions.get(row["region_id"], ""))


def _version(row: Row, _names: RowContext) -> SafeString:
    value = row["os_version"] or row["platform"]
    return cells.text(value) if value else cells.NONE


def _size(row: Row, names: RowContext) -> SafeString:
    value = row["size"]
    return cells.number(humanize.size(value), names.bytes % {"n": names.number(value)}) if value else cells.NONE


def _disk(row: Row, _names: RowContext) -> SafeString:
    return cells.number(f"{row['min_disk']} GB")


def _memory(name: str, row: Row, _names: RowContext) -> SafeString:
    value = row[name]
    return cells.number(humanize.memory(value)) if value else cells.NONE


def _tags(row: Row, _names: RowContext) -> SafeString:
    return cells.tags(row["tags"])


def _policy(row: Row, names: RowContext) -> SafeString:
    breaches = names.breaches(row["pk"])
    return cells.breaches(tuple(label_of("policy", breach) for breach in breaches)) if breaches else cells.NONE


def _type(row: Row, names: RowContext) -> SafeString:
    value = row["image_type"]
    shown = names.words["type"].get(value, value)
    if row["hidden"]:
        shown = _("%(type)s, hidden") % {"type": shown}
    return cells.text(shown) if shown else cells.NONE


def _flags(row: Row, _names: RowContext) -> SafeString:
    flags = [label_of("flag", flag) for flag in row["flags"].split(",") if flag]
    return cells.text(", ".join(flags)) if flags else cells.NONE


def _id(name: str, row: Row, _names: RowContext) -> SafeString:
    return cells.identity(row[name]) if row[name] else cells.NONE


def _plain(name: str) -> Column:
    return Column(name, partial(_text, BY_NAME[name].column))


def _in_words(name: str) -> Column:
    return Column(name, partial(_labelled, name, BY_NAME[name].column))


def _moment(name: str) -> Column:
    return Column(name, partial(_time, BY_NAME[name].column), descending_first=True)


def _property(name: str) -> Column:
    return Column(name, partial(_yes, BY_NAME[name].reads[0], BY_NAME[name].label), descending_first=True)


def _largest_first(name: str, make: Maker) -> Column:
    return Column(name, make, numeric=True, descending_first=True)


_ALL = (
    Column("name", _name),
    Column("status", _status),
    Column("project", _project),
    Column("region", _region),
    Column("type", _type),
    _plain("visibility"),
    _plain("os"),
    Column("version", _version),
    _plain("ostype"),
    _plain("arch"),
    _plain("format"),
    _in_words("boot"),
    _in_words("envtype"),
    _largest_first("size", _size),
    _largest_first("disk", _disk),
    _largest_first("ram", partial(_memory, "min_ram")),
    _largest_first("maxram", partial(_memory, "max_ram")),
    Column("tags", _tags, descending_first=True, heading=gettext_lazy("tags")),
    Column("policy", _policy, descending_first=True),
    _plain("member"),
    _plain("owner"),
    _property("protected"),
    _property("hidden"),
    _property("encrypted"),
    _property("full-ecs"),
    Column("flags", _flags),
    _moment("created"),
    _moment("updated"),
    _moment("active"),
    Column("id", partial(_id, "image_id")),
    Column("source", partial(_id, "source_image_id")),
    _plain("origin"),
)
BY_COLUMN: Mapping[str, Column] = {column.name: column for column in _ALL}
if tuple(BY_COLUMN) != COLUMNS:
    raise RuntimeError("search/filters/state.py and search/tables/columns.py disagree about the columns of the list")


@dataclass(frozen=True)
class Heading:
    """One heading: `aria` is its aria-sort ("" when the list is not sorted by it), `query` sorts by it."""

    name: str
    label: str
    query: str
    aria: str
    numeric: bool


@lru_cache(maxsize=256)
def _label(name: str, _language: str | None) -> str:
    """The heading of a column, in the reader's language."""
    return capfirst(str(BY_COLUMN[name].label))


def headings(state: ListState) -> list[Heading]:
    language = get_language()
    return [_heading(BY_COLUMN[name], state, _label(name, language)) for name in state.columns]


def _heading(column: Column, state: ListState, shown: str) -> Heading:
    down = f"-{column.name}"
    if state.sort == column.name:
        other, aria = down, "ascending"
    elif state.sort == down:
        other, aria = column.name, "descending"
    else:
        other, aria = (down if column.descending_first else column.name), ""
    return Heading(column.name, shown, state.sorted_by(other).query, aria, column.numeric)


def choices(shown: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Name, heading and whether it is shown, of every column there is."""
    language = get_language()
    return [(name, _label(name, language), name in shown) for name in COLUMNS]


def rendered_rows(
    rows: Sequence[Row], state: ListState, names: RowContext, *, again: bool = False
) -> Sequence[SafeString]:
    """Rows of the list, ready for the table; `again`: for a page that shows them already (cells.row)."""
    makers = [BY_COLUMN[name].make for name in state.columns]
    return [
        cells.row(row["pk"], row["name"] or row["image_id"], [make(row, names) for make in makers], again=again)
        for row in rows
    ]
