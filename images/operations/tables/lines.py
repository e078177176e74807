"""The lines of the page of an operation: one for each image, with what was asked for and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from images.cache.models.image import Image
from images.cache.rules.tag_changes import TagChange
from images.core.error_messages import ErrorMessage, error_message
from images.operations.models.operation import Operation, OperationItem
from images.operations.queries import additions
from images.operations.queries.estimates import Estimate, estimates_of
from images.operations.queries.made import Key, images_made
from images.operations.queries.operations import TONES
from images.operations.tables.asked import Told, asked_of, came_of
from images.operations.tables.item_changes import changed_by
from images.operations.tables.jobs import JobStatus, job_status


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item, the tone of its state, why it was not done, its job, what another room adds, what it changes."""

    item: OperationItem
    tone: str
    failure: ErrorMessage | None
    job: JobStatus | None
    recipients: object
    changes: Sequence[TagChange]
    asked: Sequence[Told]
    came: Sequence[Told]


def lines_of(user: User, operation: Operation, items: Iterable[OperationItem], now: datetime) -> list[ItemLine]:
    """Items of one operation, with their projects and jobs."""
    shown = list(items)
    added = additions.of_items(operation.kind, shown)
    estimates = estimates_of([item.job for item in shown if item.job], now)
    made = images_made(user, shown)
    return [_line(operation, item, estimates, made, added.get(item.pk, ())) for item in shown]


def _line(
    operation: Operation,
    item: OperationItem,
    estimates: Mapping[int, Estimate],
    made: Mapping[Key, Image],
    recipients: object,
) -> ItemLine:
    item.operation = operation  # the same row for all of them, not read again for each
    estimate = estimates.get(item.job_id) if item.job_id else None
    return ItemLine(
        item,
        TONES.get(item.state, ""),
        error_message(item.error_code, item.error, item.upstream_request_id),
        job_status(item.job, estimate, made, sub_job=str(item.result.get("sub_job") or "")),
        recipients,
        changed_by(operation.kind, item),
        asked_of(operation.kind, item.parameters),
        came_of(operation.kind, item, made.get((item.project_id, str(item.result.get("image_id") or "")))),
    )
