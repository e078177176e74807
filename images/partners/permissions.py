"""Who may do what with the address book, which is one for all. Pairs as in access/permissions.py."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from images.access.permissions import Ability, is_console_administrator, projects_for
from images.core.requests import Person


def check_can_edit_partners(user: Person) -> None:
    """The address book is one for all: who operates in any project adds and changes. Raises PermissionDenied."""
    if not can_edit_partners(user):
        raise PermissionDenied(_("Operators of a project add and change partners; you may look at them."))


def can_edit_partners(user: Person) -> bool:
    return projects_for(user, Ability.OPERATE).exists()


def check_can_set_trust(user: Person) -> None:
    """Whom we trust or bar binds everybody: administrators of a project say so. Raises PermissionDenied."""
    if not can_set_trust(user):
        raise PermissionDenied(_("Only administrators of a project say whom we trust and whom we bar."))


def can_set_trust(user: Person) -> bool:
    return is_console_administrator(user) or projects_for(user, Ability.ADMINISTER).exists()
