"""States and events of shares that others offer us.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ShareState(TextChoices):
    """Of an image that is shared with a project, as the team sees it (docs/approval.md has the picture)."""

    PENDING = "pending", _("waiting")
    ASKED = "asked", _("more asked")
    ACCEPTING = "accepting", _("approved, being sent")
    REJECTING = "rejecting", _("turned down, being sent")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    REVOKED = "revoked", _("taken back")


OPEN_SHARES = (ShareState.PENDING, ShareState.ASKED)


SENT_SHARES = (ShareState.ACCEPTING, ShareState.REJECTING)


class ShareBox(TextChoices):
    """Drawers of the inbox; each holds shares of one or two states."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being carried out")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    REVOKED = "revoked", _("Taken back")


class ShareEventKind(TextChoices):
    """What the story of a share is made of."""

    APPEARED = "appeared", _("shared with us")
    JUDGED = "judged", _("held against the policy")
    COMMENTED = "commented", _("commented")
    ASKED = "asked", _("asked for more")
    ASSIGNED = "assigned", _("assigned")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("voted against")
    TOO_LATE = "too_late", _("came too late")
    DECIDED = "decided", _("decided")
    CARRIED_OUT = "carried_out", _("carried out")
    TRIED_AGAIN = "tried_again", _("tried again")
    ELSEWHERE = "elsewhere", _("decided outside the console")
    CHANGED = "changed", _("changed after the decision")
    REOPENED = "reopened", _("opened again")
    REVOKED = "revoked", _("taken back by its owner")
    REMINDED = "reminded", _("waits for long")
    ESCALATED = "escalated", _("waits for too long")
