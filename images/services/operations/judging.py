"""What an answer, or the lack of one, means for an item: the one place that tells safe from unsafe to repeat.

Nothing was sent, or the service said no before doing anything: the item waits and is sent again. It may have taken
effect: acts whose repetition has the effect of one are sent again; for the others the effect is looked for first.
"""

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from images.enums import ItemState
from images.ims import (
    Conflict,
    ConnectionFailed,
    IMSError,
    MalformedAnswer,
    OutcomeUnknown,
    ResponseError,
    ServerError,
    Throttled,
    Unauthorized,
)
from images.models import OperationItem
from images.services.operations.acts import Act, ActFailed, CannotTell, NotNow, Outcome

logger = logging.getLogger(__name__)

#: An item that has got nowhere for so long is given up.
PATIENCE = timedelta(hours=24)
#: Calls whose outcome is unknown, one after the other, before a person is asked.
MOST_ATTEMPTS = 8
#: Seconds before each look for an effect. A service that is slow to show it gets twelve seconds in all.
LOOKS = (1.0, 3.0, 8.0)
#: Seconds that an image is left alone while somebody else changes it (409), at most so often.
MOST_CONFLICTS = 5
_HOPELESS = frozenset({"tls", "blocked", "proxy"})
_UNSEEN = (ServerError, OutcomeUnknown, MalformedAnswer)


@dataclass(frozen=True, slots=True)
class Report:
    """What a thread brings back: an outcome, an error, or neither (looked for and not there).

    `fetched`: image ID → its bytes, None for gone. `stale`: something could not be fetched.
    """

    outcome: Outcome | None = None
    error: Exception | None = None
    fetched: Mapping[str, bytes | None] = field(default_factory=dict)
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where the item goes, and what is written with it. `delay` seconds; `pause` is the whole project's."""

    to: ItemState
    delay: float = 0.0
    error: str = ""
    code: str = ""
    request_id: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    job_id: str = ""
    #: The service did nothing: this attempt does not count.
    undone: bool = False
    looked: bool = False
    pause: float = 0.0


def judge(item: OperationItem, act: Act, report: Report) -> Verdict:
    """`item` is as it was when the call began: SENT for a call, DOUBT or FOLLOWING for a look."""
    error = report.error
    if error is None:
        return _of_outcome(item, report.outcome)
    if isinstance(error, ActFailed):
        return Verdict(ItemState.FAILED, error=str(error), code=error.code)
    if isinstance(error, CannotTell):
        return Verdict(ItemState.UNKNOWN, error=str(error))
    if not isinstance(error, IMSError | NotNow):
        logger.error("a fault of ours while working on item %s", item.pk, exc_info=error)
    return _of_call(item, act, error) if item.state == ItemState.SENT else _of_look(item, error)


def _of_outcome(item: OperationItem, outcome: Outcome | None) -> Verdict:
    if outcome is None:
        return _nothing_there(item)
    if outcome.job_id:
        return Verdict(ItemState.FOLLOWING, job_id=outcome.job_id, result=outcome.result)
    if outcome.later:
        return Verdict(ItemState.FOLLOWING, delay=pace(item), result=outcome.result)
    return Verdict(ItemState.DONE, result=outcome.result)


def _nothing_there(item: OperationItem) -> Verdict:
    if item.state == ItemState.FOLLOWING:
        return Verdict(ItemState.FAILED, error=_("What had begun is no longer to be found at the service."))
    if item.looks + 1 < len(LOOKS):
        return Verdict(ItemState.DOUBT, delay=LOOKS[item.looks + 1], looked=True)
    if item.job_id is not None:
        return Verdict(
            ItemState.UNKNOWN,
            error=_("The service accepted this and then forgot its job; no effect can be found."),
            code="lost",
        )
    if item.attempts >= MOST_ATTEMPTS:
        return _ask(_("The call was repeated %(n)d times and never answered.") % {"n": item.attempts}, "unanswered")
    return Verdict(ItemState.WAITING)


def _of_call(item: OperationItem, act: Act, error: Exception) -> Verdict:
    if isinstance(error, NotNow):
        return _again_later(item, error)
    if isinstance(error, ConnectionFailed):
        return _failed(error) if error.kind in _HOPELESS else _again_later(item, error)
    if isinstance(error, Throttled):
        return _again_later(item, error, pause=pause_of(error))
    if isinstance(error, Conflict) and act.repeatable and item.attempts < MOST_CONFLICTS:
        return Verdict(ItemState.WAITING, delay=pace(item))
    if isinstance(error, IMSError) and not isinstance(error, _UNSEEN):
        return _failed(error)
    if not act.repeatable:
        return Verdict(ItemState.DOUBT, delay=LOOKS[0], **_words(error))
    if item.attempts >= MOST_ATTEMPTS:
        return Verdict(ItemState.UNKNOWN, **_words(error))
    return Verdict(ItemState.WAITING, delay=pace(item), **_words(error))


def _of_look(item: OperationItem, error: Exception) -> Verdict:
    """The look itself failed: nothing is known, nothing is lost."""
    curable = isinstance(error, ConnectionFailed | Throttled | Unauthorized | _UNSEEN)
    if not curable or _is_old(item):
        return Verdict(ItemState.UNKNOWN, **_words(error))
    pause = pause_of(error) if isinstance(error, Throttled) else 0.0
    return Verdict(ItemState(item.state), delay=pace(item), pause=pause)


def _again_later(item: OperationItem, error: Exception, pause: float = 0.0) -> Verdict:
    if not _is_old(item):
        return Verdict(ItemState.WAITING, delay=max(pause, pace(item)), undone=True, pause=pause, **_words(error))
    said = _words(error)
    said["error"] = _("Given up after a day of trying. %(why)s") % {"why": said["error"]}
    return Verdict(ItemState.FAILED if item.attempts <= 1 else ItemState.UNKNOWN, **said)


def _failed(error: IMSError) -> Verdict:
    return Verdict(ItemState.FAILED, **_words(error))


def _ask(sentence: str, code: str) -> Verdict:
    return Verdict(ItemState.UNKNOWN, error=sentence, code=code)


def _words(error: Exception) -> dict[str, str]:
    if not isinstance(error, IMSError):
        ours = str(error) if isinstance(error, NotNow) else _("The console failed over this; its log says why.")
        return {"error": ours}
    code = error.code if isinstance(error, ResponseError) else type(error).__name__
    return {"error": str(error), "code": code[:40], "request_id": error.request_id[:80]}


def _is_old(item: OperationItem) -> bool:
    return timezone.now() - item.operation.created_at > PATIENCE


def pause_of(error: Throttled) -> float:
    """Seconds for which nobody sends anything to the project: what the service says, else five; at most ten minutes."""
    return min(600.0, error.retry_after if error.retry_after is not None else 5.0)


def pace(item: OperationItem) -> float:
    """Seconds until the next try: the longer an operation takes, the less often, from half a second to fifteen."""
    age = (timezone.now() - item.operation.created_at).total_seconds()
    return min(15.0, max(0.5, age / 4)) * random.uniform(0.7, 1.0)  # noqa: S311 - to spread, not to hide
