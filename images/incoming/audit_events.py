from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=180)
class ShareInEvent(AuditEvent):
    APPROVED = "share.approved", _("approved the shared image")
    REFUSED = "share.refused", _("voted against the shared image")
    TOO_LATE = "share.too_late", _("came too late to decide about the shared image")
    DECIDED = "share.decided", _("decided about the shared image")
    SENT_AGAIN = "share.sent_again", _("sent again the decision about the shared image")
    COMMENTED = "share.commented", _("commented on the shared image")
    ASKED = "share.asked", _("asked for more about the shared image")
    ASSIGNED = "share.assigned", _("assigned the shared image")
    REOPENED = "share.reopened", _("opened again the decision about the shared image")
    ELSEWHERE = "share.elsewhere", _("noticed an answer outside the console to the shared image")
    CHANGED = "share.changed", _("noticed a change after the decision of the shared image")
    REMINDED = "share.reminded", _("reminded of the shared image")
    ESCALATED = "share.escalated", _("escalated the shared image")


@declare(place=190)
class SharePolicyEvent(AuditEvent):
    CHANGED = "share_policy.changed", _("changed the policy for shared images")
