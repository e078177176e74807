"""Who may do what. Rules come in pairs: `check_…` raises with a sentence, `can_…` answers."""

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _


def check_can_manage_accounts(user: User | AnonymousUser) -> None:
    """Accounts are credentials of whole clouds: only staff adds, changes and removes them. Raises PermissionDenied."""
    if not can_manage_accounts(user):
        raise PermissionDenied(_("Only administrators of this console may add, change or remove accounts."))


def can_manage_accounts(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_staff
