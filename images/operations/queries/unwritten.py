"""Images of large operations that are not items yet: a carrier makes items of them within seconds.

Whoever asks items for something that has to hold for all images of an operation asks here, too; how they are kept is
known to services/batches.py alone.
"""

from collections.abc import Iterator

from django.db.models import Q, QuerySet, Sum
from pyroaring import BitMap

from images.clouds.models import Project
from images.operations.enums import ActionKind, ItemState
from images.operations.models.batch import ItemBatch
from images.operations.models.operation import Operation

#: Operations of no more images have items for all of them, whichever release wrote them (0.2.0 packed what was beyond).
SMALL = 1_000


def are_there() -> bool:
    return ItemBatch.objects.exists()


def projects() -> set[int]:
    """Project.id of those whose carrier has items to make."""
    return set(ItemBatch.objects.order_by().values_list("project_id", flat=True).distinct())


def number(operation: Operation, projects: QuerySet[Project] | None = None) -> int:
    """How many of its images (of these projects) are not items yet. Each poll of an operation's page asks."""
    if operation.total <= SMALL and projects is None:  # else it may be the small part of a large one
        return 0
    which = Q(operation=operation) if projects is None else Q(operation=operation, project__in=projects)
    return sum(images for _operation, _state, images in counts(which))


def counts(which: Q) -> list[tuple[int, str, int]]:
    """Operation.id, what state its items will have, and how many they are. `which`: as for items."""
    grouped = ItemBatch.objects.filter(which).order_by().values_list("operation_id", "state")
    return list(grouped.annotate(n=Sum("count")))


def waiting_images(which: Q) -> Iterator[tuple[int, ActionKind, BitMap]]:
    """Operation.id, its kind, and the Image.ids of some of its images that wait; several times for a large one, the
    eldest operation first. `which`: as for items."""
    batches = ItemBatch.objects.filter(which, state=ItemState.WAITING).order_by("pk")
    for operation, kind, images in batches.values_list("operation_id", "operation__kind", "images"):
        yield operation, ActionKind(kind), BitMap.deserialize(bytes(images))
