"""What the carrier does about a row that it cannot read, an answer that it cannot write down, a carrier that died."""

import logging
from datetime import timedelta

from django.db import transaction

from images.clouds.models import Project
from images.core import clock
from images.core.backoff import ITEMS, MOST
from images.core.sweeping import FAULT
from images.operations.actions import ACTIONS
from images.operations.enums import ItemState
from images.operations.models.operation import Job, OperationItem
from images.operations.services import jobs as operations_jobs
from images.operations.services.calls import CallInFlight
from images.operations.services.next_steps import GIVE_UP, SETTLE
from images.operations.services.results import give_up, note
from images.operations.services.scheduling import due_items, grouped, with_operations
from images.operations.services.states import move
from images.operations.services.work import made_name, work_of

logger = logging.getLogger(__name__)

#: Items that are looked at when something is wrong with one of them.
_SIFTED = 1000


def sift(project: Project) -> int:
    """Fails what is due and cannot even be read, so that it keeps no other item of the project waiting; returns how
    many items. What may have been sent is unknown. Inside a transaction that holds the lane."""
    due = with_operations(due_items().filter(project=project).exclude(state=ItemState.SENT).order_by("next_at"))[
        :_SIFTED
    ]
    bad = [item for item in due if not _is_whole(item)]
    for item in bad:
        never_sent = item.state == ItemState.WAITING and not item.sent_at
        move([item], ItemState.FAILED if never_sent else ItemState.UNKNOWN, error=FAULT, error_code="")
        note(item, FAULT)
    return len(bad)


def _is_whole(item: OperationItem) -> bool:
    try:
        work = work_of(item)
        made_name(item)
        ACTIONS[item.operation.kind].calls(work)
        grouped([item], item.project)
    except Exception:  # whatever it is: a row that cannot be read must not end the carrier for all others
        logger.exception("item %s of operation %s cannot be read", item.pk, item.operation_id)
        return False
    return True


def set_aside(flight: CallInFlight) -> None:
    """What came back cannot be written down, by a fault of ours that is in the log. The effect is looked for later,
    with pauses, until nobody waits any more; a job is asked about again. Inside a transaction."""
    now = clock.now()
    if flight.job is not None:
        job = Job.objects.get(pk=flight.job.pk)  # without what it was given of the answer
        operations_jobs.note_failure(job, RuntimeError(FAULT))
        Job.objects.bulk_update([job], operations_jobs.COLUMNS)
        waiting = OperationItem.objects.filter(job=job, state=ItemState.FOLLOWING)
        if (follows := operations_jobs.follows_from(job)) is not None:
            move(waiting, follows[0], error=follows[1], error_code=follows[2], next_at=now)
    for item in OperationItem.objects.filter(pk__in=[item.pk for item in flight.items]).select_related("operation"):
        columns: dict[str, object] = {
            "failing_since": item.failing_since or now,
            "next_at": now + timedelta(seconds=SETTLE + ITEMS.pause(MOST)),
            "error": FAULT,
            "error_code": "",
        }
        if now - (item.failing_since or now) >= GIVE_UP:
            give_up(item, FAULT, item.result)
        elif item.state in (ItemState.UNCONFIRMED, ItemState.WAITING):  # waiting: what was there before it is sent
            OperationItem.objects.filter(pk=item.pk, state=item.state).update(**columns)
        elif item.state == ItemState.SENT:
            move([item], ItemState.UNCONFIRMED, **columns)


def recover(project_id: int) -> None:
    """What an earlier carrier had sent and not written down: nobody knows; it is looked for after a moment."""
    with transaction.atomic():
        items = OperationItem.objects.filter(project_id=project_id, state=ItemState.SENT, finished_at=None)
        later = clock.now() + timedelta(seconds=SETTLE)
        unanswered = move(items.select_related("operation"), ItemState.UNCONFIRMED, next_at=later)
        if unanswered:
            logger.warning("%d calls of project %s were left unanswered", len(unanswered), project_id)
