"""Our own client calls every operation of the reference that the life of an image (test_scenario.py) does not need."""

from collections.abc import Callable, Iterator

import pytest

from images.ims import (
    Identity,
    IMSClient,
    PasswordCredentials,
    QuickSystemFile,
    SystemDisk,
    Tag,
    TagQuery,
    WholeServer,
)
from images.ims.orders import Metadata
from images.ims.patch import replace
from images.sandbox import Sandbox, cast
from tests.protocol.ledger import covers

CLIENT = "image-console"
AGENT = "^image-console$"

OWNER, PARTNER = cast.DEMO_PROJECTS[0], cast.FOREIGN_PROJECTS[0]
SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"


def identity_of(sandbox: Sandbox, project: cast.Project) -> Identity:
    user = next(user for user in cast.USERS if user.domain_id == project.domain_id)
    domain = cast.domain_by_id(user.domain_id)
    return Identity(f"{sandbox.base_url}/v3", PasswordCredentials(user.name, user.password, domain.name))


def client_of(sandbox: Sandbox, project: cast.Project) -> IMSClient:
    return IMSClient(sandbox.base_url, project.id, identity_of(sandbox, project).auth_for(project.id))


@pytest.fixture
def client(sandbox: Sandbox) -> IMSClient:
    return client_of(sandbox, OWNER)


@pytest.fixture
def partner(sandbox: Sandbox) -> IMSClient:
    return client_of(sandbox, PARTNER)


@pytest.fixture
def made(client: IMSClient) -> Callable[[str], str]:
    """The image that a job has made, when the job is over."""
    return lambda job_id: client.jobs.wait(job_id, interval=0.02, timeout=60).image_id


@pytest.fixture
def image_id(client: IMSClient, made: Callable[[str], str]) -> Iterator[str]:
    """An active image, made from a server."""
    image_id = made(client.images.create(SystemDisk(name="ours", instance_id=SERVER)))
    yield image_id
    client.images.delete(image_id)


@covers("9.4", "3.1")
def test_projects(sandbox):
    assert OWNER.id in {project.id for project in identity_of(sandbox, OWNER).projects()}


@covers("5.1.1", "6.1.1", "5.2.2", "5.2.8", "5.5.1")
def test_reading(client):
    assert next(client.images.list(visibility="public")).imagetype == "gold"
    assert next(client.images.list(visibility="public", native=True)).imagetype == "gold"
    assert len(client.tags.search(limit=3)) == 3
    assert client.tags.of_project()
    assert client.quotas.images().quota > 0


@covers("6.3.1", "6.3.2", "6.3.3", "6.3.4", "6.5.1", "6.5.2")
def test_versions_and_schemas(client):
    assert client.versions.get("v2.0").status == "SUPPORTED"
    assert {version.id for version in client.versions.list()} >= {"v2.0", "v2.2"}
    schemas = [client.schemas.image(), client.schemas.images(), client.schemas.member(), client.schemas.members()]
    assert [schema.name for schema in schemas] == ["image", "images", "member", "members"]


@covers("5.1.2", "5.1.3", "5.1.7", "5.4.1", "5.6.1")
def test_change_export_copy(client, made, image_id):
    assert client.images.update(image_id, [replace("name", "renamed")]).name == "renamed"
    assert client.jobs.wait(client.images.export(image_id, "ims-image:ours.qcow2", file_format="qcow2"), interval=0.02)
    copy_id = made(client.images.copy(image_id, "copy", description="of ours"))
    assert client.images.get(copy_id).description == "of ours"
    client.images.delete(copy_id)


@covers("5.1.4", "5.1.5", "5.1.6")
def test_other_sources(client, made):
    quick = QuickSystemFile(
        name="quick", image_url="ims-image:centos70.zvhd2", os_version="CentOS 7.0 64bit", min_disk=40
    )
    whole = WholeServer(name="whole", instance_id=SERVER)
    image_ids = [made(client.images.create(order)) for order in (quick, whole)]
    later = client.images.create_metadata(
        Metadata(name="later", disk_format="vhd", min_disk=40, attributes={"__os_version": "CentOS 7.0 64bit"})
    )
    client.jobs.wait(client.images.register(later.id, "bucketname:Centos6.5-disk1.vmdk"), interval=0.02, timeout=60)
    for image_id in (*image_ids, later.id):
        assert client.images.get(image_id).status == "active"
        client.images.delete(image_id)


@covers("5.2.1", "5.2.3", "5.2.4", "5.2.5", "5.2.6", "5.2.7")
def test_tags(client, image_id):
    client.tags.put(image_id, Tag("one", "1"))
    client.tags.add(image_id, Tag("two", "2"))
    client.tags.add_many(image_id, [Tag("three", "3")])
    assert set(client.tags.of_image(image_id)) == {Tag("one", "1"), Tag("two", "2"), Tag("three", "3")}
    assert client.tags.count_images(TagQuery(every={"three": ["3"]})) >= 1
    assert image_id in {one.image_id for one in client.tags.find_images(TagQuery(every={"one": ["1"]})).items}
    client.tags.remove(image_id, "one")
    client.tags.remove_many(image_id, ["two", "three"])
    assert list(client.tags.of_image(image_id)) == []


@covers("5.3.1", "5.3.2", "5.3.3")
def test_sharing_by_jobs(client, partner, image_id):
    client.jobs.wait(client.members.add_many([image_id], [PARTNER.id]), interval=0.02, timeout=60)
    partner.jobs.wait(partner.members.answer_many([image_id], "accepted"), interval=0.02, timeout=60)
    assert [member.status for member in client.members.list(image_id)] == ["accepted"]
    client.jobs.wait(client.members.remove_many([image_id], [PARTNER.id]), interval=0.02, timeout=60)
    assert list(client.members.list(image_id)) == []


@covers("6.1.7", "6.1.8", "6.1.9")
def test_what_the_reference_calls_abandoned(client, made):
    image_id = made(client.images.create(SystemDisk(name="old ways", instance_id=SERVER)))
    with pytest.warns(DeprecationWarning, match="abandoned"):
        assert client.legacy.metadata(image_id).name == "old ways"
    with pytest.warns(DeprecationWarning, match="abandoned"):
        assert image_id in {image.id for image in client.legacy.list({"name": "old ways"})}
    with pytest.warns(DeprecationWarning, match="abandoned"):
        client.legacy.delete(image_id)
