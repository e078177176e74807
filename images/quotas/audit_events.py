from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=130)
class QuotaEvent(AuditEvent):
    THRESHOLDS_CHANGED = "quota.thresholds_changed", _("changed when people are told of the quota of")
    CROSSED = "quota.crossed", _("saw a threshold crossed by the quota of")
