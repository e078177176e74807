"""The cast and what every test shares. Real parts live beside this file: sandbox_process, postgres, browser/."""

import gc
from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client, SimpleTestCase
from hypothesis import HealthCheck, settings

from images.access.enums import Role
from images.access.models import Team
from images.clouds.models import Project
from images.migrations.sql import append_only_audit as triggers
from tests import database
from tests.sandbox_process import SandboxProcess

# A busy machine is no finding: what takes long there says nothing of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

#: Fixtures that several rooms share.
pytest_plugins = ["tests.order", "tests.browser.fixtures", "tests.operations.fixtures"]

PASSWORD = "correct-horse-battery-7"


def person(name: str, *roles: Role, project: Project | None = None, **rights: bool):
    """Somebody with an account, in a team of their own with these roles (in every project, or in one); all of the cast
    share one password."""
    user = get_user_model().objects.create_user(username=name, email=f"{name}@example.org", password=PASSWORD, **rights)
    grant(user, *roles, project=project)
    return user


def grant(user, *roles: Role, project: Project | None = None) -> None:
    """Through a team of one."""
    team, _made = Team.objects.get_or_create(name=f"team of {user.username}")
    team.memberships.get_or_create(user=user)
    for role in roles:
        team.grants.get_or_create(role=role, project=project)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the database or the browser is marked so, by what it asks for."""
    for item in items:
        case = getattr(item, "cls", None)
        fixtures = {*getattr(item, "fixturenames", ())}
        asked = {"db", "transactional_db", "django_db_setup"} & fixtures
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if asked or item.get_closest_marker("django_db") or (case and issubclass(case, SimpleTestCase)):
            item.add_marker(pytest.mark.database)


def pytest_collection_finish() -> None:
    """What the collection has made stays to the end: the collector need not go through it again and again (8 % of the
    time of a test of views)."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings) -> Iterator[None]:
    with database.migrated():
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests with real transactions empty the tables afterwards; the audit's triggers would refuse that.

    tests/audit/test_recording.py puts them back for itself. That they are there to be dropped is a test, too.
    """
    with django_db_blocker.unblock():
        database.keep()
    database.empty_quickly()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in {"sqlite": triggers.SQLITE_BACK, "postgresql": triggers.POSTGRESQL_BACK}[connection.vendor]:
            cursor.execute(statement)


@pytest.fixture
def admin(db):
    """May do everything, accounts included."""
    return person("admin", is_staff=True, is_superuser=True)


@pytest.fixture
def viewer(db):
    """Signed in, may look at every managed project."""
    return person("viewer", Role.VIEWER)


@pytest.fixture
def as_admin(admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def as_viewer(viewer) -> Client:
    client = Client()
    client.force_login(viewer)
    return client


@pytest.fixture
def anonymous() -> Client:
    return Client()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """A sandbox that all tests of a worker share: read it, and leave it as it was."""
    with SandboxProcess(tmp_path_factory.mktemp("cloud"), images=60) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_counted():
    """What people have asked for and tried is counted in the cache, which knows nothing of a transaction's end."""
    cache.clear()


@pytest.fixture(autouse=True)
def _empty_index():
    """The index is held per process; each test has a database of its own."""
    from images.cache.queries import index

    index.forget()
