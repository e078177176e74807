"""Statements that are kept: one for all people, and each is shown their own."""

import pytest
from django.db import connection

from images.access.enums import Role
from images.access.models import Team
from images.cache.queries.visibility import visible_projects_of
from images.core import statements
from images.operations.enums import ActionKind
from images.operations.queries.operations import version_of
from images.operations.services import Target, submit
from tests import factories
from tests.conftest import person

pytestmark = pytest.mark.also_on_postgres

#: After five times PostgreSQL may change from a plan for these parameters to one for all.
TIMES = 8


@pytest.fixture
def two(db):
    return [factories.project(name) for name in ("eu-west-0_one", "eu-west-0_other")]


def test_a_kept_statement_serves_all_and_shows_each_their_own(two, admin):
    one, other = two
    people = [person("one", Role.VIEWER, project=one), person("other", Role.OPERATOR, project=other), admin]
    nobody = person("nobody")
    visible_projects_of(nobody)
    compiled = statements._compiled.cache_info().misses
    for _ in range(TIMES):
        seen = [[(project.name, project.operable) for project in visible_projects_of(user).projects] for user in people]
        assert seen == [[(one.name, False)], [(other.name, True)], [(one.name, True), (other.name, True)]]
        assert visible_projects_of(nobody).projects == ()
    assert statements._compiled.cache_info().misses == compiled


def test_a_kept_plan_follows_a_change_of_rights(two, admin):
    one, _other = two
    factories.put(one, factories.document(1, one.project_id))
    image = one.images.get()
    parameters = {"add": [{"key": "env", "value": "prod"}]}
    targets = [Target(one, image, image.name)]
    asked = submit(actor=admin, kind=ActionKind.TAG, targets=targets, parameters=parameters, key="k")
    looker = person("looker", Role.VIEWER, project=one)
    team = Team.objects.get(memberships__user=looker)
    for _ in range(TIMES):
        assert version_of(looker, asked.pk) == (asked.version, asked.key, False, asked.project_id)
    team.grants.update(role=Role.OPERATOR)
    assert version_of(looker, asked.pk) == (asked.version, asked.key, True, asked.project_id)
    team.grants.all().delete()
    assert version_of(looker, asked.pk) is None
    assert version_of(admin, asked.pk) is not None


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plans for a connection by name")
def test_only_statements_that_ask_for_it_are_prepared(two, admin):
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    for _ in range(TIMES):
        visible_projects_of(admin)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [statement for (statement,) in cursor.fetchall()]
    (only,) = kept
    assert '"operable"' in only
