from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=40)
class SyncEvent(AuditEvent):
    ASKED = "sync.asked", _("asked for a synchronisation of")
