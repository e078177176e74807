"""The calls themselves, as the carrier's threads make them: no database here, every failure handed back as it is."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from images.ims import IMSClient, Job
from images.services.correlation import caused_by
from images.services.operations.acts import ACTS, ActFailed, Outcome, Work
from images.services.operations.refetching import Fetched, fetch

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Landed:
    """What came back from a thread."""

    outcome: Outcome | None = None
    fetched: Fetched = field(default_factory=Fetched)
    job: Job | None = None
    error: BaseException | None = None
    #: How long it took.
    seconds: float = 0.0


def timed(call: Callable[[], Landed]) -> Landed:
    began = time.monotonic()
    landed = call()
    landed.seconds = time.monotonic() - began
    return landed


def send_off(client: IMSClient, work: Work) -> Landed:
    try:
        with caused_by(work.cause):
            outcome = ACTS[work.kind].send(client, work)
    except ActFailed as error:
        return Landed(error=error, fetched=Fetched(effects=error.effects))
    except BaseException as error:  # noqa: BLE001 # judged in the carrier's own thread, where it is logged too
        return Landed(error=error)
    return _with_images(client, outcome)


def send_together(client: IMSClient, works: Sequence[Work]) -> Landed:
    try:
        with caused_by(works[0].cause):
            outcome = ACTS[works[0].kind].send_many(client, works)
    except BaseException as error:  # noqa: BLE001 # as above
        return Landed(error=error)
    return _with_images(client, outcome)


def look_for(client: IMSClient, work: Work) -> Landed:
    try:
        with caused_by(work.cause):
            outcome = ACTS[work.kind].look(client, work)
    except BaseException as error:  # noqa: BLE001 # as above
        return Landed(error=error)
    return Landed() if outcome is None else _with_images(client, outcome)


def ask_about(client: IMSClient, job_id: str, works: list[Work]) -> Landed:
    try:
        with caused_by(works[0].cause if works else ""):
            job = client.jobs.get(job_id)
    except BaseException as error:  # noqa: BLE001 # as above
        return Landed(error=error)
    outcomes = [ACTS[work.kind].ended(work, job) for work in works] if job.ended else []
    changed = dict.fromkeys(image_id for outcome in outcomes for image_id in outcome.changed)
    members = dict.fromkeys(image_id for outcome in outcomes for image_id in outcome.members)
    # items of one job have the same parameters, so they were given the same answer
    status = next((outcome.member_status for outcome in outcomes if job.succeeded), "")
    landed = _with_images(client, Outcome(changed=tuple(changed), members=tuple(members), member_status=status))
    landed.job = job
    return landed


def _with_images(client: IMSClient, outcome: Outcome) -> Landed:
    """The effect is certain by now; that the image cannot be fetched just now changes nothing about it."""
    try:
        return Landed(outcome, fetch(client, outcome))
    except Exception as error:  # noqa: BLE001 # the next synchronisation brings it
        logger.info("image of a finished item not fetched: %s", error)
        return Landed(outcome, Fetched(effects=outcome.effects, gone=outcome.gone, missed=True))
