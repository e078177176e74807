"""Our client tells the life of an image to the sandbox; `make test-glance` lets a real Glance hear the same."""

from collections.abc import Callable

import pytest

from images.ims import Identity, IMSClient, PasswordCredentials
from images.sandbox import Sandbox, cast
from tests.protocol import scenario
from tests.protocol.ledger import covers

CLIENT = "image-console"
AGENT = "^image-console$"


@pytest.fixture
def client_of(sandbox: Sandbox) -> Callable[[cast.Project, str], IMSClient]:
    def sign_in(project: cast.Project, kind: str) -> IMSClient:
        user = next(user for user in cast.USERS if user.domain_id == project.domain_id)
        credentials = PasswordCredentials(user.name, user.password, cast.domain_by_id(user.domain_id).name)
        identity = Identity(f"{sandbox.base_url}/v3", credentials)
        (endpoint,) = [place for place in identity.catalog(project.id) if place.region == project.region]
        return IMSClient(endpoint.url, project.id, identity.auth_for(project.id), kind=kind, region=project.region)

    return sign_in


@pytest.mark.parametrize("kind", ["ims", "openstack"])
@covers(
    "3.1", "6.1.2", "6.1.3", "6.1.4", "6.1.5", "6.1.6", "6.2.1", "6.2.2", "6.4.1", "6.4.2", "6.4.3", "6.4.4", "6.4.5"
)
def test_the_life_of_an_image(client_of, kind):
    """As an IMS, with the operations of the extension; and by native calls alone, as if it were a Glance."""
    owner, partner = (client_of(project, kind) for project in (cast.DEMO_PROJECTS[0], cast.FOREIGN_PROJECTS[0]))
    scenario.whole_life(scenario.Cast(owner, partner, values=kind == "ims"))


@covers("5.5.1")
def test_the_quota(client_of):
    owner, partner = (client_of(project, "ims") for project in (cast.DEMO_PROJECTS[0], cast.FOREIGN_PROJECTS[0]))
    scenario.count(scenario.Cast(owner, partner))
