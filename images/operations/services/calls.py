"""The calls themselves, as the carrier's threads make them: no database here, every failure handed back as it is."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from images.core.correlation import caused_by
from images.ims import Forbidden, IMSClient, IMSError, Job, NotFound
from images.operations.actions import ACTIONS, ActionFailed, Effect, Outcome, TransferProgress, Work
from images.operations.models.operation import Job as JobRow
from images.operations.models.operation import OperationItem
from images.operations.services.members import MembersRead, read_members

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class CallResult:
    """What came back from a thread: where a call led to, and the images that it changed, as the service has them."""

    outcome: Outcome | None = None
    #: ID and document of each that was fetched again.
    images: tuple[tuple[str, bytes], ...] = ()
    #: Answered, but not to be read: the member state alone is new.
    unread: tuple[str, ...] = ()
    #: Lists of members that were read again.
    members: tuple[MembersRead, ...] = ()
    #: The effect is certain, but an image could not be fetched: a synchronisation has to bring it.
    missed: bool = False
    job: Job | None = None
    error: BaseException | None = None
    #: What is there before a call that makes something goes out.
    known: dict[str, Any] | None = None
    #: Its effect may be there already, and was looked for.
    looked: bool = False
    #: How long it took.
    seconds: float = 0.0

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What is known of other images without fetching them."""
        return self.outcome.effects if self.outcome else ()

    @property
    def gone(self) -> tuple[str, ...]:
        """IDs of images that the service has no more."""
        return self.outcome.gone if self.outcome else ()

    @property
    def member_status(self) -> str:
        return self.outcome.member_status if self.outcome else ""

    @property
    def fetches(self) -> int:
        """Calls that were made for the images alone."""
        return len(self.images) + len(self.unread) + len(self.members)

    @property
    def for_item(self) -> "CallResult":
        """What it means for an item, without what it tells the cache."""
        outcome = replace(self.outcome, changed=(), gone=(), effects=(), members=()) if self.outcome else None
        return replace(self, outcome=outcome, images=(), unread=(), members=(), missed=False)


@dataclass(slots=True)
class CallInFlight:
    """A call that is under way: "prepare", "send" or "look" for an item, "ask" for a job."""

    purpose: str
    project_id: int
    item: OperationItem | None = None
    #: Items that went out in one call.
    together: list[OperationItem] = field(default_factory=list)
    job: JobRow | None = None
    waiting: list[OperationItem] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    #: Of a file that travels: how far it was when that was last noted.
    travel: TransferProgress | None = None
    percent: int = -1

    @property
    def items(self) -> list[OperationItem]:
        """Those that a call is under way for."""
        return [self.item] if self.item else self.together

    def apart(self, result: CallResult) -> Iterator[tuple["CallInFlight", CallResult]]:
        """What came back, item by item; what it tells the cache comes with the first."""
        if not self.together:
            yield self, result
        for place, item in enumerate(self.together):
            yield CallInFlight(self.purpose, self.project_id, item), result if not place else result.for_item


def timed(call: Callable[[], CallResult]) -> CallResult:
    began = time.monotonic()
    result = call()
    result.seconds = time.monotonic() - began
    return result


def send_off(client: IMSClient, work: Work) -> CallResult:
    try:
        with caused_by(work.cause, f"{work.kind} send"):
            outcome = ACTIONS[work.kind].send(client, work)
    except ActionFailed as error:
        return CallResult(Outcome(effects=error.effects), error=error)
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
            job = client.jobs.whole(client.jobs.get(job_id))
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
            return _fetched(client, outcome)
    except IMSError as error:  # the next synchronisation brings it
        logger.info("image of a finished item not fetched: %s", error)
    except Exception:  # a fault of ours, whichever: it takes nothing from an effect that is certain
        logger.exception("image of a finished item not fetched")
    return CallResult(outcome, missed=True)


def _fetched(client: IMSClient, outcome: Outcome) -> CallResult:
    """Reads the images that an outcome names (6.1.2), and lists of members (6.4.4). Raises IMSError."""
    images: list[tuple[str, bytes]] = []
    gone, unread = list[str](), list[str]()
    for image_id in outcome.changed:
        try:
            images.append((image_id, client.images.get_raw(image_id).raw))
        except (NotFound, Forbidden):
            (unread if outcome.member_status else gone).append(image_id)
    if gone:
        outcome = replace(outcome, gone=(*outcome.gone, *gone))
    members = tuple(read_members(client, image_id) for image_id in outcome.members if image_id not in outcome.gone)
    return CallResult(outcome, tuple(images), tuple(unread), members)
