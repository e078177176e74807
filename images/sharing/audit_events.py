from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=150)
class ShareOutEvent(AuditEvent):
    FORGOTTEN = "share.forgotten", _("took off the list of shares")
