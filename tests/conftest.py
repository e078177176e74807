"""The cast and what every test shares. Real parts live beside this file: sandbox_process, postgres, browser/."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from hypothesis import HealthCheck, settings

from tests.sandbox_process import SandboxProcess

# A busy machine is no finding: what takes long there says nothing of the code.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

PASSWORD = "correct-horse-battery-7"


def person(name: str, **rights: bool):
    """Somebody with an account; all of the cast share one password."""
    return get_user_model().objects.create_user(username=name, email=f"{name}@example.org", password=PASSWORD, **rights)


@pytest.fixture
def admin(db):
    """May do everything, accounts included."""
    return person("admin", is_staff=True, is_superuser=True)


@pytest.fixture
def viewer(db):
    """Signed in, may look at every managed project."""
    return person("viewer")


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
def _empty_index():
    """The index is held per process; each test has a database of its own."""
    from images.selectors import index

    index.forget()
