"""openstacksdk: signs in at our IAM, finds IMS in the catalogue and takes it for a Glance."""

import hashlib
from collections.abc import Iterator

import openstack
import pytest
from openstack.connection import Connection
from openstack.exceptions import BadRequestException, NotFoundException
from openstack.image.v2.image import Image

from images.sandbox import Sandbox, cast
from tests.protocol.ledger import covers

# What a client says about its own future is the business of its makers.
pytestmark = pytest.mark.filterwarnings("ignore")

CLIENT = "openstacksdk"
AGENT = "^image-console-tests openstacksdk/"

OWNER, PARTNER = cast.DEMO_PROJECTS[0].id, cast.FOREIGN_PROJECTS[0].id
CONTENT = b"QFI\xfb" + bytes(range(256)) * 40


def signed_in(sandbox: Sandbox, project: cast.Project) -> Connection:
    user = next(user for user in cast.USERS if user.domain_id == project.domain_id)
    domain = cast.domain_by_id(user.domain_id)
    return openstack.connect(
        auth_url=f"{sandbox.base_url}/v3",
        username=user.name,
        password=user.password,
        user_domain_name=domain.name,
        project_id=project.id,
        region_name=project.region,
        load_yaml_config=False,
        load_envvars=False,
        app_name="image-console-tests",
    )


@pytest.fixture
def cloud(sandbox: Sandbox) -> Iterator[Connection]:
    with signed_in(sandbox, cast.DEMO_PROJECTS[0]) as connection:
        yield connection


@pytest.fixture
def partner(sandbox: Sandbox) -> Iterator[Connection]:
    with signed_in(sandbox, cast.FOREIGN_PROJECTS[0]) as connection:
        yield connection


@pytest.fixture
def image(cloud: Connection) -> Iterator[Image]:
    """An active image with a file, made by one call: metadata, upload, and waiting."""
    made = cloud.create_image(
        "openstacksdk", data=CONTENT, disk_format="qcow2", container_format="bare", min_disk=40, wait=True, timeout=60
    )
    yield made
    if list(cloud.image.images(id=made.id, protected=True)):
        cloud.image.update_image(made.id, is_protected=False)
    cloud.image.delete_image(made.id, ignore_missing=True)


@covers("3.1", "9.4")
def test_signing_in_and_projects(sandbox):
    # A connection of its own, for the others have kept their token.
    with signed_in(sandbox, cast.DEMO_PROJECTS[0]) as connection:
        assert {project.id for project in connection.identity.projects()} >= {OWNER}
        assert connection.current_project_id == OWNER


@covers("6.1.1", "6.1.2")
def test_lists_page_after_page(cloud):
    names = [one.name for one in cloud.image.images(limit=7, sort_key="name", sort_dir="asc")]
    assert len(names) > 14
    assert names == sorted(names)
    public = list(cloud.image.images(visibility="public"))
    assert {one.visibility for one in public} == {"public"}
    assert cloud.image.get_image(public[0].id).name == public[0].name
    assert cloud.image.find_image(public[0].id).id == public[0].id
    assert cloud.image.find_image("no such image") is None


@covers("6.1.6", "6.1.4", "6.1.2")
def test_upload_and_download(cloud, image):
    assert (image.status, image.owner_id) == ("active", OWNER)
    assert image.checksum == hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    assert cloud.image.download_image(image.id).content == CONTENT


@covers("6.1.3", "6.1.5")
def test_changing_and_deleting(cloud, image):
    assert cloud.image.update_image(image.id, name="renamed").name == "renamed"
    cloud.image.update_image(image.id, is_protected=True)
    with pytest.raises(BadRequestException, match="protected"):
        cloud.image.delete_image(image.id)
    cloud.image.update_image(image.id, is_protected=False)
    cloud.image.delete_image(image.id)
    with pytest.raises(NotFoundException):
        cloud.image.get_image(image.id)


@covers("6.2.1", "6.2.2")
def test_tags(cloud, image):
    cloud.image.add_tag(image.id, "golden")
    assert cloud.image.get_image(image.id).tags == ["golden"]
    cloud.image.remove_tag(image.id, "golden")
    assert cloud.image.get_image(image.id).tags == []


@covers("6.4.1", "6.4.2", "6.4.3", "6.4.4", "6.4.5")
def test_sharing(cloud, partner, image):
    assert cloud.image.add_member(image.id, member_id=PARTNER).status == "pending"
    partner.image.update_member(PARTNER, image.id, status="accepted")
    assert cloud.image.get_member(PARTNER, image.id).status == "accepted"
    assert [(one.member_id, one.status) for one in cloud.image.members(image.id)] == [(PARTNER, "accepted")]
    assert image.id in {one.id for one in partner.image.images(visibility="shared", member_status="accepted")}
    cloud.image.remove_member(PARTNER, image.id)
    assert list(cloud.image.members(image.id)) == []


@covers("6.3.1", "6.3.2", "6.3.3", "6.3.4")
def test_schemas(cloud):
    assert "name" in cloud.image.get_image_schema().properties
    assert "images" in cloud.image.get_images_schema().properties
    assert "member_id" in cloud.image.get_member_schema().properties
    assert "members" in cloud.image.get_members_schema().properties
