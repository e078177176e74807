"""The conditions that a filter is made of. Each is frozen, knows its field, and writes itself as one token.

A condition says what is asked, not how it is answered: search/queries/matching.py turns it into a set of images.
"""

from dataclasses import dataclass, replace
from typing import Literal

from images.search.filters import text
from images.search.filters.fields import BY_NAME, WORDS
from images.search.filters.units import Age, Moment, render_bytes

Operator = Literal["<", "<=", "=", ">=", ">", ".."]
Bound = int | Age | Moment


@dataclass(frozen=True, slots=True)
class Word:
    """Somewhere in name or description, or at the start of the ID; without regard to case."""

    text: str
    negated: bool = False

    @property
    def field(self) -> str:
        return WORDS

    def __str__(self) -> str:
        return _minus(self) + text.word(self.text)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a field. `*` in a value stands for anything."""

    field: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{_minus(self)}{self.field}:{','.join(map(text.value, self.values))}"


@dataclass(frozen=True, slots=True)
class Yes:
    """A property that an image has or has not."""

    field: str
    negated: bool = False

    def __str__(self) -> str:
        if self.field == "tagged":
            return "tag:none" if self.negated else "is:tagged"
        return f"{_minus(self)}is:{self.field}"


@dataclass(frozen=True, slots=True)
class Tag:
    """A key, with one value or (None) any. A key that stands alone at IMS (native tag) has the empty value (9.2)."""

    key: str
    value: str | None = None

    @property
    def sort_key(self) -> tuple[bool, str, str]:
        """Bare keys first: `env=prod,staging` reads as two values of env."""
        return (self.value is not None, self.key, self.value or "")

    def __str__(self) -> str:
        key = text.quote(self.key) if self.key in {"none", "*"} else text.value(self.key)
        return key if self.value is None else f"{key}={text.tag_value(self.value)}"


@dataclass(frozen=True, slots=True)
class Tags:
    """A question about tags, in the four ways of 5.2.3 (`mode`; an image is compared with `tags`).

    "tag": has at least one of them (several such conditions: 5.2.3 `tags`, each with its `values`);
    negated: has none of them (`not_tags_any`). "anytag": the same as one question however often it is written
    (`tags_any`). "alltags": has every one; negated: not every one (`not_tags`).
    """

    tags: tuple[Tag, ...]
    field: str = "tag"
    negated: bool = False

    def __str__(self) -> str:
        return f"{_minus(self)}{self.field}:{','.join(str(tag) for tag in self.tags)}"


@dataclass(frozen=True, slots=True)
class Limit:
    """One comparison; `upper` belongs to ".." only, both ends included."""

    operator: Operator
    bound: Bound
    upper: Bound | None = None

    def text(self, kind: str) -> str:
        if self.operator == "..":
            return f"{_bound(self.bound, kind)}..{_bound(self.upper, kind)}"
        return f"{'' if self.operator == '=' else self.operator}{_bound(self.bound, kind)}"


@dataclass(frozen=True, slots=True)
class Range:
    """A number or time within one of the limits."""

    field: str
    limits: tuple[Limit, ...]
    negated: bool = False

    def __str__(self) -> str:
        kind = BY_NAME[self.field].kind
        return f"{_minus(self)}{self.field}:{','.join(limit.text(kind) for limit in self.limits)}"


@dataclass(frozen=True, slots=True)
class Text:
    """A column equal to one of the values; `*` stands for anything; an ID matches by its beginning."""

    field: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{_minus(self)}{self.field}:{','.join(map(text.value, self.values))}"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute by its own name, with one of the values, or (none) any: also customised ones, and those of IMS that
    have no field here. `*` in a value stands for anything; lists are looked through."""

    name: str
    values: tuple[str, ...] = ()
    negated: bool = False

    @property
    def field(self) -> str:
        return "attribute"

    def __str__(self) -> str:
        values = ",".join(map(text.tag_value, self.values))
        return f"{_minus(self)}attribute:{text.value(self.name)}{'=' if values else ''}{values}"


Condition = Word | Choice | Yes | Tags | Range | Text | Attribute


def _minus(condition: "Condition") -> str:
    return "-" if condition.negated else ""


def _bound(bound: Bound | None, kind: str) -> str:
    if isinstance(bound, int):
        return render_bytes(bound) if kind == "size" else str(bound)
    return str(bound)


def positive(condition: Condition) -> Condition:
    """The same question without its minus."""
    return replace(condition, negated=False) if condition.negated else condition
