"""What there is to carry out, and when."""

from datetime import datetime

from django.db.models import Exists, Min, OuterRef, QuerySet

from images.clouds.models import Project
from images.core import clock
from images.operations.enums import FINAL_OPERATIONS, HELD_OPERATIONS, ItemState, OperationState
from images.operations.models.operation import Job, Operation, OperationItem
from images.operations.queries import unwritten

_READY = (ItemState.WAITING, ItemState.SENT, ItemState.UNCONFIRMED)
#: Neither ended nor held.
CARRIED = (OperationState.WAITING, OperationState.RUNNING)


def has_open_work() -> bool:
    """Whether any operation still needs a carrier."""
    unfinished = Operation.objects.exclude(state__in=(*FINAL_OPERATIONS, *HELD_OPERATIONS))
    return unfinished.exists() or unwritten.are_there()


def next_due() -> datetime | None:
    """When something is to be done; None: nothing is open."""
    if unwritten.are_there():
        return clock.now()
    items = OperationItem.objects.filter(state__in=_READY).exclude(operation__state__in=HELD_OPERATIONS)
    moments = [items.aggregate(at=Min("next_at"))["at"], Job.objects.aggregate(at=Min("poll_at"))["at"]]
    return min((moment for moment in moments if moment), default=None)


def projects_due() -> set[int]:
    """Project.id of those for which a call can go out now, or items are to be made. One step in an index for each
    project and operation: their items are not gone through."""
    operations = list(Operation.objects.filter(state__in=CARRIED).order_by().values_list("pk", flat=True))
    items = due_now().filter(project=OuterRef("pk"), operation__in=operations, state__in=_READY).order_by()
    projects = Project.objects.filter(Exists(items)).order_by() if operations else Project.objects.none()
    jobs = Job.objects.filter(poll_at__lte=clock.now()).order_by().values_list("project_id", flat=True).distinct()
    return set(projects.values_list("pk", flat=True)) | set(jobs) | unwritten.projects()


def due_now() -> QuerySet[OperationItem]:
    """Open items whose time has come, as the index "item_turn" has them (with project, operation and state)."""
    return OperationItem.objects.filter(finished_at=None, next_at__lte=clock.now())


def due_items() -> QuerySet[OperationItem]:
    return due_now().filter(state__in=_READY).exclude(operation__state__in=HELD_OPERATIONS)


def with_operations(items: QuerySet[OperationItem]) -> QuerySet[OperationItem]:
    """With all that acts need. Many items are of few operations: each of these is read once. Images are not read: a
    bulk operation would make a thousand rows of forty columns for nothing."""
    return items.prefetch_related("operation", "project")
