"""Changes of one image made in place, as its page shows them: those under way, and those of the last day, which can
still be taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from images.cache.models.image import Image
from images.core import clock
from images.core.error_messages import ErrorMessage, error_message
from images.operations.enums import OPEN_ITEMS, ActionKind, ItemState
from images.operations.models.operation import OperationItem

Change = TypeVar("Change")
#: For so long the page of an image offers to take a change back.
UNDO_FOR = timedelta(hours=24)
#: More changes of one image in a day than these are not looked at.
_MOST = 40


@dataclass(frozen=True, slots=True)
class EndedChange(Generic[Change]):
    """A change that was carried out or failed. `error`: why it was not done and what to do, None when it was."""

    item: int
    operation: int
    change: Change
    actor: str
    at: datetime
    error: ErrorMessage | None
    can_be_undone: bool


def recent_items(image: Image, *kinds: ActionKind) -> list[OperationItem]:
    """Oldest first: all that are open, and those that ended of late. One query."""
    since = clock.now() - UNDO_FOR
    rows = image.operation_items.filter(operation__kind__in=kinds).exclude(finished_at__lt=since)
    return list(rows.select_related("operation").order_by("-pk")[:_MOST])[::-1]


def is_open(item: OperationItem) -> bool:
    return item.state in OPEN_ITEMS


def ended(item: OperationItem, change: Change, *, can_be_undone: object = True) -> EndedChange[Change]:
    """`can_be_undone`: whether it could be if it was done."""
    failed = item.state in (ItemState.FAILED, ItemState.UNKNOWN)
    return EndedChange(
        item.pk,
        item.operation_id,
        change,
        item.operation.actor_name,
        item.finished_at or item.operation.created_at,
        error_message(item.error_code, item.error, item.upstream_request_id) if failed else None,
        item.state == ItemState.DONE and bool(can_be_undone),
    )
