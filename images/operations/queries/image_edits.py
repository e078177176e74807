"""The attributes of one image as its page shows them: what the cache holds, and what edits of them are under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from images.cache.models.image import Image
from images.cache.queries.dialects import dialect_of
from images.operations.enums import ActionKind
from images.operations.models.operation import OperationItem
from images.operations.queries.recent import EndedChange, ended, is_open, recent_items
from images.operations.rules.edit_changes import AttributeChange, as_text, changes_of


@dataclass(frozen=True, slots=True)
class AttributeNow:
    """`becomes`: the change that is under way, None when none is; `last`: the newest one that has ended."""

    becomes: AttributeChange | None = None
    operation: int = 0
    last: EndedChange[AttributeChange] | None = None
    #: Differs whenever what is shown of it differs.
    mark: str = ""


@dataclass(frozen=True, slots=True)
class PendingEdits:
    """`expected` are the attributes as they will be when all that is under way is done; names are those of the image's
    service."""

    expected: Mapping[str, Any]
    by_name: Mapping[str, AttributeNow] = field(default_factory=dict)

    def of(self, name: str) -> AttributeNow:
        return self.by_name.get(name, _NOTHING)


_NOTHING = AttributeNow()


def pending_edits(image: Image, recent: Sequence[OperationItem] | None = None) -> PendingEdits:
    """One query: the newest edits of the image; none with `recent` items from a caller that has them."""
    dialect = dialect_of(image.project)
    held = image.attributes
    expected = dict(held)
    found: dict[str, AttributeNow] = {}
    if recent is None:
        recent = recent_items(image, ActionKind.EDIT)
    for item in (item for item in recent if item.operation.kind == ActionKind.EDIT):
        for change in changes_of(item.parameters):
            name = dialect.spelling(change.attribute)
            mark = f"{item.pk}.{item.state}"
            if is_open(item):
                expected[name] = change.after
                found[name] = AttributeNow(change, item.operation_id, None, mark)
            else:
                still = as_text(held.get(name)) == change.after and change.before not in (None, change.after)
                last = ended(item, change, can_be_undone=still)
                if found.get(name, _NOTHING).becomes is None:
                    found[name] = AttributeNow(None, item.operation_id, last, mark)
    return PendingEdits(expected, found)
