"""What an item of an operation changes of its image, in the words of the page."""

from collections.abc import Sequence

from images.attributes import BY_NAME
from images.enums import ActKind
from images.models import OperationItem
from images.rules import TagDifference
from images.rules.edit_changes import changes_of
from images.rules.tag_changes import Changed
from images.tables.fields import in_words

#: More than these of one image are not told.
_MOST = 12


def changed_by(kind: str, item: OperationItem) -> Sequence[Changed]:
    """Tags, or attributes by their labels; nothing for acts that change neither."""
    if kind == ActKind.TAG:
        return TagDifference.of(item.parameters).changes[:_MOST]
    if kind != ActKind.EDIT:
        return ()
    return [
        Changed(_label(one.attribute), _value(one.attribute, one.before), _value(one.attribute, one.after))
        for one in changes_of(item.parameters)[:_MOST]
    ]


def _label(attribute: str) -> str:
    return str(BY_NAME[attribute].label) if attribute in BY_NAME else attribute


def _value(attribute: str, text: str | None) -> str | None:
    return in_words(attribute, text) if text else None
