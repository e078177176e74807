"""People and teams as their pages show them, and who may do what in a project, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q, QuerySet

from images.access.enums import Role
from images.access.models import Grant, Membership, Team
from images.access.permissions import ROLES, Ability
from images.clouds.models import Project
from images.core.days import search_text
from images.core.spelling import containing

PER_PAGE = 50


@dataclass
class ProjectPermission:
    """What somebody may in a project. `why`: (role, team) pairs; `is_staff`: everything, as an administrator of the
    console."""

    person: User
    is_staff: bool
    why: list[tuple[Grant, Team]] = field(default_factory=list)

    @property
    def abilities(self) -> Mapping[str, bool]:
        """For the columns of a table."""
        roles = {given.role for given, _team in self.why}
        return {ability.value: self.is_staff or bool(roles & set(ROLES[ability])) for ability in Ability}


def people(query: str, number: str) -> Page[User]:
    """Active people first, each with teams."""
    users = get_user_model().objects.order_by("-is_active", "username")
    words = search_text(query)
    if words:
        users = users.filter(
            containing("username", words) | containing("email", words) | containing("teams__name", words)
        )
    return Paginator(users.distinct().prefetch_related("teams"), PER_PAGE).get_page(number)


def teams() -> QuerySet[Team]:
    """With how many are in each, and its roles."""
    grants = Prefetch("grants", Grant.objects.select_related("project__region"))
    return Team.objects.annotate(size=Count("memberships")).prefetch_related(grants).order_by("name")


def grants_of(team: Team) -> Sequence[Grant]:
    """Roles everywhere come first."""
    return sorted(
        team.grants.select_related("project__region"), key=lambda grant: (grant.project_id is not None, str(grant))
    )


def members_of(team: Team) -> QuerySet[Membership]:
    return team.memberships.select_related("user")


def people_outside(team: Team) -> QuerySet[User]:
    """Who could be added."""
    return get_user_model().objects.filter(is_active=True).exclude(teams=team).order_by("username")


def roles_of(person: User) -> Sequence[Grant]:
    """What teams give somebody, everywhere first."""
    given = Grant.objects.filter(team__memberships__user=person).select_related("team", "project__region")
    return sorted(given, key=lambda grant: (grant.project_id is not None, str(grant.project or ""), grant.role))


def project_permissions(project: Project) -> list[ProjectPermission]:
    """Everybody who may anything in the project: those whom a team brings there first, then who administers the
    console. Three queries, however many there are."""
    grants = Grant.objects.filter(Q(project=project) | Q(project=None)).select_related("team", "project__region")
    by_team: dict[int, list[Grant]] = defaultdict(list)
    for given in grants:
        by_team[given.team_id].append(given)
    permissions: dict[int, ProjectPermission] = {}
    members = Membership.objects.filter(team__in=list(by_team), user__is_active=True).select_related("user")
    for member in members:
        person = member.user
        permission = permissions.setdefault(
            person.pk, ProjectPermission(person, person.is_staff or person.is_superuser)
        )
        permission.why += [(given, given.team) for given in by_team[member.team_id]]
    staff = Q(is_staff=True) | Q(is_superuser=True)
    for person in get_user_model().objects.filter(staff, is_active=True).exclude(pk__in=list(permissions)):
        permissions[person.pk] = ProjectPermission(person, is_staff=True)
    return sorted(permissions.values(), key=lambda permission: (not permission.why, permission.person.username))


def grantable() -> QuerySet[Project]:
    """Projects in which a team may be given a role."""
    return Project.objects.managed().select_related("region").order_by("region__name", "name")


def role_words() -> list[tuple[str, str, str]]:
    """(value, label, what it allows) of each role."""
    return [(role.value, str(role.label), role.explained) for role in Role]
