"""Writes down what came back: states, errors, jobs, and the images that were fetched, in one transaction."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from images.enums import FINAL_OPERATIONS, ItemState, JobState
from images.models import Image, Job, Operation, OperationEvent, OperationItem, Project
from images.services.operations import following, lanes, refetching
from images.services.operations.acts import ACTS, Outcome
from images.services.operations.calls import Landed
from images.services.operations.flights import Flight
from images.services.operations.judging import LOOKS, SETTLE, Verdict, judge
from images.services.operations.moving import move
from images.services.schedule import want

logger = logging.getLogger(__name__)

#: Seconds between looks at an image that is still being made.
_MAKING = 2.0


def write(project: Project, landed: Sequence[tuple[Flight, Landed]]) -> None:
    """Inside a transaction of the carrier that holds the project's lane."""
    held = refetching.apply(project, [one.fetched for _flight, one in landed])
    _all_done([(flight.item, one.outcome) for flight, one in landed if flight.item and _is_done(one)])
    asked = [(flight, one) for flight, one in landed if flight.job is not None]
    if asked:
        _asked(asked)
    for flight, one in landed:
        if flight.item is not None and not _is_done(one):
            _item(project, flight.item, one, looking=flight.purpose == "look")
    if not held or any(one.fetched.missed for _flight, one in landed) or _to_confirm(landed):
        want(project)


def _to_confirm(landed: Sequence[tuple[Flight, Landed]]) -> bool:
    """An operation has ended whose effects are known, but not the time that the service gave them. The synchronisation
    that is due within a minute anyway is brought forward: two lists for a thousand images."""
    known = {
        flight.item.operation_id
        for flight, one in landed
        if flight.item and any(effect.to_confirm for effect in one.fetched.effects)
    }
    return bool(known) and Operation.objects.filter(pk__in=known, state__in=FINAL_OPERATIONS).exists()


def _is_done(landed: Landed) -> bool:
    """Finished, and nothing to be kept of it: as nearly every item of a bulk operation ends."""
    outcome = landed.outcome
    return outcome is not None and not (landed.error or outcome.later or outcome.job_id or outcome.result)


def _all_done(items: list[tuple[OperationItem, Outcome | None]]) -> None:
    """In one statement, but for those of which something was noted on the way."""
    move([item for item, _outcome in items if not item.result], ItemState.DONE, error="", error_code="")
    for item, _outcome in items:
        if item.result:
            _done(item, item.result)


def _item(project: Project, item: OperationItem, landed: Landed, *, looking: bool) -> None:
    if landed.error is not None:
        _failed(project, item, landed.error, looking=looking)
    elif landed.outcome is None:
        _not_there(item)
    else:
        _succeeded(project, item, landed.outcome)


def _succeeded(project: Project, item: OperationItem, outcome: Outcome) -> None:
    result = {**item.result, **outcome.result}
    if outcome.again:
        _again(item, result)
    elif outcome.later and _is_overdue(item):
        _give_up(item, _("The image is not ready in the time that we follow one. It may still become so."), result)
    elif outcome.later:
        soon = timezone.now() + timedelta(seconds=_MAKING)
        if item.state == ItemState.DOUBT:
            OperationItem.objects.filter(pk=item.pk, state=ItemState.DOUBT).update(next_at=soon, result=result)
        else:
            move([item], ItemState.DOUBT, next_at=soon, result=result)
    elif outcome.job_id:
        job = following.started(project, outcome.job_id, item)
        move([item], ItemState.FOLLOWING, job=job, result=result, error="", error_code="")
    else:
        _done(item, result)


def _again(item: OperationItem, result: dict[str, object]) -> None:
    """`sent_at` stays: it has begun and can no longer be cancelled. A lost answer of the first call is settled."""
    settled = {name: value for name, value in result.items() if name != "lost"}
    columns = {"result": settled, "attempts": 0, "looks": 0, "error": "", "error_code": ""} | _made(item, result)
    move([item], ItemState.WAITING, next_at=timezone.now(), **columns)


def _give_up(item: OperationItem, sentence: str, result: dict[str, object]) -> None:
    """Nobody can know; a person is asked."""
    if move([item], ItemState.UNKNOWN, error=sentence, error_code="", result=result):
        _note(item, sentence)


def _is_overdue(item: OperationItem) -> bool:
    since = item.sent_at or item.operation.created_at
    return timezone.now() - since > timedelta(seconds=settings.JOB_DEADLINE)


def _done(item: OperationItem, result: dict[str, object]) -> None:
    move([item], ItemState.DONE, result=result, error="", error_code="", **_made(item, result))


