"""A share as the inbox and its page show it: words and tones of its state, and how far the votes are."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.incoming.enums import ShareState
from images.incoming.models import IncomingShare, ShareVote
from images.incoming.rules import Terms

TONES: Mapping[str, str] = {
    ShareState.PENDING: "wait",
    ShareState.ASKED: "note",
    ShareState.ACCEPTING: "accent",
    ShareState.REJECTING: "accent",
    ShareState.ACCEPTED: "good",
    ShareState.REJECTED: "bad",
    ShareState.REVOKED: "",
}
MEMBER_TONES = {"accepted": "good", "pending": "wait", "rejected": "bad"}
EVENT_TONES = {
    "approved": "good",
    "refused": "bad",
    "decided": "accent",
    "carried_out": "good",
    "elsewhere": "wait",
    "changed": "wait",
    "escalated": "bad",
    "reminded": "wait",
    "too_late": "wait",
}


@dataclass(frozen=True)
class Flag:
    """Something out of the ordinary, in one word and a sentence."""

    word: str
    tone: str
    title: str


def flags_of(share: IncomingShare, *, stuck: bool) -> list[Flag]:
    found = []
    if stuck:
        found.append(Flag(_("did not arrive"), "bad", _("What was decided could not be carried out at IMS.")))
    if share.elsewhere:
        found.append(Flag(_("decided elsewhere"), "wait", _("Somebody has answered outside the console.")))
    if share.reopened:
        found.append(Flag(_("opened again"), "wait", share.reopened))
    if share.encrypted:
        found.append(Flag(_("encrypted"), "accent", ""))
    return found


def progress_of(share: IncomingShare, terms: Terms) -> str:
    """ "1 of 2 approvals, 1 against"."""
    said = ngettext("%(given)d of %(needed)d approval", "%(given)d of %(needed)d approvals", terms.approvals)
    words = said % {"given": share.approvals, "needed": terms.approvals}
    if share.rejections:
        words += ", " + _("%(n)d of %(needed)d against") % {"n": share.rejections, "needed": terms.rejections}
    return words


def mine(vote: ShareVote | None) -> str:
    """What the reader has said."""
    if vote is None:
        return ""
    return _("you approved") if vote.approves else _("you voted against")
