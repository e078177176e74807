"""python-glanceclient: v2 for what is current, v1 for what the reference calls abandoned."""

import io
from collections.abc import Iterator

import glanceclient
import pytest
from glanceclient import exc
from glanceclient.v2.client import Client
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from images.sandbox import Sandbox, cast
from tests.protocol.ledger import covers

# What a client says about its own future is the business of its makers.
pytestmark = pytest.mark.filterwarnings("ignore")

CLIENT = "python-glanceclient"
AGENT = "python-glanceclient"

PARTNER = cast.FOREIGN_PROJECTS[0].id
CONTENT = b"QFI\xfb" + bytes(10_000)
ABANDONED = "3c3d1d01-b48a-4639-8a88-08be3b9b5d78"


def session_of(sandbox: Sandbox, project: cast.Project) -> Session:
    user = next(user for user in cast.USERS if user.domain_id == project.domain_id)
    password = v3.Password(
        f"{sandbox.base_url}/v3",
        username=user.name,
        password=user.password,
        user_domain_id=user.domain_id,
        project_id=project.id,
    )
    return Session(auth=password)


@pytest.fixture
def session(sandbox: Sandbox) -> Session:
    return session_of(sandbox, cast.DEMO_PROJECTS[0])


@pytest.fixture
def client(session: Session) -> Client:
    return glanceclient.Client("2", session=session, region_name=cast.DEMO_PROJECTS[0].region)


@pytest.fixture
def partner(sandbox: Sandbox) -> Client:
    return glanceclient.Client(
        "2", session=session_of(sandbox, cast.FOREIGN_PROJECTS[0]), region_name=cast.FOREIGN_PROJECTS[0].region
    )


@pytest.fixture
def image_id(client: Client) -> Iterator[str]:
    """An image of our own with a file."""
    made = client.images.create(name="glanceclient", disk_format="qcow2", container_format="bare", min_disk=40)
    assert made.status == "queued"
    client.images.upload(made.id, io.BytesIO(CONTENT))
    yield made.id
    if list(client.images.list(filters={"id": made.id})):
        client.images.delete(made.id)


@covers("6.1.1", "6.1.2", "6.3.1")
def test_lists_and_details(client):
    names = [image.name for image in client.images.list(page_size=7, sort_key="name", sort_dir="asc")]
    assert len(names) > 14
    assert names == sorted(names)
    first = next(client.images.list(filters={"visibility": "public"}))
    assert client.images.get(first.id).name == first.name


def test_every_image_is_what_the_schema_promises(client):
    """The client checks an image against the schema before it changes anything of it. 6.3.1 promises that attributes it
    does not name are texts (I11); under these two names the reference itself prints null and true."""
    printed_otherwise = {"__data_origin", "__whole_image"}
    for image in client.images.list():
        client.images.model(**{name: value for name, value in image.items() if name not in printed_otherwise})
        others = [image[name] for name in printed_otherwise if name in image]
        assert all(other in (None, True) or isinstance(other, str) for other in others)


@covers("6.1.4", "6.1.6")
def test_upload_and_download(client, image_id):
    assert client.images.get(image_id).status == "active"
    assert b"".join(client.images.data(image_id)) == CONTENT


@covers("6.1.3", "6.1.5")
def test_changing_and_deleting(client, image_id):
    assert client.images.update(image_id, name="renamed").name == "renamed"
    assert client.images.update(image_id, my_attribute="x").my_attribute == "x"
    assert "my_attribute" not in client.images.update(image_id, remove_props=["my_attribute"])
    client.images.delete(image_id)
    with pytest.raises(exc.HTTPNotFound):
        client.images.get(image_id)


@covers("6.2.1", "6.2.2")
def test_tags(client, image_id):
    client.image_tags.update(image_id, "golden")
    assert client.images.get(image_id).tags == ["golden"]
    client.image_tags.delete(image_id, "golden")
    assert client.images.get(image_id).tags == []


@covers("6.4.1", "6.4.2", "6.4.3", "6.4.4", "6.4.5", "6.3.3")
def test_sharing(client, partner, image_id):
    assert client.image_members.create(image_id, PARTNER).status == "pending"
    assert partner.image_members.update(image_id, PARTNER, "accepted").status == "accepted"
    assert client.image_members.get(image_id, PARTNER).status == "accepted"
    assert [member.member_id for member in client.image_members.list(image_id)] == [PARTNER]
    client.image_members.delete(image_id, PARTNER)
    assert list(client.image_members.list(image_id)) == []


@covers("6.3.1", "6.3.2", "6.3.3", "6.3.4")
def test_schemas(client):
    for name in ("image", "images", "member", "members"):
        assert client.schemas.get(name).name == name


@covers("6.1.8")
def test_headers_of_an_abandoned_version(session):
    """v1 asks by HEAD for what v2 has as a document."""
    old = glanceclient.Client("1", session=session, region_name=cast.DEMO_PROJECTS[0].region)
    image = old.images.get(ABANDONED)
    assert (image.name, image.size, image.status) == ("cirros", 13_167_616, "active")
