"""Only with GLANCE_VENV, which `make test-glance` sets: the services take half a minute to start."""

import os
from collections.abc import Callable, Iterator

import pytest

from images.ims import Identity, IMSClient, PasswordCredentials
from tests.glance.glance import venv_of
from tests.glance.keystone import PASSWORD
from tests.glance.lab import USERS, Lab

VENV = os.environ.get("GLANCE_VENV", "")

collect_ignore_glob = [] if VENV else ["test_*.py"]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(venv_of(VENV), tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def client_of(lab: Lab) -> Callable[[str], IMSClient]:
    """A client for a project of the lab, as its user."""

    def sign_in(project: str) -> IMSClient:
        identity = Identity(lab.keystone.url, PasswordCredentials(USERS[project], PASSWORD, "Default"))
        project_id = lab.projects[project]
        (endpoint,) = identity.catalog(project_id)
        return IMSClient(
            endpoint.url, project_id, identity.auth_for(project_id), kind="openstack", region=endpoint.region
        )

    return sign_in
