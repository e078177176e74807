"""Writes down what came back: states, errors, jobs, and what became of the images, in one transaction.

What an act changed is in the cache at once, before any synchronisation: as its answer tells it (actions/effects.py),
else fetched again, image by image (calls.py).
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec
from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from images import ims
from images.cache.models.image import Image
from images.cache.services import index, publication
from images.cache.services.columns import document_of
from images.cache.services.publication import ReceivedImage
from images.cache.services.scheduling import want
from images.clouds.models import Project
from images.core import clock
from images.operations.actions import ACTIONS, Outcome
from images.operations.enums import FINAL_OPERATIONS, ItemState, JobState
from images.operations.events import members_read
from images.operations.models.operation import Job, Operation, OperationEvent, OperationItem
from images.operations.services import jobs as operations_jobs
from images.operations.services import parts, project_leases
from images.operations.services import work as operations_work
from images.operations.services.calls import CallInFlight, CallResult
from images.operations.services.next_steps import LOOKS, SETTLE, Verdict, judge
from images.operations.services.states import move

logger = logging.getLogger(__name__)

#: Seconds between looks at an image that is still being made.
_MAKING = 2.0


def write(project: Project, landed: Sequence[tuple[CallInFlight, CallResult]]) -> None:
    """Inside a transaction of the carrier that holds the project's lane."""
    results = [result for _flight, result in landed]
    is_complete = bring_to_cache(project, results) and not any(result.missed for result in results)
    for flight, result in landed:
        if flight.purpose == "prepare" and flight.item is not None:
            _prepared(project, flight.item, result)
    landed = [(flight, result) for flight, result in landed if flight.purpose != "prepare"]
    _all_done([(flight.item, result.outcome) for flight, result in landed if flight.item and _is_done(result)])
    of_jobs = [(flight, result) for flight, result in landed if flight.job is not None]
    if of_jobs:
        _asked(of_jobs)
    for flight, result in landed:
        if flight.item is not None and not _is_done(result):
            _item(project, flight.item, result, looking=flight.purpose == "look")
    if not is_complete or _to_confirm(landed):
        want(project)


def bring_to_cache(project: Project, results: Sequence[CallResult]) -> bool:
    """Brings the cache of the project to what was fetched or is known; false: an effect is on an image that the cache
    does not hold. Inside a transaction. Public images are the region's and wait for its synchronisation."""
    if not any(result.images or result.effects or result.gone or result.unread for result in results):
        return True
    publication.lock(project)
    if project.published_at is None:  # as it is now: it may have been taken out of the index while we waited
        return True
    before = publication.cached_rows(project, _names(results))
    held = {image_id: (row.member_status, row.document) for image_id, row in before.items()}
    incoming = list(_incoming(held, results))
    gone = {image_id for result in results for image_id in result.gone if image_id in before}
    leaving = [before[image_id] for image_id in gone]
    outcome = publication.apply(project, incoming, leaving, seen_at=clock.now(), before=before)
    if outcome.delta:
        index.publish(outcome.delta)
    if outcome.appeared or outcome.gone:
        Project.objects.filter(pk=project.pk).update(image_count=project.images.count())
    for result in results:
        for read in result.members:
            members_read.send(sender=Project, project=project, read=read)
    return all(effect.image_id in held for result in results for effect in result.effects)


def _names(results: Iterable[CallResult]) -> list[str]:
    """IDs of the images of which the answers say something, or that they are gone."""
    names: dict[str, None] = {}
    for result in results:
        affected = (effect.image_id for effect in result.effects)
        names |= dict.fromkeys((*dict(result.images), *result.unread, *result.gone, *affected))
    return list(names)


def _incoming(held: dict[str, tuple[str, str]], results: Iterable[CallResult]) -> Iterable[ReceivedImage]:
    for result in results:
        for image_id, raw in result.images:
            if b'"visibility":"public"' in raw.replace(b" ", b""):
                continue
            yield ReceivedImage.of(image_id, raw, result.member_status or held.get(image_id, ("", ""))[0])
        for image_id in result.unread:
            if image_id in held:
                yield ReceivedImage.of(image_id, held[image_id][1].encode(), result.member_status)
        for effect in result.effects:
            if effect.image_id in held:
                state, text = held[effect.image_id]
                after = msgspec.json.encode(effect.on(document_of(effect.image_id, text)))
                held[effect.image_id] = state, after.decode()  # another effect of this batch stands on it
                yield ReceivedImage.of(effect.image_id, after, state)


