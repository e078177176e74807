"""Facets: for each field the values that the list could be narrowed (or widened) to, each with its exact count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pyroaring import BitMap

from images.search.filters import Tags
from images.search.filters.fields import BY_NAME
from images.search.queries.matching import Matching

#: Values shown before somebody asks for more.
SHOWN = 8

#: "any": values are alternatives, so each counts what choosing it (instead of the others) would give.
#: "all": an image has several values, choosing one more narrows further. "yes": properties, each for itself.
Mode = Literal["any", "all", "yes"]


@dataclass(frozen=True)
class Facet:
    """One group of the panel. `fields` are fields of the query language; several only for properties."""

    name: str
    label: str | Promise
    mode: Mode
    fields: tuple[str, ...]


def _any(name: str) -> Facet:
    return Facet(name, BY_NAME[name].label, "any", (name,))


FACETS: tuple[Facet, ...] = (
    _any("project"),
    _any("region"),
    _any("type"),
    _any("status"),
    _any("os"),
    _any("version"),
    Facet("properties", _("properties"), "yes", ("protected", "encrypted", "full-ecs", "hidden", "tagged")),
    Facet("tag", _("tags"), "all", ("tag",)),
    Facet("policy", BY_NAME["policy"].label, "all", ("policy",)),
    _any("arch"),
    _any("format"),
    _any("boot"),
    _any("envtype"),
    _any("member"),
    Facet("flag", BY_NAME["flag"].label, "all", ("flag",)),
)
BY_FACET: Mapping[str, Facet] = {facet.name: facet for facet in FACETS}


@dataclass(frozen=True, slots=True)
class Value:
    """A value with the number of images that have it. `field` differs from the facet's name for properties only."""

    field: str
    value: str
    count: int


@dataclass(frozen=True)
class FacetCount:
    """The values of a facet, chosen ones first, then by count; `more` when there are others."""

    facet: Facet
    values: Sequence[Value]
    more: bool


def counted(matching: Matching, *, shown: int = SHOWN) -> list[FacetCount]:
    """All facets. Remembered with the snapshot: turning pages counts nothing again."""
    key = ("facets", matching.scope.key, matching.filter, matching.moment, shown)
    return matching.snapshot.remembered.get(key, lambda: [count(facet, matching, shown) for facet in FACETS])


def count(facet: Facet, matching: Matching, shown: int | None = None, within: str = "") -> FacetCount:
    """One facet; all its values when `shown` is None. `within`: a tag key, whose values are counted instead of keys."""
    if facet.mode == "yes":
        return _properties(facet, matching)
    if facet.name == "tag":
        return _tags(facet, matching, shown, within)
    (field,) = facet.fields
    ground = matching.without(field) if facet.mode == "any" else matching.images
    values = matching.vocabulary.values(field)
    chosen = matching.filter.chosen(field) + matching.filter.excluded(field)
    spelled = [spelling for value in chosen for spelling in matching.vocabulary.find(field, value)]
    return _top(facet, field, values, ground, spelled, shown)


def _top(facet: Facet, field: str, values: Mapping[str, BitMap], ground: BitMap, chosen: Sequence[str],
         shown: int | None) -> FacetCount:  # fmt: skip
    """Chosen values first, then the most frequent. A value cannot count more than its posting holds, so that once
    `shown` values count at least as much as the next posting holds, the rest need not be counted."""
    first = [
        Value(field, spelling, values[spelling].intersection_cardinality(ground))
        for spelling in dict.fromkeys(chosen)
        if spelling in values
    ]
    taken = {entry.value for entry in first}
    rest = sorted(((len(images), value) for value, images in values.items() if value not in taken), reverse=True)
    entries: list[Value] = []
    cut = False
    for size, value in rest:
        if shown is not None and len(entries) > shown:
            entries.sort(key=lambda entry: -entry.count)
            del entries[shown + 1 :]
            if entries[-1].count >= size:
                cut = True
                break
        number = values[value].intersection_cardinality(ground)
        if number:
            entries.append(Value(field, value, number))
    entries.sort(key=lambda entry: (-entry.count, entry.value.casefold()))
    limit = len(entries) if shown is None else max(shown - len(first), 0)
    return FacetCount(facet, [*first, *entries[:limit]], cut or len(entries) > limit)


def _properties(facet: Facet, matching: Matching) -> FacetCount:
    values = []
    for field in facet.fields:
        ground = matching.without(field)
        having = matching.snapshot.get(BY_NAME[field].posting, "yes").intersection_cardinality(ground)
        values += [Value(field, "yes", having), Value(field, "no", len(ground) - having)]
    return FacetCount(facet, values, more=False)


def _chosen_tags(matching: Matching) -> list[str]:
    """Keys and key=value pairs that are asked for one by one; a key holds no "=" (9.2)."""
    tags = [
        condition.tags[0]
        for condition in matching.filter
        if isinstance(condition, Tags)
        and condition.field == "tag"
        and not condition.negated
        and len(condition.tags) == 1
    ]
    return [tag.key if tag.value is None else f"{tag.key}={tag.value}" for tag in tags]


def _tags(facet: Facet, matching: Matching, shown: int | None, within: str) -> FacetCount:
    ground = matching.images
    chosen = _chosen_tags(matching)
    if within:
        values = {f"{within}={value}": images for value, images in matching.snapshot.tag_values(within).items()}
        return _top(facet, "tag", values, ground, [spelling for spelling in chosen if spelling in values], shown)
    keys = matching.snapshot.values("tag_key")
    counted_keys = _top(facet, "tag", keys, ground, [spelling for spelling in chosen if spelling in keys], shown)
    pairs = [spelling for spelling in chosen if spelling not in keys]
    first = [Value("tag", spelling, len(ground)) for spelling in pairs]
    return FacetCount(facet, [*first, *counted_keys.values], counted_keys.more)
