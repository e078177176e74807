from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=170)
class ReportEvent(AuditEvent):
    SCHEDULED = "report.scheduled", _("asked to get by mail the report")
    UNSCHEDULED = "report.unscheduled", _("ended by mail the report")
    SENT = "report.sent", _("sent by mail the report")
