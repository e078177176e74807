from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=20)
class AccountEvent(AuditEvent):
    ADDED = "account.added", _("added the account")
    CHANGED = "account.changed", _("changed the account")
    REMOVED = "account.removed", _("removed the account")


@declare(place=30)
class ProjectEvent(AuditEvent):
    MANAGED = "project.managed", _("took under management the project")
    GIVEN_UP = "project.given_up", _("gave up the project")
