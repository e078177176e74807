from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=10)
class OperationAuditEvent(AuditEvent):
    """Named at length, since `OperationEvent` is a line of the story of an operation."""

    ASKED = "operation.asked", _("asked for")
    CANCELLED = "operation.cancelled", _("cancelled")
    RETRIED = "operation.retried", _("tried again what failed of")
    SETTLED = "operation.settled", _("settled what was unknown of")
    APPROVED = "operation.approved", _("approved")
    REFUSED = "operation.refused", _("refused")
    EXPIRED = "operation.expired", _("did not answer in time to")
    UNDONE = "operation.undone", _("took back")
    ENDED = "operation.ended", _("ended")


@declare(place=120)
class ConsentPolicyEvent(AuditEvent):
    CHANGED = "consent_policy.changed", _("changed what needs a second person in")
