from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=140)
class PartnerEvent(AuditEvent):
    ADDED = "partner.added", _("added to the address book")
    CHANGED = "partner.changed", _("changed in the address book")
    REMOVED = "partner.removed", _("removed from the address book")
