"""From the history of an image to lines that people read: attribute, old → new, in the same words as the page."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from images.cache.attributes import BY_NAME, Label
from images.cache.enums import ChangeKind
from images.cache.models.image import ImageChange
from images.cache.queries.history import History
from images.cache.tables.facts import shown_value


@dataclass(frozen=True)
class Line:
    """`kind` appeared, changed or gone; `old` and `new` are lists of words, for a tag set has several."""

    kind: str
    label: Label
    name: str
    old: Sequence[str]
    new: Sequence[str]


@dataclass(frozen=True)
class Entry:
    """One observation."""

    observed_at: datetime
    project_name: str
    lines: Sequence[Line]


def entries_of(history: History) -> list[Entry]:
    return [
        Entry(seen.observed_at, seen.project_name, [_line(change) for change in seen.changes])
        for seen in history.observations
    ]


def _line(change: ImageChange) -> Line:
    if change.kind != ChangeKind.CHANGED:
        return Line(change.kind, "", "", [], [])
    name = change.attribute
    if name == "tags":
        old, new = _tags(change.old), _tags(change.new)
        return Line(change.kind, _("Tags"), name, sorted(old - new), sorted(new - old))
    label: Label = _("Member state") if name == "member_status" else BY_NAME[name].label if name in BY_NAME else name
    return Line(change.kind, label, name, list(_value(name, change.old)), list(_value(name, change.new)))


def _tags(text: str | None) -> set[str]:
    """As the service spelled them."""
    sent = json.loads(text) if text else []
    return {str(tag) for tag in sent} if isinstance(sent, list) else set()


def _value(name: str, text: str | None) -> Iterator[str]:
    """Nothing for what was absent, null or empty."""
    value = json.loads(text) if text else None
    if value not in (None, "", [], {}):
        yield shown_value(BY_NAME.get(name), value)