def _prepared(project: Project, item: OperationItem, landed: CallResult) -> None:
    """Of an item that has not gone out. Its effect may be there all the same: the database was put back."""
    if landed.error is not None:
        _not_prepared(project, item, landed.error, looked=landed.looked)
    elif landed.outcome is None:
        OperationItem.objects.filter(pk=item.pk, state=ItemState.WAITING).update(
            result=operations_work.prepared(item, landed.known or {}), failing_since=None, error="", error_code=""
        )
    elif move([item], ItemState.SENT, sent_at=item.sent_at or item.operation.created_at):
        note(item, _("It is there already: it was sent before the database was put back."))
        item.result = operations_work.prepared(item, {})
        _succeeded(project, item, landed.outcome)


def _not_prepared(project: Project, item: OperationItem, error: BaseException, *, looked: bool) -> None:
    """Nothing was sent now; but an earlier call may have been, and whether it was could not be seen."""
    verdict = _verdict(project, item, error, looking=True)
    if verdict.to == ItemState.UNCONFIRMED:
        attempts = F("attempts") + (1 if verdict.counts else 0)
        later = clock.now() + timedelta(seconds=verdict.wait)
        OperationItem.objects.filter(pk=item.pk, state=ItemState.WAITING).update(
            attempts=attempts,
            next_at=later,
            failing_since=item.failing_since if verdict.pause else item.failing_since or clock.now(),
            error=verdict.sentence,
            error_code=verdict.code[:40],
        )
        return
    may_be_there = looked or item.result.get("lost")
    to = ItemState.UNKNOWN if verdict.to == ItemState.UNKNOWN and may_be_there else ItemState.FAILED
    columns = {"error": verdict.sentence, "error_code": verdict.code[:40], "upstream_request_id": verdict.request_id}
    if move([item], to, **columns):
        note(item, verdict.sentence)


def _to_confirm(landed: Sequence[tuple[CallInFlight, CallResult]]) -> bool:
    """An operation has ended whose effects are known, but not the time that the service gave them. The synchronisation
    that is due within a minute anyway is brought forward: two lists for a thousand images."""
    operations = {
        flight.item.operation_id
        for flight, result in landed
        if flight.item and any(effect.to_confirm for effect in result.effects)
    }
    return bool(operations) and Operation.objects.filter(pk__in=operations, state__in=FINAL_OPERATIONS).exists()


def _is_done(landed: CallResult) -> bool:
    """Finished, and nothing to be kept of it: as nearly every item of a bulk operation ends."""
    outcome = landed.outcome
    if outcome is None or landed.error:
        return False
    return not (outcome.later or outcome.job_id or outcome.result or outcome.ended)


def _all_done(items: list[tuple[OperationItem, Outcome | None]]) -> None:
    """In one statement, but for those of which something was noted on the way."""
    move([item for item, _outcome in items if not item.result], ItemState.DONE, error="", error_code="")
    for item, _outcome in items:
        if item.result:
            _done(item, item.result)


def _item(project: Project, item: OperationItem, landed: CallResult, *, looking: bool) -> None:
    if landed.error is not None:
        _failed(project, item, landed.error, looking=looking)
    elif landed.outcome is None:
        _not_there(item)
    else:
        _succeeded(project, item, landed.outcome)


def _succeeded(project: Project, item: OperationItem, outcome: Outcome) -> None:
    result = {**item.result, **outcome.result}
    if outcome.ended is not None and _divided(item, outcome.ended):
        return
    if outcome.again:
        _again(item, result)
    elif outcome.later and _is_overdue(item):
        give_up(item, _("The image is not ready in the time that we follow one. It may still become so."), result)
    elif outcome.later:
        soon = clock.now() + timedelta(seconds=_MAKING)
        columns = {"next_at": soon, "result": result, "failing_since": None}
        if item.state == ItemState.UNCONFIRMED:
            OperationItem.objects.filter(pk=item.pk, state=ItemState.UNCONFIRMED).update(**columns)
        else:
            move([item], ItemState.UNCONFIRMED, **columns)
    elif outcome.job_id:
        job = operations_jobs.started(project, outcome.job_id, item)
        settled = {"error": "", "error_code": "", "failing_since": None}
        move([item], ItemState.FOLLOWING, job=job, result=result, **settled)
    else:
        _done(item, result)


def _again(item: OperationItem, result: dict[str, object]) -> None:
    """`sent_at` stays: it has begun and can no longer be cancelled. A lost answer of the first call is settled."""
    settled = {name: value for name, value in result.items() if name != "lost"}
    anew = {"attempts": 0, "looks": 0, "error": "", "error_code": "", "failing_since": None}
    columns = {"result": settled} | anew | _made(item, result)
    move([item], ItemState.WAITING, next_at=clock.now(), **columns)


def give_up(item: OperationItem, sentence: str, result: dict[str, object]) -> None:
    """Nobody can know; a person is asked."""
    if move([item], ItemState.UNKNOWN, error=sentence, error_code="", result=result):
        note(item, sentence)


def _is_overdue(item: OperationItem) -> bool:
    now = clock.now()
    return now - (item.sent_at or now) > timedelta(seconds=settings.JOB_DEADLINE)


