"""ImageFilter: what somebody asks of the images, as one frozen value that list, facets, export and bulk work share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from images.search.filters.conditions import Attribute, Choice, Condition, Limit, Range, Tag, Tags, Text, Word, Yes
from images.search.filters.fields import BY_NAME, POSITION, WORDS

_Key = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Conditions that all hold, in canonical order: equal questions are equal values and have one spelling, `text`.

    Make one with `ImageFilter.of` or `parse`; the constructor trusts its argument to be canonical.
    """

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def of(cls, conditions: Iterable[Condition]) -> "ImageFilter":
        """Merges what means one question, drops repetitions, sorts. Words keep the order of writing."""
        merged: dict[_Key, Condition] = {}
        alone: dict[Condition, None] = {}
        for condition in map(_tidy, conditions):
            key = _merge_key(condition)
            if key is None:
                alone[condition] = None
            elif key in merged:
                merged[key] = _merge(merged[key], condition)
            else:
                merged[key] = condition
        return cls(tuple(sorted([*alone, *merged.values()], key=_rank)))

    @property
    def text(self) -> str:
        """The one spelling: parse(filter.text) gives the filter back."""
        return " ".join(map(str, self.conditions))

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def __iter__(self) -> Iterator[Condition]:
        return iter(self.conditions)

    @property
    def asks_tags(self) -> bool:
        """Something that 5.2.3 could be asked, too."""
        return any(
            isinstance(condition, Tags) or (isinstance(condition, Yes) and condition.field == "tagged")
            for condition in self.conditions
        )

    def without(self, *fields: str) -> "ImageFilter":
        return ImageFilter(tuple(condition for condition in self.conditions if condition.field not in fields))

    def minus(self, condition: Condition) -> "ImageFilter":
        return ImageFilter(tuple(other for other in self.conditions if other != condition))

    def plus(self, condition: Condition) -> "ImageFilter":
        return ImageFilter.of((*self.conditions, condition))

    def chosen(self, field: str) -> tuple[str, ...]:
        """The values that a field is narrowed to, exclusions left aside; for tags `key` and `key=value`."""
        values: list[str] = []
        for condition in self.conditions:
            if condition.field == field and not condition.negated and isinstance(condition, Choice | Tags):
                values += condition.values if isinstance(condition, Choice) else map(str, condition.tags)
        return tuple(values)

    def excluded(self, field: str) -> tuple[str, ...]:
        """The values that a field must not have."""
        return tuple(
            value
            for condition in self.conditions
            if condition.field == field and condition.negated and isinstance(condition, Choice)
            for value in condition.values
        )


def _tidy(condition: Condition) -> Condition:
    """Values without repetition and in order. What differs only in case is one value (tags are as written)."""
    if isinstance(condition, Choice):
        distinct = {value.casefold(): value for value in reversed(condition.values)}
        return replace(condition, values=tuple(distinct[folded] for folded in sorted(distinct)))
    if isinstance(condition, Text | Attribute):
        return replace(condition, values=tuple(sorted(set(condition.values))))
    if isinstance(condition, Tags):
        return replace(condition, tags=tuple(sorted(set(condition.tags), key=lambda tag: tag.sort_key)))
    if isinstance(condition, Range):
        return replace(condition, limits=tuple(sorted(set(condition.limits), key=lambda limit: limit.text("number"))))
    return condition


def _merge_key(condition: Condition) -> _Key | None:
    """Conditions with the same key are one: values of a field are alternatives, exclusions add up."""
    key = (type(condition).__name__, condition.field, condition.negated)
    match condition:
        case Choice() | Text():
            return key if condition.negated or not BY_NAME[condition.field].several else None
        case Tags(field="tag", negated=True) | Tags(field="anytag", negated=False):
            return key
        case Range(limits=limits) if condition.negated or all(limit.operator == "=" for limit in limits):
            return key
    return None


def _merge(first: Condition, other: Condition) -> Condition:
    if isinstance(first, Choice | Text) and isinstance(other, Choice | Text):
        return _tidy(replace(first, values=first.values + other.values))
    if isinstance(first, Tags) and isinstance(other, Tags):
        return _tidy(replace(first, tags=first.tags + other.tags))
    if isinstance(first, Range) and isinstance(other, Range):
        return _tidy(replace(first, limits=first.limits + other.limits))
    raise TypeError(f"{first!r} and {other!r} are not one question")


def _rank(condition: Condition) -> tuple[int, bool, str]:
    if isinstance(condition, Word):
        return (-1, False, "")
    return (POSITION[condition.field], condition.negated, str(condition))


__all__ = [
    "WORDS", "Attribute", "Choice", "Condition", "ImageFilter", "Limit", "Range", "Tag", "Tags", "Text", "Word", "Yes",
]  # fmt: skip
