"""Conditions on tags without their spelling: the four lists of 5.2.3 as rows of keys and values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.search.filters import Condition, ImageFilter, Tag, Tags, Yes

#: The parts of the form: name, title, what it finds.
PARTS: Final = (
    ("all", gettext_lazy("All of these"), gettext_lazy("Images that have every one of these tags.")),
    ("any", gettext_lazy("Any of these"), gettext_lazy("Images that have at least one of these tags.")),
    ("none", gettext_lazy("None of these"), gettext_lazy("Images that have not one of these tags.")),
    ("not", gettext_lazy("Not all of these"), gettext_lazy("Images that lack at least one of these tags.")),
)
#: Rows of a part that are there to be filled in; one more than are filled, if that is more.
_ROWS: Final = 2
_MOST_ROWS: Final = 10
#: "Not all of" with several values is one condition for each combination.
_MOST_COMBINATIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A key with its values, of which one must match (none: any). `bare`: the key without a value counts, too."""

    number: int
    key: str = ""
    values: str = ""
    bare: bool = False
    error: str = ""

    @property
    def tags(self) -> tuple[Tag, ...]:
        values = [value.strip() for value in self.values.split(",") if value.strip()]
        if self.bare:
            values.append("")
        return tuple(Tag(self.key, value) for value in values) or (Tag(self.key),)


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    title: str | Promise
    help: str | Promise
    rows: Sequence[Row]


class ByTagForm:
    """`parts` to show; once `is_valid`, `filter` is the one that was asked for: the other conditions stay."""

    def __init__(self, before: ImageFilter, data: Mapping[str, Any] | None = None) -> None:
        """`before`: the filter as it is, which fills the form unless there is `data`."""
        shown = dict(_shown(before))
        self.kept = [condition for condition in before if condition not in {c for c, _row in shown.values()}]
        self.untagged = any(
            isinstance(condition, Yes) and condition.field == "tagged" and condition.negated for condition in before
        )
        self.kept = [condition for condition in self.kept if not (self.untagged and _is_untagged(condition))]
        if data is not None:
            self.untagged = "untagged" in data
        self.parts = [
            Part(name, title, help_, list(_padded(_typed(name, data) if data is not None else _rows(name, shown))))
            for name, title, help_ in PARTS
        ]

    @property
    def is_valid(self) -> bool:
        return not any(row.error for part in self.parts for row in part.rows)

    @property
    def filter(self) -> ImageFilter:
        conditions: list[Condition] = [*self.kept]
        if self.untagged:
            conditions.append(Yes("tagged", negated=True))
        for part in self.parts:
            # an "anytag" that could not be shown stays a question of its own
            field = "tag" if any(condition.field == "anytag" for condition in self.kept) else "anytag"
            conditions += _conditions(part.name, [row for row in part.rows if row.key], field)
        return ImageFilter.of(conditions)


def _is_untagged(condition: Condition) -> bool:
    return isinstance(condition, Yes) and condition.field == "tagged" and condition.negated


def _shown(before: ImageFilter) -> Iterator[tuple[tuple[str, int], tuple[Condition, list[Row]]]]:
    """(part, place) → a condition that the form can show, and its rows. One alternative and one "not all" fit; others
    stay what they are."""
    taken: set[str] = set()
    # "tag" about several keys asks what "anytag" does, which comes first: it is one question however often written
    for place, condition in sorted(enumerate(before), key=lambda pair: pair[1].field != "anytag"):
        if not isinstance(condition, Tags) or any("," in (tag.value or "") for tag in condition.tags):
            continue
        name = _part_of(condition)
        if name != "all" and name in taken:
            continue
        if name == "not" and len({tag.key for tag in condition.tags}) < len(condition.tags):
            continue  # values in a row are alternatives, here all would be meant
        taken.add(name)
        yield (name, place), (condition, _rows_of(condition))


def _part_of(condition: Tags) -> str:
    if condition.negated:
        return "not" if condition.field == "alltags" else "none"
    keys = {tag.key for tag in condition.tags}
    return "all" if len(keys) == 1 and condition.field == "tag" else "any"


def _rows_of(condition: Tags) -> list[Row]:
    by_key: dict[str, list[str | None]] = {}
    for tag in condition.tags:
        by_key.setdefault(tag.key, []).append(tag.value)
    rows = []
    for key, values in by_key.items():
        if None in values:
            rows.append(Row(0, key))
        else:
            rows.append(Row(0, key, ", ".join(value for value in values if value), "" in values))
    return rows


def _rows(name: str, shown: Mapping[tuple[str, int], tuple[Condition, list[Row]]]) -> list[Row]:
    return [row for (part, _place), (_condition, rows) in shown.items() if part == name for row in rows]


def _typed(name: str, data: Mapping[str, Any]) -> list[Row]:
    rows = []
    for number in range(1, _MOST_ROWS + 1):
        key = str(data.get(f"tag_key_{name}_{number}", "")).strip()[:255]
        values = str(data.get(f"tag_value_{name}_{number}", "")).strip()[:2000]
        bare = f"tag_bare_{name}_{number}" in data
        if key or values or bare:
            error = "" if key else _("Enter the key that these values belong to.")
            rows.append(Row(number, key, values, bare, error))
    combinations = 1
    for row in rows:
        combinations *= len(row.tags)
    if name == "not" and combinations > _MOST_COMBINATIONS:
        problem = _("Too many combinations of values: at most %(most)d.") % {"most": _MOST_COMBINATIONS}
        rows[0] = Row(rows[0].number, rows[0].key, rows[0].values, rows[0].bare, problem)
    return rows


def _padded(rows: Sequence[Row]) -> Iterator[Row]:
    """Numbered anew, with room for more."""
    for number, row in enumerate(rows, 1):
        yield Row(number, row.key, row.values, row.bare, row.error)
    for number in range(len(rows) + 1, min(max(_ROWS, len(rows) + 1), _MOST_ROWS) + 1):
        yield Row(number)


def _conditions(name: str, rows: Sequence[Row], any_field: str) -> Iterable[Condition]:
    if not rows:
        return ()
    if name == "all":
        return [Tags(row.tags) for row in rows]
    if name == "not":
        return [Tags(tags, "alltags", negated=True) for tags in product(*(row.tags for row in rows))]
    every = tuple(tag for row in rows for tag in row.tags)
    return [Tags(every, "tag", negated=True) if name == "none" else Tags(every, any_field)]
