"""The attributes of an image where they are changed in place: what is there, what is under way, and what was."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from images.cache.attributes import BY_NAME, Label
from images.cache.rules.dialects import Dialect
from images.cache.tables.facts import Fact, groups_of, shown_value
from images.operations.queries.image_edits import PendingEdits
from images.operations.queries.recent import EndedChange
from images.operations.rules.edit_changes import AttributeChange


@dataclass(frozen=True)
class FieldValue:
    """A change in the words of the page."""

    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """A fact, and what is done to it: `becomes` is under way in `operation`, `was` tells the `last` change."""

    fact: Fact
    becomes: FieldValue | None = None
    operation: int = 0
    was: FieldValue | None = None
    last: EndedChange[AttributeChange] | None = None
    #: Differs whenever what is shown of it differs.
    mark: str = ""


@dataclass(frozen=True)
class Rows:
    """A group of facts."""

    name: str
    label: Label
    rows: Sequence[Row]


def rows_of(
    document: Mapping[str, Any],
    image_url: Callable[[str], str],
    edits: PendingEdits,
    *,
    dialect: Dialect,
    may_edit: bool,
) -> list[Rows]:
    """All attributes in their groups; who may change them sees also those that could be there."""
    also = {name for name, now in edits.by_name.items() if now.becomes or now.last}
    if may_edit:
        also |= {*dialect.offered}
    groups = groups_of(document, image_url, dialect=dialect, also=also)
    found = [Rows(group.name, group.label, [_row(fact, edits) for fact in group.facts]) for group in groups]
    if may_edit and (not found or found[-1].name != "other"):
        found.append(Rows("other", _("Other attributes"), []))  # new ones have their place there
    return found


def fixed_of(rows: Sequence[Rows]) -> Mapping[str, Sequence[str]]:
    """Why some of these attributes are changed by no edit: reason → their names on the page."""
    found: dict[str, list[str]] = {}
    for row in (row for group in rows for row in group.rows if row.fact.fixed):
        found.setdefault(str(row.fact.fixed), []).append(str(row.fact.label))
    return found


def row_of(
    name: str, document: Mapping[str, Any], image_url: Callable[[str], str], edits: PendingEdits, *, dialect: Dialect
) -> Row:
    """One attribute by its name."""
    groups = groups_of(document, image_url, dialect=dialect, also=(name,))
    return _row(next(fact for group in groups for fact in group.facts if fact.name == name), edits)


def _row(fact: Fact, edits: PendingEdits) -> Row:
    now = edits.of(fact.name)
    becomes = _words(fact.name, now.becomes) if now.becomes else None
    was = _words(fact.name, now.last.change) if now.last else None
    return Row(fact, becomes, now.operation, was, now.last, now.mark)


def _words(name: str, change: AttributeChange) -> FieldValue:
    return FieldValue(in_words(name, change.before or ""), in_words(name, change.after))


def in_words(name: str, value: str) -> str:
    """A value as the page says it."""
    return shown_value(BY_NAME.get(name), value) if value else _("not set")
