"""Items that go out in one call: IMS shares many images with many projects at once (5.3.1, 5.3.2).

Only what is certain to have been done never goes together: an item whose call was lost, or whose call the service
refused together with others, goes alone, looks first at what there is, and fails or succeeds for itself.
"""

from collections.abc import Iterable
from typing import Final

from images.clouds.models import Project
from images.ims.capabilities import capabilities_of
from images.operations.actions import ACTIONS
from images.operations.enums import ItemState
from images.operations.models.operation import OperationItem

#: Images in one call, and images × recipients. The reference sets no limit; the service gets no more than it can answer
#: well within the time of a call.
MOST_IMAGES: Final = 100
MOST_PAIRS: Final = 500


def is_possible(item: OperationItem, project: Project) -> bool:
    """Whether the item may go out with others, by its act, its service and what became of it so far."""
    section = ACTIONS[item.operation.kind].together
    return bool(section) and capabilities_of(project.kind).offers(section) and not item.result.get("lost")


def companions(items: Iterable[OperationItem], project: Project) -> list[int]:
    """Operations whose further items may go out with these."""
    return sorted({item.operation_id for item in items if is_possible(item, project)})


def grouped(items: Iterable[OperationItem], project: Project) -> list[list[OperationItem]]:
    """Items call by call, in their order. Together: those of one operation with the same recipients."""
    calls: list[list[OperationItem]] = []
    open_calls: dict[tuple[int, tuple[str, ...]], list[OperationItem]] = {}
    for item in items:
        recipients = _recipients(item)
        key = (item.operation_id, recipients)
        most = max(1, min(MOST_IMAGES, MOST_PAIRS // max(1, len(recipients))))
        call = open_calls.get(key)
        if call is None or len(call) >= most or not is_possible(item, project):
            call = []
            calls.append(call)
            if is_possible(item, project):
                open_calls[key] = call
        call.append(item)
    return calls


def waiting_of(operations: list[int], project: Project, *, but: Iterable[int]) -> list[int]:
    """Keys of further items of these operations that wait, as many as fill one call of each."""
    rows = OperationItem.objects.filter(project=project, operation__in=operations, state=ItemState.WAITING)
    return list(
        rows.exclude(pk__in=list(but)).order_by("pk").values_list("pk", flat=True)[: MOST_IMAGES * len(operations)]
    )


def _recipients(item: OperationItem) -> tuple[str, ...]:
    said = {**item.operation.parameters, **item.parameters}
    return tuple(said.get("project_ids", ()))