def _made(item: OperationItem, result: dict[str, object]) -> dict[str, object]:
    """Columns for the image that a call has made."""
    made = result.get("image_id")
    if not made or item.image_uid:
        return {}
    return {"image_uid": made, "image": Image.objects.filter(project=item.project, image_id=made).first()}


def _not_there(item: OperationItem) -> None:
    """Looked for and not found. Twice, and the call counts as never taken: it is sent again. But if the service had
    begun a job and forgot it, the call was taken, and its effect may still come: nobody knows."""
    now = timezone.now()
    if item.looks + 1 >= LOOKS and item.job_id is not None:
        said = _("The service began job %(job)s and has forgotten it; what it was to make cannot be found.")
        _give_up(item, said % {"job": item.job.job_id if item.job else ""}, item.result)
    elif item.looks + 1 >= LOOKS:
        move([item], ItemState.WAITING, next_at=now, sent_at=None, looks=0, result={**item.result, "lost": True})
    else:
        later = now + timedelta(seconds=SETTLE)
        OperationItem.objects.filter(pk=item.pk, state=item.state).update(looks=F("looks") + 1, next_at=later)


def _failed(project: Project, item: OperationItem, error: BaseException, *, looking: bool) -> None:
    age = timezone.now() - item.operation.created_at
    verdict = judge(
        error,
        ACTS[item.operation.kind],
        attempts=item.attempts,
        age=age,
        looking=looking,
        was_lost=bool(item.result.get("lost")),
    )
    if verdict.is_fault:
        logger.error("item %s of operation %s", item.pk, item.operation_id, exc_info=error)
    if verdict.pause:
        lanes.pause(project.pk, verdict.pause, verdict.sentence)
    _follow(item, verdict)
    if verdict.to in (ItemState.FAILED, ItemState.UNKNOWN):
        _note(item, verdict.sentence)


def _follow(item: OperationItem, verdict: Verdict) -> None:
    columns: dict[str, object] = {
        "next_at": timezone.now() + timedelta(seconds=verdict.wait),
        "error": verdict.sentence,
        "error_code": verdict.code[:40],
        "upstream_request_id": verdict.request_id,
    }
    if not verdict.counts:
        columns["attempts"] = F("attempts") - 1 if item.attempts else 0
    if verdict.to == item.state:  # still in doubt
        OperationItem.objects.filter(pk=item.pk, state=item.state).update(**columns)
        return
    if verdict.lost:
        columns["result"] = {**item.result, "lost": True}
    elif verdict.to == ItemState.WAITING and not item.result.get("lost"):
        columns["sent_at"] = None  # nothing was done: it can still be cancelled
    move([item], verdict.to, **columns)


def _asked(flights: Sequence[tuple[Flight, Landed]]) -> None:
    """What the service said of jobs: all rows in one statement, and one step of each operation that shows them."""
    moving: set[int] = set()
    for flight, landed in flights:
        job = flight.job
        assert job is not None  # noqa: S101 # the caller looked
        phase = flight.waiting[0].operation_id if flight.waiting else 0
        before = following.shown(job, phase)
        if isinstance(landed.error, Exception):
            following.unanswered(job, landed.error)
        elif landed.job is not None:
            following.update(job, landed.job)
        if following.shown(job, phase) != before:
            moving |= {item.operation_id for item in flight.waiting}
    jobs = [flight.job for flight, _landed in flights if flight.job is not None]
    Job.objects.bulk_update(jobs, following.COLUMNS)
    for flight, landed in flights:
        _ended(flight, landed)
    Operation.objects.filter(pk__in=moving).update(version=F("version") + 1)


def _ended(flight: Flight, landed: Landed) -> None:
    """What a job's end means for the items that wait for it; nothing while it goes on."""
    job = flight.job
    assert job is not None  # noqa: S101 # the caller looked
    follows = following.follows_from(job)
    if job.state == JobState.SUCCESS and landed.job is not None:
        for item, work in zip(flight.waiting, flight.works, strict=True):
            outcome = ACTS[work.kind].ended(work, landed.job)
            _done(item, {**item.result, **outcome.result})
    elif follows is not None:
        to, sentence, code = follows
        if to == ItemState.FAILED and len(flight.waiting) > 1:
            # which of them it failed for is not said: each is looked at for itself
            move(flight.waiting, ItemState.DOUBT, error=sentence, error_code=code, next_at=timezone.now(), looks=0)
            return
        moved = move(flight.waiting, to, error=sentence, error_code=code, next_at=timezone.now(), looks=0)
        for item in moved:
            _note(item, sentence)


def _note(item: OperationItem, sentence: str) -> None:
    text = _("%(image)s: %(what)s") % {"image": item, "what": sentence}
    OperationEvent.objects.create(operation_id=item.operation_id, item=item, text=text)
