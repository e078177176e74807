from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=200)
class AuditFileEvent(AuditEvent):
    EXPORTED = "audit.exported", _("exported the audit")
