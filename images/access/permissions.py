"""Who may do what. Rules come in pairs: `check_…` raises with a sentence, `can_…` answers.

People have roles in projects through their teams. A role gives abilities:

| | view | operate | decide | administer |
|---|---|---|---|---|
| viewer | x | | | |
| operator | x | x | | |
| approver | x | | x | |
| administrator | x | x | x | x |

Operators ask for acts, approvers decide about what others ask or share: so that two people are needed where a project
demands it, an approver does not operate unless another team makes them an operator too. Administrators of the console
(staff) have every ability in every project, and alone manage accounts, teams and people.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.access.enums import Role
from images.access.models import granted
from images.clouds.models import Project
from images.core.requests import Person


class Ability(StrEnum):
    """What a role allows in a project, beside looking."""

    OPERATE = "operate"
    DECIDE = "decide"
    ADMINISTER = "administer"


ROLES: Mapping[Ability, tuple[Role, ...]] = {
    Ability.OPERATE: (Role.OPERATOR, Role.ADMINISTRATOR),
    Ability.DECIDE: (Role.APPROVER, Role.ADMINISTRATOR),
    Ability.ADMINISTER: (Role.ADMINISTRATOR,),
}
_REFUSALS = {
    Ability.OPERATE: gettext_lazy("You may look at the images of %(project)s, but not change them."),
    Ability.DECIDE: gettext_lazy("Only approvers of %(project)s decide about what is shared and asked for."),
    Ability.ADMINISTER: gettext_lazy("Only administrators of %(project)s change its policies."),
}


def visible_projects(user: Person) -> QuerySet[Project]:
    """The managed projects that this person may see: those in which they have any role."""
    return _granted_to(user)


def projects_for(user: Person, ability: Ability) -> QuerySet[Project]:
    """The managed projects in which this person has the ability."""
    return _granted_to(user, *ROLES[ability])


def _granted_to(user: Person, *roles: Role) -> QuerySet[Project]:
    """Decided in SQL by the person's primary key: cache/queries/visibility.py keeps the statement."""
    if user.pk is None or not user.is_active:
        return Project.objects.none()
    return Project.objects.managed().filter(granted(user.pk, *roles))


def can(user: Person, ability: Ability, project: Project) -> bool:
    return projects_for(user, ability).filter(pk=project.pk).exists()


def check(user: Person, ability: Ability, project: Project) -> None:
    """Raises PermissionDenied."""
    if can(user, ability, project):
        return
    if not visible_projects(user).filter(pk=project.pk).exists():
        raise PermissionDenied(_("It concerns a project in which you have no role."))  # nor are they told which
    raise PermissionDenied(refusal(ability, project))


def refusal(ability: Ability, project: Project) -> str:
    """Why somebody without the ability may not, in words."""
    return _REFUSALS[ability] % {"project": project}


def check_can_operate(user: Person, project: Project) -> None:
    """Whether this person may change images of the project. Raises PermissionDenied."""
    check(user, Ability.OPERATE, project)


def can_operate(user: Person, project: Project) -> bool:
    return can(user, Ability.OPERATE, project)


def check_can_decide(user: Person, project: Project) -> None:
    """Whether this person may decide about what is shared with the project. Raises PermissionDenied."""
    check(user, Ability.DECIDE, project)


def can_decide(user: Person, project: Project) -> bool:
    return can(user, Ability.DECIDE, project)


def is_console_administrator(user: Person) -> bool:
    """Staff: may do everything, and alone what concerns the whole console."""
    return user.is_active and (user.is_staff or user.is_superuser)


def check_can_manage_accounts(user: Person) -> None:
    """Accounts are credentials of whole clouds: only staff adds, changes and removes them. Raises PermissionDenied."""
    if not can_manage_accounts(user):
        raise PermissionDenied(_("Only administrators of this console may add, change or remove accounts."))


def can_manage_accounts(user: Person) -> bool:
    return is_console_administrator(user)


def check_can_manage_teams(user: Person) -> None:
    """Teams, their members and roles, and people. Raises PermissionDenied."""
    if not can_manage_teams(user):
        raise PermissionDenied(_("Only administrators of this console may change people, teams and roles."))


def can_manage_teams(user: Person) -> bool:
    return is_console_administrator(user)
