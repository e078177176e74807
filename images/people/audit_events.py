from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=80)
class TeamEvent(AuditEvent):
    ADDED = "team.added", _("made the team")
    CHANGED = "team.changed", _("changed the team")
    REMOVED = "team.removed", _("removed the team")


@declare(place=100)
class RoleEvent(AuditEvent):
    GRANTED = "role.granted", _("gave a role to the team")
    REVOKED = "role.revoked", _("took a role from the team")
