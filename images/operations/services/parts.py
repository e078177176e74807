"""A creation of several images whose job has ended: each image becomes an item, with its own state and its own retry.

Until then one item stands for all of them, for they are one call (5.1.3): they go out, wait and are looked for
together.
"""

from collections import Counter
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from images import ims
from images.cache.models.image import Image
from images.core import clock
from images.operations.actions.parts import Part, matched, parts_of
from images.operations.enums import COUNTERS, ActionKind, ItemState
from images.operations.models.operation import Operation, OperationItem
from images.operations.services.states import move


def divide(item: OperationItem, job: ims.Job) -> list[OperationItem]:
    """Ends an item whose job has ended, as one for each image; [] when it is about one image, and nothing is done.
    Inside a transaction."""
    if item.operation.kind != ActionKind.CREATE or not job.sub_jobs:
        return []
    parts = matched(parts_of({**item.operation.parameters, **item.parameters}), job.sub_jobs)
    if len(parts) < 2:
        return []
    first, *others = parts
    divided = [item, *_add(item, others, job)]
    columns = _columns(item, first, job)
    # last: with it the operation ends, when nothing else of it is open
    move([item], ItemState(columns.pop("state")), **columns)
    for column, value in columns.items():
        setattr(item, column, value)
    return divided


def _add(item: OperationItem, parts: list[Part], job: ims.Job) -> list[OperationItem]:
    now = clock.now()
    operation = Operation.objects.select_for_update().get(pk=item.operation_id)
    items = [
        OperationItem(
            operation=operation,
            position=operation.total + place,
            project=item.project,
            job=item.job,
            next_at=now,
            sent_at=item.sent_at,
            attempts=item.attempts,
            finished_at=now,
            **_columns(item, part, job),
        )
        for place, part in enumerate(parts)
    ]
    OperationItem.objects.bulk_create(items)
    counted = Counter(COUNTERS[ItemState(one.state)] for one in items)
    steps = {counter: F(counter) + number for counter, number in counted.items()}
    Operation.objects.filter(pk=operation.pk).update(total=F("total") + len(items), version=F("version") + 1, **steps)
    return items


def _columns(item: OperationItem, part: Part, job: ims.Job) -> dict[str, Any]:
    """What became of one image. What the service does not tell is for a person to say: made again it could be twice."""
    state, error, code = _fate(part, job)
    made = part.job.image_id if part.job and state == ItemState.DONE else ""
    result: dict[str, Any] = {"image_id": made} if made else {}
    if part.job and part.job.id:
        result["sub_job"] = part.job.id
    return {
        "state": state,
        "image_name": part.name[:255],
        "image_uid": made[:64],
        "image": Image.objects.filter(project=item.project, image_id=made).first() if made else None,
        "parameters": part.parameters,
        "result": result,
        "error": error,
        "error_code": code[:40],
        "upstream_request_id": job.request_id[:80] if error else "",
    }


def _fate(part: Part, job: ims.Job) -> tuple[ItemState, str, str]:
    if part.job is not None and part.job.succeeded:
        return ItemState.DONE, "", ""
    if part.job is not None and part.job.failed:
        said = part.job.reason or job.reason or _("The job failed; the service does not say why.")
        return ItemState.FAILED, said, part.job.code or job.code
    if job.succeeded and part.job is None:
        return ItemState.DONE, "", ""
    return ItemState.UNKNOWN, _("The service does not say what became of this image. Look whether it is there."), ""
