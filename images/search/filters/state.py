"""ListState: everything that decides what a list shows, and the one URL of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from urllib.parse import quote

from django.http import QueryDict
from django.utils.translation import gettext as _

from images.search.filters.parse import Known, Parsed, Problem, nearest, parse
from images.search.filters.value import ImageFilter

#: All columns, in the order in which they stand; tables.py says how each one looks.
COLUMNS = (
    "name", "status", "project", "region", "type", "visibility", "os", "version", "ostype", "arch", "format", "boot",
    "envtype", "size", "disk", "ram", "maxram", "tags", "policy", "member", "owner", "protected", "hidden", "encrypted",
    "full-ecs", "flags", "created", "updated", "active", "id", "source", "origin",
)  # fmt: skip
DEFAULT_COLUMNS = ("name", "status", "project", "type", "version", "size", "created", "tags")
SIZES = (25, 50, 100, 250)
DENSITIES = ("compact", "comfortable")
DEFAULT_SORT = "-created"
DEFAULT_SIZE = 50
#: Beyond any list; keeps page * size within what databases and bitmaps can count.
LAST_PAGE = 10_000_000


@lru_cache(maxsize=4096)
def escaped(text: str) -> str:
    """For a query string; ":", "," and the like stay readable. The same few texts come again and again."""
    return quote(text, safe=":,*<>=/~!$'()@")


@dataclass(frozen=True)
class Preference:
    """What to show when the URL does not say (models.ListPreference)."""

    columns: tuple[str, ...] = DEFAULT_COLUMNS
    size: int = DEFAULT_SIZE
    density: str = DENSITIES[0]


@dataclass(frozen=True)
class ListState:
    """Filter, order, page and looks. `sort` is a column, with a minus before it for descending."""

    filter: ImageFilter = field(default_factory=ImageFilter)
    sort: str = DEFAULT_SORT
    page: int = 1
    size: int = DEFAULT_SIZE
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    density: str = DENSITIES[0]

    @property
    def sort_column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @cached_property
    def looks_fields(self) -> tuple[tuple[str, str], ...]:
        """Name and value of all parameters but `q`, `sort` and `page`. Only what differs from the product's defaults,
        never from the reader's own preference: a link shows a colleague the same list."""
        fields = []
        if self.size != DEFAULT_SIZE:
            fields.append(("size", str(self.size)))
        if self.columns != DEFAULT_COLUMNS:
            fields.append(("columns", ",".join(self.columns)))
        if self.density != DENSITIES[0]:
            fields.append(("density", self.density))
        return tuple(fields)

    @cached_property
    def hidden_fields(self) -> tuple[tuple[str, str], ...]:
        """The same with the order, for the hidden fields of forms."""
        return (*((("sort", self.sort),) if self.sort != DEFAULT_SORT else ()), *self.looks_fields)

    @cached_property
    def looks(self) -> str:
        """All of the query string but `q` and `page`."""
        return "&".join(f"{name}={escaped(value)}" for name, value in self.hidden_fields)

    @cached_property
    def query(self) -> str:
        """The canonical query string, without the question mark; empty for the plain list."""
        page = f"page={self.page}" if self.page > 1 else ""
        return self.with_text(escaped(self.filter.text), page)

    def with_text(self, text: str, page: str = "") -> str:
        """The query string with another `q`, already escaped; for the many links of the facets."""
        return "&".join(filter(None, (f"q={text}" if text else "", self.looks, page)))

    def turned(self, page: int) -> "ListState":
        return replace(self, page=page)

    def sorted_by(self, sort: str) -> "ListState":
        return replace(self, sort=sort, page=1)

    def filtered(self, new: ImageFilter) -> "ListState":
        return replace(self, filter=new, page=1)


@dataclass(frozen=True)
class ParsedState:
    """A state as read from a URL, the text of the search field as it was typed, and what made no sense."""

    state: ListState
    typed: str
    problems: tuple[Problem, ...]


def read_state(params: QueryDict, *, known: Known | None = None, preference: Preference | None = None) -> ParsedState:
    """Never raises: what makes no sense is named in `problems` and has its default."""
    liked = preference or Preference()
    typed = " ".join(filter(None, (text.strip() for text in params.getlist("q"))))
    parsed: Parsed = parse(typed, known)
    problems = list(parsed.problems)
    state = ListState(
        filter=parsed.filter,
        sort=_sort(params.get("sort") or DEFAULT_SORT, problems),
        page=_number(params, "page", 1, problems),
        size=_size(params, liked.size, problems),
        columns=_columns(params.getlist("columns"), liked.columns, problems),
        density=_one_of(params.get("density") or liked.density, DENSITIES, "density", problems),
    )
    return ParsedState(state, typed, tuple(problems))


def _sort(text: str, problems: list[Problem]) -> str:
    if text.removeprefix("-") in COLUMNS:
        return text
    better = nearest(text.removeprefix("-"), COLUMNS)
    problems.append(Problem(f"sort={text}", _("there is no such column to sort by"), better))
    return DEFAULT_SORT


def _number(params: QueryDict, name: str, default: int, problems: list[Problem]) -> int:
    text = params.get(name) or str(default)
    if text.isascii() and text.isdigit() and len(text) <= 8 and 1 <= int(text) <= LAST_PAGE:
        return int(text)
    problems.append(Problem(f"{name}={text}", _("this is not a number of a page")))
    return default


def _size(params: QueryDict, default: int, problems: list[Problem]) -> int:
    text = params.get("size") or str(default)
    if text in map(str, SIZES):
        return int(text)
    problems.append(Problem(f"size={text}", _("a page has %(sizes)s images") % {"sizes": ", ".join(map(str, SIZES))}))
    return default


def _columns(given: list[str], default: tuple[str, ...], problems: list[Problem]) -> tuple[str, ...]:
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    problems += [
        Problem(f"columns={name}", _("there is no such column"), nearest(name, COLUMNS))
        for name in names
        if name not in COLUMNS
    ]
    chosen = tuple(name for name in COLUMNS if name in names)
    return chosen or default


def _one_of(text: str, choices: Collection[str], name: str, problems: list[Problem]) -> str:
    if text in choices:
        return text
    problems.append(Problem(f"{name}={text}", _("it is one of %(choices)s") % {"choices": ", ".join(choices)}))
    return next(iter(choices))


def preference_of(values: Mapping[str, object] | None) -> Preference:
    """From the columns of models.ListPreference, forgiving about what an older release stored."""
    if values is None:
        return Preference()
    columns = tuple(name for name in COLUMNS if name in str(values["columns"]).split(","))
    size = values["page_size"] if values["page_size"] in SIZES else DEFAULT_SIZE
    density = str(values["density"]) if values["density"] in DENSITIES else DENSITIES[0]
    return Preference(columns or DEFAULT_COLUMNS, int(str(size)), density)
