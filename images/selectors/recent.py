"""Changes of one image made in place, as its page shows them: those under way, and those of the last day, which can
still be taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.utils import timezone

from images.enums import OPEN_ITEMS, ActKind, ItemState
from images.models import Image, OperationItem

Change = TypeVar("Change")
#: For so long the page of an image offers to take a change back.
UNDO_FOR = timedelta(hours=24)
#: More changes of one image in a day than these are not looked at.
_MOST = 40


@dataclass(frozen=True, slots=True)
class Ended(Generic[Change]):
    """A change that was carried out or failed. `error`: why it was not done, "" when it was."""

    item: int
    operation: int
    change: Change
    actor: str
    at: datetime
    error: str
    can_be_undone: bool


def recent_items(image: Image, *kinds: ActKind) -> list[OperationItem]:
    """Oldest first: all that are open, and those that ended of late. One query."""
    since = timezone.now() - UNDO_FOR
    rows = image.operation_items.filter(operation__kind__in=kinds).exclude(finished_at__lt=since)
    return list(rows.select_related("operation").order_by("-pk")[:_MOST])[::-1]


def is_open(item: OperationItem) -> bool:
    return item.state in OPEN_ITEMS


def ended(item: OperationItem, change: Change, *, can_be_undone: Any = True) -> Ended[Change]:
    """`can_be_undone`: whether it could be if it was done."""
    return Ended(
        item.pk,
        item.operation_id,
        change,
        item.operation.actor_name,
        item.finished_at or item.operation.created_at,
        item.error if item.state in (ItemState.FAILED, ItemState.UNKNOWN) else "",
        item.state == ItemState.DONE and bool(can_be_undone),
    )
