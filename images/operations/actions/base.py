"""What the engine knows of an act: how to send it, how to recognise its effect, what to look at afterwards.

Acts run in threads without a database: they get all that they need as `Work` and give back an `Outcome`. Whatever the
client raises is the engine's to judge (next_steps.py); here only what an act alone can know is turned into words.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from images.ims import IMSClient, Job, NotFound
from images.operations.actions.effects import Effect


@dataclass(slots=True)
class TransferProgress:
    """How much of a file has left; written by the thread that sends it, read by the carrier's own."""

    sent: int = 0
    size: int = 0

    def note(self, sent: int, size: int | None) -> None:
        self.sent, self.size = sent, size or 0

    @property
    def percent(self) -> int:
        return 100 * self.sent // self.size if self.size else 0


@dataclass(frozen=True, slots=True)
class Work:
    """One item as an act sees it. `parameters` are the operation's with the item's on top."""

    item: int
    kind: str
    image_id: str
    name: str
    parameters: dict[str, Any]
    attempts: int
    sent_at: datetime
    #: What is known of the effect already (OperationItem.result).
    result: dict[str, Any]
    #: How long ago that was when this was made, both by the database's clock, and a counter's state at that moment.
    elapsed: timedelta = timedelta(0)
    counted: float = field(default_factory=time.monotonic)
    #: IDs of images that other items have made: they cannot be this item's effect.
    claimed: frozenset[str] = frozenset()
    #: It may have gone out in a past that the database has forgotten.
    is_suspect: bool = False
    #: Another item's image of the same name is under way: which one is whose cannot be told yet.
    has_rival: bool = False
    #: How many items the operation has: with many, what need not be asked is not asked.
    among: int = 1
    travel: TransferProgress = field(default_factory=TransferProgress)
    #: Id of the request that asked for it: the calls to IMS carry it too.
    cause: str = ""

    @property
    def age(self) -> timedelta:
        """How long ago the call went out (or, before it did, was asked for)."""
        return self.elapsed + timedelta(seconds=time.monotonic() - self.counted)

    @property
    def was_lost(self) -> bool:
        """An earlier call of this item went out and its answer never came: its effect may be there."""
        return self.is_suspect or bool(self.result.get("lost"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call led to. With a `job_id` the service has only begun; `later`: look again, nothing is certain yet."""

    job_id: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    #: Images that are fetched again into the cache, and those that are gone from the service.
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    #: What is known of images without fetching them again.
    effects: tuple[Effect, ...] = ()
    #: Member state of the images that were answered.
    member_status: str = ""
    #: Images whose list of members is read again.
    members: tuple[str, ...] = ()
    later: bool = False
    #: The end of a job of several images (5.6.1), found out by looking at each.
    ended: Job | None = None
    #: The first of two calls is done; the item is sent again, for the second.
    again: bool = False


class ActionFailed(Exception):
    """It cannot succeed; the message says why, for people. `code` is that of IMS, or ours ("conflict"). `effects`: what
    became known of the image by the way; who reads of a conflict finds on the page what is there now."""

    def __init__(
        self, sentence: str, code: str = "", effects: tuple[Effect, ...] = (), *, request_id: str = ""
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.effects = effects
        #: Of the call that the service refused.
        self.request_id = request_id


class NotNow(Exception):
    """The service is busy with this very image or with as much as it takes; the same call may succeed soon."""


class CannotTell(Exception):
    """Whether the call took effect cannot be seen; the message says what a person should look at."""


class RefusedTogether(Exception):
    """A call for several items was refused because of one of them, or its job failed: each goes alone."""


class Action:
    """One kind of act."""

    #: Sections of the reference that the project's service must offer, any one of each inner tuple.
    needs: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: Sending it twice has the effect of sending it once: a lost answer is simply sent again.
    repeatable: ClassVar[bool] = True
    #: Makes a new image: two unanswered ones of the same name in a project could not be told apart.
    makes: ClassVar[bool] = False
    #: How it is sent depends on whether an earlier call may have taken effect (`Work.was_lost`).
    looks_back: ClassVar[bool] = False
    #: A file travels with it, for minutes: few at a time, and the others do not wait for it.
    slow: ClassVar[bool] = False
    #: Section of the reference by which one call serves many items (`send_many`); "" if there is none.
    together: ClassVar[str] = ""

    def calls(self, _work: Work) -> int:
        """How many calls `send` makes, for the project's rate; images that are fetched afterwards not counted."""
        return 1

    def send(self, client: IMSClient, work: Work) -> Outcome:
        """Raises IMSError, ActFailed, NotNow."""
        raise NotImplementedError

    def send_many(self, client: IMSClient, works: Sequence[Work]) -> Outcome:
        """One call for several items whose parameters are the same. Raises as `send` does, and RefusedTogether."""
        raise NotImplementedError

    def look(self, client: IMSClient, work: Work) -> Outcome | None:
        """The effect of a call whose answer was lost; None: it is not there. Raises IMSError, ActFailed, CannotTell."""
        raise NotImplementedError

    def known(self, client: IMSClient, work: Work) -> dict[str, Any]:
        """What is there before the call goes out, so that its effect can be told from it (JSON object). Raises
        IMSError."""
        return {}

    def ended(self, work: Work, job: Job) -> Outcome:
        """What came of a job that succeeded."""
        made = [one.image_id for one in (job, *job.sub_jobs) if one.image_id]
        return Outcome(result={"image_id": made[0]} if made else {}, changed=tuple(dict.fromkeys(made)))


def state_of(client: IMSClient, image_id: str, *, killed: str) -> Outcome | None:
    """Of an image that is being made: finished, later, None when it is gone. Raises ActFailed(`killed`)."""
    try:
        image = client.images.get(image_id)
    except NotFound:
        return None
    if image.status in {"killed", "deleted", "pending_delete"}:
        raise ActionFailed(killed)
    return Outcome(
        result={"image_id": image_id},
        changed=(image_id,),
        later=image.status in {"queued", "saving", "uploading", "importing"},
    )
