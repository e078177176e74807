"""The calls themselves, as the carrier's threads make them: no database here, every failure handed back as it is."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from images.core.correlation import caused_by
from images.ims import IMSClient, Job
from images.operations.actions import ACTIONS, ActionFailed, Outcome, Work
from images.operations.services.refetch import Fetched, fetch

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class CallResult:
    """What came back from a thread."""

    outcome: Outcome | None = None
    fetched: Fetched = field(default_factory=Fetched)
    job: Job | None = None
    error: BaseException | None = None
    #: What is there before a call that makes something goes out.
    known: dict[str, Any] | None = None
    #: Its effect may be there already, and was looked for.
    looked: bool = False
    #: How long it took.
    seconds: float = 0.0


def timed(call: Callable[[], CallResult]) -> CallResult:
    began = time.monotonic()
    landed = call()
    landed.seconds = time.monotonic() - began
    return landed


def send_off(client: IMSClient, work: Work) -> CallResult:
    try:
        with caused_by(work.cause, f"{work.kind} send"):
            outcome = ACTIONS[work.kind].send(client, work)
    except ActionFailed as error:
        return CallResult(error=error, fetched=Fetched(effects=error.effects))
    except BaseException as error:  # noqa: BLE001 # judged in the carrier's own thread, where it is logged too
        return CallResult(error=error)
    return _with_images(client, outcome, work.cause)


def send_together(client: IMSClient, works: Sequence[Work]) -> CallResult:
    try:
        with caused_by(works[0].cause, f"{works[0].kind} send together"):
            outcome = ACTIONS[works[0].kind].send_many(client, works)
    except BaseException as error:  # noqa: BLE001 # as above
        return CallResult(error=error)
    return _with_images(client, outcome, works[0].cause)


def reconcile(client: IMSClient, work: Work) -> CallResult:
    try:
        with caused_by(work.cause, f"{work.kind} look"):
            outcome = ACTIONS[work.kind].look(client, work)
    except BaseException as error:  # noqa: BLE001 # as above
        return CallResult(error=error)
    return CallResult() if outcome is None else _with_images(client, outcome, work.cause)


def prepare(client: IMSClient, work: Work, *, look: bool) -> CallResult:
    """Before a call that cannot be repeated goes out: whether its effect is there already (`look`), else what is."""
    act = ACTIONS[work.kind]
    try:
        with caused_by(work.cause, f"{work.kind} prepare"):
            outcome = act.look(client, work) if look else None
            if outcome is None:
                return CallResult(known=act.known(client, work))
    except BaseException as error:  # noqa: BLE001 # as above
        return CallResult(error=error, looked=look)
    return _with_images(client, outcome, work.cause)


def ask_about(client: IMSClient, job_id: str, works: list[Work]) -> CallResult:
    try:
        with caused_by(works[0].cause if works else "", "ask about job"):
            job = client.jobs.get(job_id)
    except BaseException as error:  # noqa: BLE001 # as above
        return CallResult(error=error)
    outcomes = [ACTIONS[work.kind].ended(work, job) for work in works] if job.ended else []
    changed = dict.fromkeys(image_id for outcome in outcomes for image_id in outcome.changed)
    members = dict.fromkeys(image_id for outcome in outcomes for image_id in outcome.members)
    # items of one job have the same parameters, so they were given the same answer
    status = next((outcome.member_status for outcome in outcomes if job.succeeded), "")
    outcome = Outcome(changed=tuple(changed), members=tuple(members), member_status=status)
    landed = _with_images(client, outcome, works[0].cause if works else "")
    landed.job = job
    return landed


def _with_images(client: IMSClient, outcome: Outcome, cause: str) -> CallResult:
    """The effect is certain by now; that the image cannot be fetched just now changes nothing about it."""
    try:
        with caused_by(cause, "fetch"):
            return CallResult(outcome, fetch(client, outcome))
    except Exception as error:  # noqa: BLE001 # the next synchronisation brings it
        logger.info("image of a finished item not fetched: %s", error)
        return CallResult(outcome, Fetched(effects=outcome.effects, gone=outcome.gone, missed=True))