def _done(item: OperationItem, result: dict[str, object]) -> None:
    result = {name: value for name, value in result.items() if name != "known"}
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
    now = clock.now()
    if item.looks + 1 >= LOOKS and item.job_id is not None:
        sentence = _("The service began job %(job)s and has forgotten it; what it was to make cannot be found.")
        give_up(item, sentence % {"job": item.job.job_id if item.job else ""}, item.result)
    elif item.looks + 1 >= LOOKS:
        move([item], ItemState.WAITING, next_at=now, sent_at=None, looks=0, result={**item.result, "lost": True})
    else:
        later = now + timedelta(seconds=SETTLE)
        OperationItem.objects.filter(pk=item.pk, state=item.state).update(looks=F("looks") + 1, next_at=later)


def _verdict(project: Project, item: OperationItem, error: BaseException, *, looking: bool) -> Verdict:
    now = clock.now()
    verdict = judge(
        error,
        ACTIONS[item.operation.kind],
        attempts=item.attempts,
        age=now - (item.failing_since or now),
        looking=looking,
        was_lost=bool(item.result.get("lost")),
    )
    if verdict.is_fault:
        logger.error("item %s of operation %s", item.pk, item.operation_id, exc_info=error)
    if verdict.pause:
        project_leases.pause(project.pk, verdict.pause, verdict.sentence)
    return verdict


def _failed(project: Project, item: OperationItem, error: BaseException, *, looking: bool) -> None:
    verdict = _verdict(project, item, error, looking=looking)
    _follow(item, verdict)
    if verdict.to in (ItemState.FAILED, ItemState.UNKNOWN):
        note(item, verdict.sentence)


def _follow(item: OperationItem, verdict: Verdict) -> None:
    columns: dict[str, object] = {
        "next_at": clock.now() + timedelta(seconds=verdict.wait),
        "error": verdict.sentence,
        "error_code": verdict.code[:40],
        "upstream_request_id": verdict.request_id,
    }
    if not verdict.pause:  # to be throttled is no failure
        columns["failing_since"] = item.failing_since or clock.now()
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


def _asked(flights: Sequence[tuple[CallInFlight, CallResult]]) -> None:
    """What the service said of jobs: all rows in one statement, and one step of each operation that shows them."""
    moving: set[int] = set()
    for flight, landed in flights:
        job = flight.job
        assert job is not None  # noqa: S101 # the caller looked
        phase = flight.waiting[0].operation_id if flight.waiting else 0
        before = operations_jobs.visible_state(job, phase)
        if isinstance(landed.error, Exception):
            operations_jobs.note_failure(job, landed.error)
        elif landed.job is not None:
            operations_jobs.update(job, landed.job)
        if operations_jobs.visible_state(job, phase) != before:
            moving |= {item.operation_id for item in flight.waiting}
    jobs = [flight.job for flight, _landed in flights if flight.job is not None]
    Job.objects.bulk_update(jobs, operations_jobs.COLUMNS)
    for flight, landed in flights:
        _ended(flight, landed)
    Operation.objects.filter(pk__in=moving).update(version=F("version") + 1)


def _ended(flight: CallInFlight, landed: CallResult) -> None:
    """What a job's end means for the items that wait for it; nothing while it goes on."""
    job = flight.job
    assert job is not None  # noqa: S101 # the caller looked
    follows = operations_jobs.follows_from(job)
    ended = landed.job if landed.job is not None and landed.job.ended else None
    if ended is not None and len(flight.waiting) == 1 and _divided(flight.waiting[0], ended):
        return
    if job.state == JobState.SUCCESS and landed.job is not None:
        for item, work in zip(flight.waiting, flight.works, strict=True):
            outcome = ACTIONS[work.kind].ended(work, landed.job)
            _done(item, {**item.result, **outcome.result})
    elif follows is not None:
        to, sentence, code = follows
        if to == ItemState.FAILED and len(flight.waiting) > 1:
            # which of them it failed for is not said: each is looked at for itself
            move(flight.waiting, ItemState.UNCONFIRMED, error=sentence, error_code=code, next_at=clock.now(), looks=0)
            return
        said: dict[str, object] = {"error": sentence, "error_code": code}
        said["upstream_request_id"] = landed.job.request_id[:80] if landed.job else ""
        moved = move(flight.waiting, to, next_at=clock.now(), looks=0, **said)
        for item in moved:
            note(item, sentence)


def _divided(item: OperationItem, job: ims.Job) -> bool:
    """Whether it was about several images: then each of them has come to its own end."""
    divided = parts.divide(item, job)
    for one in divided:
        if one.error:
            note(one, one.error)
    return bool(divided)


def note(item: OperationItem, sentence: str) -> None:
    text = _("%(image)s: %(what)s") % {"image": item, "what": sentence}
    OperationEvent.objects.create(operation_id=item.operation_id, item=item, text=text)
