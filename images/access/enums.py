"""Roles.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a team is in a project; images/access/permissions.py tells what each may do."""

    VIEWER = "viewer", _("Viewer")
    OPERATOR = "operator", _("Operator")
    APPROVER = "approver", _("Approver")
    ADMINISTRATOR = "administrator", _("Administrator")

    @property
    def explained(self) -> str:
        """What it allows, in words."""
        return str(
            {
                Role.VIEWER: _("looks at images"),
                Role.OPERATOR: _("looks, and changes images"),
                Role.APPROVER: _("looks, and decides about what is shared and asked for"),
                Role.ADMINISTRATOR: _("all of that, and changes the project's policies"),
            }[self]
        )
