"""The cast and what every test shares. Real parts live beside this file: sandbox_process, postgres, browser/."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

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


@pytest.fixture(autouse=True)
def _empty_index():
    """The index is held per process; each test has a database of its own."""
    from images.selectors import index

    index.forget()
