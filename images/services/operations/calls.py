"""The calls themselves, as the carrier's threads make them: no database here, every failure handed back as it is."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from images.ims import IMSClient, Job
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
        outcome = ACTS[work.kind].send(client, work)
    except ActFailed as error:
        return Landed(error=error, fetched=Fetched(effects=error.effects))
    except BaseException as error:  # noqa: BLE001 # judged in the carrier's own thread, where it is logged too
        return Landed(error=error)
    return _with_images(client, outcome)


def look_for(client: IMSClient, work: Work) -> Landed:
    try:
        outcome = ACTS[work.kind].look(client, work)
    except BaseException as error:  # noqa: BLE001 # as above
        return Landed(error=error)
    return Landed() if outcome is None else _with_images(client, outcome)


def ask_about(client: IMSClient, job_id: str, works: list[Work]) -> Landed:
    try:
        job = client.jobs.get(job_id)
    except BaseException as error:  # noqa: BLE001 # as above
        return Landed(error=error)
    changed: list[str] = []
    if job.ended:
        for work in works:
            changed += ACTS[work.kind].ended(work, job).changed
    landed = _with_images(client, Outcome(changed=tuple(dict.fromkeys(changed))))
    landed.job = job
    return landed


def _with_images(client: IMSClient, outcome: Outcome) -> Landed:
    """The effect is certain by now; that the image cannot be fetched just now changes nothing about it."""
    try:
        return Landed(outcome, fetch(client, outcome))
    except Exception as error:  # noqa: BLE001 # the next synchronisation brings it
        logger.info("image of a finished item not fetched: %s", error)
        return Landed(outcome, Fetched(effects=outcome.effects, gone=outcome.gone, missed=True))
