"""What somebody else changed meanwhile: a tag that is not as the person saw it is left alone.

An item of a tag operation says what was there before (rules.tag_changes). Of few images the service is asked before
anything is sent (actions/changing.py); of many the cache is, which knows what every operation of the console did: the
calls of one image follow each other.
"""

from collections.abc import Iterable

from images.cache.queries.tags import tags_of
from images.cache.rules.tag_changes import overtaken_by
from images.operations.actions.changing import FEW
from images.operations.enums import ActionKind
from images.operations.models.operation import OperationItem


def overtaken(items: Iterable[OperationItem]) -> dict[int, str]:
    """OperationItem.id → a sentence, for those whose tags were changed since somebody looked."""
    asked = [item for item in items if _is_of_many(item)]
    tags = tags_of(item.image_id for item in asked if item.image_id)
    said = {item.pk: overtaken_by(tags[item.image_id], item.parameters) for item in asked if item.image_id}
    return {pk: sentence for pk, sentence in said.items() if sentence}


def _is_of_many(item: OperationItem) -> bool:
    return item.operation.kind == ActionKind.TAG and item.operation.total > FEW and "before" in item.parameters
