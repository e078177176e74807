"""Who may do what, by the roles that teams give: the table of images/access/permissions.py, in full."""

import pytest
from django.core.exceptions import PermissionDenied

from images.access.enums import Role
from images.access.models import Team
from images.access.permissions import Ability, can, check, projects_for, visible_projects
from images.cache.queries.visibility import visible_projects_of
from images.clouds.models import Project
from tests import factories
from tests.conftest import grant, person

TABLE = {
    Role.VIEWER: set(),
    Role.OPERATOR: {Ability.OPERATE},
    Role.APPROVER: {Ability.DECIDE},
    Role.ADMINISTRATOR: {Ability.OPERATE, Ability.DECIDE, Ability.ADMINISTER},
}


@pytest.fixture
def own(db) -> Project:
    return factories.project("own")


@pytest.fixture
def foreign(db) -> Project:
    return factories.project("foreign")


def abilities(user, project: Project) -> set[Ability]:
    return {ability for ability in Ability if can(user, ability, project)}


@pytest.mark.parametrize("role", Role)
def test_a_role_gives_its_abilities_in_its_project_alone(own, foreign, role):
    user = person("somebody", role, project=own)
    assert abilities(user, own) == TABLE[role]
    assert abilities(user, foreign) == set()
    assert list(visible_projects(user)) == [own]


@pytest.mark.parametrize("role", Role)
def test_a_role_in_every_project_counts_for_those_to_come(own, role):
    user = person("somebody", role)
    later = factories.project("later")
    assert abilities(user, own) == abilities(user, later) == TABLE[role]


def test_roles_of_several_teams_add_up(own, foreign):
    user = person("somebody", Role.OPERATOR, project=own)
    security = Team.objects.create(name="Security")
    security.grants.create(role=Role.APPROVER, project=own)
    security.grants.create(role=Role.VIEWER, project=foreign)
    security.memberships.create(user=user)
    assert abilities(user, own) == {Ability.OPERATE, Ability.DECIDE}
    assert set(visible_projects(user)) == {own, foreign}
    assert list(projects_for(user, Ability.DECIDE)) == [own]


def test_nobody_sees_anything_without_a_team(own):
    user = person("newcomer")
    assert not visible_projects(user).exists()
    assert abilities(user, own) == set()


def test_who_leaves_the_team_leaves_its_roles(own):
    user = person("somebody", Role.ADMINISTRATOR, project=own)
    user.memberships.all().delete()
    assert not visible_projects(user).exists()
    assert abilities(user, own) == set()


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}])
def test_administrators_of_the_console_may_everything(own, rights):
    user = person("root", **rights)
    assert abilities(user, own) == set(Ability)
    assert list(visible_projects(user)) == [own]


def test_a_project_that_is_not_managed_is_nobodys(own):
    Project.objects.update(enabled=False)
    assert abilities(person("root", is_staff=True), own) == set()


def test_a_person_who_is_switched_off_may_nothing(own):
    user = person("gone", Role.ADMINISTRATOR, is_staff=True)
    user.is_active = False
    user.save()
    assert abilities(user, own) == set()
    user.is_active = True  # also when an old object says otherwise: the database decides
    assert abilities(user, own) == set()


def test_the_refusal_names_the_project(own):
    with pytest.raises(PermissionDenied, match="images of own, but not change them"):
        check(person("somebody", Role.VIEWER), Ability.OPERATE, own)


def test_the_list_learns_in_its_one_query_where_it_may_act(own, foreign):
    user = person("somebody", Role.VIEWER)
    assert not visible_projects_of(user).may_operate
    grant(user, Role.OPERATOR, project=foreign)
    assert {one.name: one.operable for one in visible_projects_of(user).projects} == {"own": False, "foreign": True}
    assert visible_projects_of(user).may_operate
