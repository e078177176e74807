"""What there is to carry out, and when."""

from datetime import datetime

from django.db.models import Min, QuerySet
from django.utils import timezone

from images.enums import FINAL_OPERATIONS, HELD_OPERATIONS, ItemState
from images.models import ItemBatch, Job, Operation, OperationItem

_READY = (ItemState.WAITING, ItemState.SENT, ItemState.DOUBT)


def has_open_work() -> bool:
    """Whether any operation still needs a carrier."""
    unfinished = Operation.objects.exclude(state__in=(*FINAL_OPERATIONS, *HELD_OPERATIONS))
    return unfinished.exists() or ItemBatch.objects.exists()


def next_due() -> datetime | None:
    """When something is to be done; None: nothing is open."""
    if ItemBatch.objects.exists():
        return timezone.now()
    items = OperationItem.objects.filter(state__in=_READY).exclude(operation__state__in=HELD_OPERATIONS)
    moments = [items.aggregate(at=Min("next_at"))["at"], Job.objects.aggregate(at=Min("poll_at"))["at"]]
    return min((moment for moment in moments if moment), default=None)


def due_items() -> QuerySet[OperationItem]:
    return OperationItem.objects.filter(state__in=_READY, next_at__lte=timezone.now()).exclude(
        operation__state__in=HELD_OPERATIONS
    )


def whole(items: QuerySet[OperationItem]) -> QuerySet[OperationItem]:
    """With all that acts need. Many items are of few operations: each of these is read once. Images are not read: a
    bulk operation would make a thousand rows of forty columns for nothing."""
    return items.prefetch_related("operation", "project")
