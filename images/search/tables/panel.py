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
from images.search.filters import Choice, Condition, ImageFilter, ListState, Range, Tag, Tags, Text, Word, Yes
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
    return [group(one, state, matching) for one in counted if one.values]


def group(one: FacetCount, state: ListState, matching: Matching, *, open_: bool = False) -> Group:
    facet = one.facet
    if facet.mode == "any":
        links = _alternatives(facet, one.values, state, matching)
    else:
        links = [_toggle(facet, value, state) for value in one.values]
    chosen = sum(bool(link.state) for link in links)
    return Group(
        facet.name,
        _label(facet.name, get_language()),
        links,
        one.more,
        open_ or bool(chosen) or facet.name in _OPEN,
        chosen,
    )


def _alternatives(facet: Facet, values: Sequence[Value], state: ListState, matching: Matching) -> list[Link]:
    """The fast way for the many values of a field: only the one token that differs is written anew for each."""
    (field,) = facet.fields
    before, mine, after = _around(state.filter, field)
    spelled = {found: asked for asked in mine for found in matching.vocabulary.find(field, asked)}
    excluded = {found for asked in state.filter.excluded(field) for found in matching.vocabulary.find(field, asked)}
    links = []
    number, labels = humanize.numbers(), labels_of(field)
    for one in values:
        if one.value in excluded and one.value not in spelled:
            query = _without_exclusion(state, field, one.value, matching)
            links.append(Link(labels.get(one.value, one.value), number(one.count), query, "excluded"))
            continue
        asked = spelled.get(one.value)
        chosen = [value for value in mine if value != asked] if asked else [*mine, one.value]
        token = str(Choice(field, tuple(sorted(chosen, key=str.casefold)))) if chosen else ""
        text = "%20".join(filter(None, (before, escaped(token), after)))
        links.append(
            Link(labels.get(one.value, one.value), number(one.count), state.with_text(text), "chosen" if asked else "")
        )
    return links


def _around(asked: ImageFilter, field: str) -> tuple[str, tuple[str, ...], str]:
    """The canonical text before and after the place of a field's choice, escaped, and the values chosen now."""
    before, after = [], []
    chosen: tuple[str, ...] = ()
    for one in asked:
        if one.field == field and not one.negated and isinstance(one, Choice):
            chosen = one.values
        elif isinstance(one, Word) or POSITION[one.field] < POSITION[field]:
            before.append(escaped(str(one)))
        else:
            after.append(escaped(str(one)))
    return "%20".join(before), chosen, "%20".join(after)


def _without_exclusion(state: ListState, field: str, value: str, matching: Matching) -> str:
    conditions: list[Condition] = []
    for one in state.filter:
        if one.field == field and one.negated and isinstance(one, Choice):
            left = tuple(asked for asked in one.values if value not in matching.vocabulary.find(field, asked))
            if left:
                conditions.append(replace(one, values=left))
        else:
            conditions.append(one)
    return state.filtered(ImageFilter.of(conditions)).query


def _toggle(facet: Facet, value: Value, state: ListState) -> Link:
    """Properties, flags and tags: each value is a condition of its own."""
    condition = _condition(value)
    asked = state.filter
    if condition in asked.conditions:
        query = state.filtered(asked.minus(condition)).query
        mark = "chosen"
    elif facet.mode == "yes":
        # protected and not protected at once would find nothing: one replaces the other
        query = state.filtered(asked.without(value.field).plus(condition)).query
        mark = ""
    else:
        query = state.filtered(asked.plus(condition)).query
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
    found = []
    for one in state.filter:
        if isinstance(one, Choice) and len(one.values) > 1 and not BY_NAME[one.field].several:
            for value in one.values:
                left = replace(one, values=tuple(other for other in one.values if other != value))
                query = state.filtered(ImageFilter.of(left if c is one else c for c in state.filter)).query
                found.append(Chip(_words(replace(one, values=(value,))), query))
        else:
            found.append(Chip(_words(one), state.filtered(state.filter.minus(one)).query))
    return found


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
        case Tags() | Range() | Text():
            name, _colon, value = str(plain).partition(":")
            shown = f"{BY_NAME[name].label}: {value}"
    return _("not %(condition)s") % {"condition": shown} if condition.negated else shown
