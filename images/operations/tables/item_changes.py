"""What an item of an operation changes of its image, in the words of the page."""

from collections.abc import Sequence

from images.cache.attributes import BY_NAME
from images.cache.rules.tag_changes import TagChange, TagDifference
from images.operations.enums import ActionKind
from images.operations.models.operation import OperationItem
from images.operations.rules.edit_changes import changes_of
from images.operations.tables.fields import in_words

#: More than these of one image are not told.
_MOST = 12


def changed_by(kind: str, item: OperationItem) -> Sequence[TagChange]:
    """Tags, or attributes by their labels; nothing for acts that change neither."""
    if kind == ActionKind.TAG:
        return TagDifference.of(item.parameters).changes[:_MOST]
    if kind != ActionKind.EDIT:
        return ()
    return [
        TagChange(_label(one.attribute), _value(one.attribute, one.before), _value(one.attribute, one.after))
        for one in changes_of(item.parameters)[:_MOST]
    ]


def _label(attribute: str) -> str:
    return str(BY_NAME[attribute].label) if attribute in BY_NAME else attribute


def _value(attribute: str, text: str | None) -> str | None:
    return in_words(attribute, text) if text else None
