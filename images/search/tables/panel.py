"""The facets and the chips as links: each value knows the URL of the list with it chosen or taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from images.cache.tables.labels import label_of, labels_of
from images.core import humanize
from images.search.filters import (
    Attribute,
    Choice,
    Condition,
    ImageFilter,
    ListState,
    Range,
    Tag,
    Tags,
    Text,
    Word,
    Yes,
)
from images.search.filters.conditions import positive
from images.search.filters.fields import BY_NAME, POSITION
from images.search.filters.state import escaped
from images.search.queries.facets import BY_FACET, Facet, FacetCount, Value
from images.search.queries.matching import Matching

#: Groups that stand open before anything is chosen; the rest opens by a click.
_OPEN = frozenset({"project", "region", "type", "status", "os"})


class Link(NamedTuple):
    """A value of a facet. `state` is "chosen", "excluded" or ""; `query` toggles it; `key` a tag key to look into."""

    label: str
    count: str  # type: ignore[assignment] # a tuple's own `count` is asked of none of them
    query: str
    state: str
    key: str = ""


@dataclass(frozen=True)
class Group:
    name: str
    label: str
    links: Sequence[Link]
    more: bool
    open: bool
    chosen: int


@dataclass(frozen=True)
class Chip:
    """A condition above the table; `query` is the list without it."""

    label: str
    query: str


@lru_cache(maxsize=128)
def _label(name: str, _language: str | None) -> str:
    return capfirst(str(BY_FACET[name].label))


def groups(counted: Iterable[FacetCount], state: ListState, matching: Matching) -> list[Group]:
    """The panel: groups without any value are left out."""
    return [group(facet_count, state, matching) for facet_count in counted if facet_count.values]


def group(facet_count: FacetCount, state: ListState, matching: Matching, *, open_: bool = False) -> Group:
    facet = facet_count.facet
    if facet.mode == "any":
        links = _alternatives(facet, facet_count.values, state, matching)
    else:
        links = [_toggle(facet, value, state) for value in facet_count.values]
    chosen = sum(bool(link.state) for link in links)
    return Group(
        facet.name,
        _label(facet.name, get_language()),
        links,
        facet_count.more,
        open_ or bool(chosen) or facet.name in _OPEN,
        chosen,
    )


def _alternatives(facet: Facet, values: Sequence[Value], state: ListState, matching: Matching) -> list[Link]:
    """The fast way for the many values of a field: only the one token that differs is written anew for each."""
    (field,) = facet.fields
    before, mine, after = _around(state.filter, field)
    spelled = {spelling: written for written in mine for spelling in matching.vocabulary.find(field, written)}
    excluded = {
        spelling for written in state.filter.excluded(field) for spelling in matching.vocabulary.find(field, written)
    }
    links = []
    number, labels = humanize.numbers(), labels_of(field)
    for entry in values:
        if entry.value in excluded and entry.value not in spelled:
            query = _without_exclusion(state, field, entry.value, matching)
            links.append(Link(labels.get(entry.value, entry.value), number(entry.count), query, "excluded"))
            continue
        written = spelled.get(entry.value)
        chosen = [value for value in mine if value != written] if written else [*mine, entry.value]
        token = str(Choice(field, tuple(sorted(chosen, key=str.casefold)))) if chosen else ""
        text = "%20".join(filter(None, (before, escaped(token), after)))
        links.append(
            Link(
                labels.get(entry.value, entry.value),
                number(entry.count),
                state.with_text(text),
                "chosen" if written else "",
            )
        )
    return links


def _around(conditions: ImageFilter, field: str) -> tuple[str, tuple[str, ...], str]:
    """The canonical text before and after the place of a field's choice, escaped, and the values chosen now."""
    before, after = [], []
    chosen: tuple[str, ...] = ()
    for condition in conditions:
        if condition.field == field and not condition.negated and isinstance(condition, Choice):
            chosen = condition.values
        elif isinstance(condition, Word) or POSITION[condition.field] < POSITION[field]:
            before.append(escaped(str(condition)))
        else:
            after.append(escaped(str(condition)))
    return "%20".join(before), chosen, "%20".join(after)


def _without_exclusion(state: ListState, field: str, value: str, matching: Matching) -> str:
    conditions: list[Condition] = []
    for condition in state.filter:
        if condition.field == field and condition.negated and isinstance(condition, Choice):
            left = tuple(
                spelling for spelling in condition.values if value not in matching.vocabulary.find(field, spelling)
            )
            if left:
                conditions.append(replace(condition, values=left))
        else:
            conditions.append(condition)
    return state.filtered(ImageFilter.of(conditions)).query


def _toggle(facet: Facet, value: Value, state: ListState) -> Link:
    """Properties, flags and tags: each value is a condition of its own."""
    condition = _condition(value)
    image_filter = state.filter
    if condition in image_filter.conditions:
        query = state.filtered(image_filter.minus(condition)).query
        mark = "chosen"
    elif facet.mode == "yes":
        # protected and not protected at once would find nothing: one replaces the other
        query = state.filtered(image_filter.without(value.field).plus(condition)).query
        mark = ""
    else:
        query = state.filtered(image_filter.plus(condition)).query
        mark = ""
    key = value.value if facet.name == "tag" and "=" not in value.value else ""
    return Link(label_of(value.field, value.value), humanize.number(value.count), query, mark, key)


def _condition(value: Value) -> Condition:
    if value.field == "tag":
        key, equals, text = value.value.partition("=")
        return Tags((Tag(key, text if equals else None),))
    if BY_NAME[value.field].kind == "choice":
        return Choice(value.field, (value.value,))
    return Yes(value.field, negated=value.value == "no")


def chips(state: ListState) -> list[Chip]:
    """One for each condition that can be taken back alone: values of a choice apart, everything else as a whole."""
    result = []
    for condition in state.filter:
        if isinstance(condition, Choice) and len(condition.values) > 1 and not BY_NAME[condition.field].several:
            for value in condition.values:
                left = replace(condition, values=tuple(other for other in condition.values if other != value))
                query = state.filtered(ImageFilter.of(left if c is condition else c for c in state.filter)).query
                result.append(Chip(_words(replace(condition, values=(value,))), query))
        else:
            result.append(Chip(_words(condition), state.filtered(state.filter.minus(condition)).query))
    return result


def _words(condition: Condition) -> str:
    """A condition for reading: `status: active`, `not tag: env=prod`."""
    plain = positive(condition)
    match plain:
        case Word(text=text):
            shown = f"“{text}”"
        case Choice(field=field, values=values):
            shown = f"{BY_NAME[field].label}: {_(' or ').join(label_of(field, value) for value in values)}"
        case Yes(field=field):
            shown = label_of(field, "yes") if field != "tagged" else str(BY_NAME[field].label)
        case Tags() | Range() | Text() | Attribute():
            name, _colon, value = str(plain).partition(":")
            shown = f"{BY_NAME[name].label}: {value}"
    return _("not %(condition)s") % {"condition": shown} if condition.negated else shown
