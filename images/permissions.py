"""Who may do what. Rules come in pairs: `check_…` raises with a sentence, `can_…` answers."""

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from images.models import Project


def check_can_manage_accounts(user: User | AnonymousUser) -> None:
    """Accounts are credentials of whole clouds: only staff adds, changes and removes them. Raises PermissionDenied."""
    if not can_manage_accounts(user):
        raise PermissionDenied(_("Only administrators of this console may add, change or remove accounts."))


def can_manage_accounts(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_staff


def check_can_operate(user: User | AnonymousUser, project: Project) -> None:
    """Whether this person may change images of the project. Raises PermissionDenied."""
    if not can_operate(user, project):
        raise PermissionDenied(
            _("You may look at the images of %(project)s, but not change them.") % {"project": project}
        )


def can_operate(user: User | AnonymousUser, project: Project) -> bool:
    """Staff, and whoever was given the permission "images.operate". Roles per project (a later release) change this."""
    return project.enabled and may_operate(user)


def may_operate(user: User | AnonymousUser) -> bool:
    """The part of `can_operate` that is about the person alone: people for whom it is the same are shown the same."""
    return user.is_active and (user.is_staff or user.has_perm("images.operate"))
