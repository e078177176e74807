"""What follows from an answer, or from its absence: one place that turns every error of the client into a next step."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils.translation import gettext as _

from images.core.backoff import ITEMS
from images.core.encryption import SecretUnreadable
from images.core.error_messages import code_of
from images.ims import (
    BadRequest,
    Conflict,
    ConnectionFailed,
    Forbidden,
    IMSError,
    MalformedAnswer,
    OutcomeUnknown,
    ServerError,
    Throttled,
    Unauthorized,
)
from images.operations.actions import Action, ActionFailed, CannotTell, NotNow, RefusedTogether
from images.operations.enums import ItemState

#: Seconds before a lost answer is followed up: the service may still be at it.
SETTLE = 3.0
#: Looks in vain before a call counts as never taken.
LOOKS = 2
#: Seconds between attempts.
backoff = ITEMS.pause
#: After so long nobody waits any more.
GIVE_UP = timedelta(hours=2)
#: What is wrong with our sign-in may be mended by somebody; so many attempts are made.
SIGN_INS = 5
#: Somebody else changes the same image at this moment (409): it passes.
CONFLICTS = 5
#: A refusal whose reason cannot be read did nothing, and the next one says why: after a lost answer the reason may be
#: that our first call took effect. Lost ones count too, so this is more than patience alone would ask for.
SILENT = 12
#: Pause of a project that says "too many" without saying how long.
PAUSE = 2.0

_FAULT = _("The console failed on this item; its log says why.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that follows, when to go on, and the sentence that people read. `pause`: seconds for all of the
    project's calls; `counts`: the attempt is counted."""

    to: ItemState
    wait: float = 0.0
    sentence: str = ""
    code: str = ""
    request_id: str = ""
    pause: float = 0.0
    counts: bool = True
    is_fault: bool = False
    #: The call went out and nobody knows whether it took effect, although it is simply sent again.
    lost: bool = False


def judge(  # noqa: C901, PLR0911, PLR0912 # a table of cases
    error: BaseException, act: Action, *, attempts: int, age: timedelta, looking: bool, was_lost: bool = False
) -> Verdict:
    """`age`: since its first failure in a row. `looking`: the error came while the effect of an earlier call was looked
    for, so that call is still in doubt. `was_lost`: the answer to an earlier call never came, and the act was simply
    sent again."""
    code = code_of(error)
    request_id = str(getattr(error, "request_id", "") or "")[:80]
    unsure = ItemState.UNCONFIRMED if looking else ItemState.WAITING

    def verdict(to: ItemState, wait: float = 0.0, *, pause: float = 0.0, counts: bool = True) -> Verdict:
        return Verdict(to, wait, str(error), code, request_id, pause, counts)

    match error:
        case Throttled():
            pause = ITEMS.pause(1, asked=error.retry_after or PAUSE)
            return verdict(unsure, pause, pause=pause, counts=False)
        case RefusedTogether():
            return replace(verdict(ItemState.WAITING, counts=False), lost=True)
        case NotNow() if age < GIVE_UP:
            return verdict(unsure, backoff(attempts), counts=False)
        case ConnectionFailed() if age < GIVE_UP:
            return verdict(unsure, backoff(attempts))
        case Unauthorized() if attempts < SIGN_INS:
            return verdict(unsure, backoff(attempts))
        case Conflict() if act.repeatable and attempts < CONFLICTS:
            return verdict(unsure, backoff(attempts))
        case BadRequest() if attempts < SILENT and not (error.code or error.message):
            return verdict(unsure, backoff(attempts))
        case OutcomeUnknown() | MalformedAnswer() | ServerError():
            if age >= GIVE_UP:
                return verdict(ItemState.UNKNOWN)
            if looking or not act.repeatable:
                return verdict(ItemState.UNCONFIRMED, SETTLE + backoff(attempts))
            return replace(verdict(ItemState.WAITING, SETTLE + backoff(attempts)), lost=True)
        case CannotTell():
            return verdict(ItemState.UNKNOWN)
        case Unauthorized() | Forbidden() | SecretUnreadable() | ConnectionFailed() | NotNow() if was_lost:
            return verdict(ItemState.UNKNOWN)  # it says nothing about the earlier call, which may have done it
        case ActionFailed() | IMSError() | SecretUnreadable() | NotNow():
            return verdict(ItemState.UNKNOWN if looking and not isinstance(error, ActionFailed) else ItemState.FAILED)
    return Verdict(ItemState.UNKNOWN if looking else ItemState.FAILED, sentence=_FAULT, is_fault=True)
