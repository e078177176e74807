from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=160)
class ViewEvent(AuditEvent):
    SHARED = "view.shared", _("shared with everybody the view")
    UNSHARED = "view.unshared", _("no longer shares the view")
    REMOVED = "view.removed", _("deleted the shared view")
