"""Client and sandbox were written apart from each other after the same reference: here they meet."""

from collections.abc import Iterator
from io import BytesIO

import pytest

from images.ims import (
    AccessKey,
    AkSkAuth,
    Identity,
    IMSClient,
    JobFailed,
    MalformedAnswer,
    Metadata,
    NotFound,
    OutcomeUnknown,
    PasswordCredentials,
    ServerError,
    SystemDisk,
    Tag,
    TagQuery,
    Unauthorized,
)
from images.ims.patch import V20, add, remove, replace
from tests.sandbox_process import SandboxProcess

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ims-sandbox")]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox"), images=100) as running:
        yield running


@pytest.fixture(scope="module", params=["password", "access key"])
def identity(request, sandbox) -> Identity:
    env = sandbox.env
    password = PasswordCredentials(env["IMS_USER"], env["IMS_PASSWORD"], env["IMS_DOMAIN"])
    key = AccessKey(env["IMS_AK"], env["IMS_SK"])
    return Identity(env["IAM_ENDPOINT"], password if request.param == "password" else key)


@pytest.fixture(scope="module")
def client(identity, sandbox) -> IMSClient:
    project_id = sandbox.env["IMS_PROJECT_ID"]
    endpoint = next(place.url for place in identity.catalog(project_id) if place.region == sandbox.env["IMS_REGION"])
    return IMSClient(endpoint, project_id, identity.auth_for(project_id))


@pytest.fixture(scope="module")
def own(client) -> str:
    """A private, active image to work with."""
    return next(
        image.id
        for image in client.images.list(owner=client.project_id, status="active", virtual_env_type="FusionCompute")
        if not (image.protected or image.encrypted or image.whole_image)
    )


def test_projects_and_regions(identity, sandbox):
    assert sandbox.env["IMS_PROJECT_ID"] in {project.id for project in identity.projects()}


def test_a_wrong_password(sandbox):
    wrong = PasswordCredentials(sandbox.env["IMS_USER"], "wrong", sandbox.env["IMS_DOMAIN"])
    with pytest.raises(Unauthorized):
        Identity(sandbox.env["IAM_ENDPOINT"], wrong).projects()


def test_both_lists_agree_and_no_attribute_is_unread(client):
    # Only what rests: other tests of this module leave images that a job still works on.
    extension = {image.id: image for image in client.images.list(limit=7, status="active")}
    native = {image.id: image for image in client.images.list(limit=9, native=True, status="active")}
    both = extension.keys() & native.keys()
    assert len(both) > 20
    extension, native = ({key: images[key] for key in both} for images in (extension, native))
    assert extension == native
    assert {name for image in extension.values() for name in image.extra} <= {"__support_fc_inject", "__account_code"}


def test_details_quota_versions_schemas(client, own):
    assert client.images.get(own).id == own
    assert client.images.get_raw(own).raw
    assert client.quotas.images().quota > 0
    assert {version.id for version in client.versions.list()} >= {"v2.0", "v2.2"}
    assert "__os_type" not in client.schemas.image().properties
    assert client.schemas.members().name == "members"
    with pytest.raises(NotFound):
        client.images.get("00000000-0000-4000-8000-000000000000")


def test_changing_attributes(client, own):
    assert client.images.update(own, [replace("name", "renamed")]).name == "renamed"
    assert client.images.update(own, [add("my_attribute", "x")], native=True).extra["my_attribute"] == "x"
    changed = client.images.update(own, [replace("my_attribute", "y")], native=True, media_type=V20)
    assert changed.extra["my_attribute"] == "y"
    assert "my_attribute" not in client.images.update(own, [remove("my_attribute")], native=True).extra


def test_tags_in_three_formats(client, own):
    client.tags.put(own, Tag("one", "1"))
    client.tags.put(own, Tag("two", "2"), dotted=True)
    client.tags.add_native(own, "three")
    client.tags.attach(own, [Tag("four.x", "4")])
    wanted = {Tag("one", "1"), Tag("two", "2"), Tag("three"), Tag("four.x", "4")}
    assert wanted <= set(client.tags.of_image(own))
    assert wanted <= set(client.images.get(own).tags)
    assert client.tags.count_images(TagQuery(every={"four.x": ["4"]})) == 1
    assert client.tags.find_images(TagQuery(some={"four.x": []})).items[0].image_id == own
    client.tags.detach(own, [Tag("one", "1"), Tag("four.x", "4")])
    client.tags.remove(own, "two")
    client.tags.remove_native(own, "three")
    assert not wanted & set(client.tags.of_image(own))
    with pytest.raises(NotFound):
        client.tags.remove(own, "two")


def test_sharing(client, identity, own):
    other = next(project.id for project in identity.projects() if project.id != client.project_id)
    assert client.members.add(own, other).status == "pending"
    assert client.members.get(own, other) in client.members.list(own)
    client.members.remove(own, other)
    for job_id in (client.members.share([own], [other]), client.members.unshare([own], [other])):
        assert client.jobs.wait(job_id, interval=0.05, timeout=30).results[0].image_id == own


def test_an_image_from_a_server_and_from_a_file(client):
    order = SystemDisk(name="made", instance_id="877a2cda-ba63-4e1e-b95f-e67e48b6129a", tags=[Tag("a", "b")])
    progress: list[float | None] = []
    job = client.jobs.wait(
        client.images.create(order), interval=0.05, timeout=30, on_progress=lambda job: progress.append(job.progress)
    )
    assert progress[-1] == 1.0
    assert client.images.get(job.image_id).tags == (Tag("a", "b"),)
    client.images.delete(job.image_id)

    image = client.images.create_metadata(Metadata(name="file", disk_format="qcow2", min_disk=1))
    assert image.status == "queued"
    client.images.upload(image.id, BytesIO(b"QFI\xfb" + bytes(100_000)))
    assert client.images.wait_until_active(image.id, interval=0.05, timeout=30).size_bytes == 100_004
    target = BytesIO()
    client.images.download(image.id, target)
    assert target.getbuffer()[:4] == b"QFI\xfb"
    client.images.delete(image.id)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "throttle", "retry_after": 0},
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "truncate"},
    ],
)
def test_reads_survive_a_passing_fault(sandbox, client, fault):
    sandbox.fault(operation="5.1.1", times=1, **fault)
    assert list(client.images.list(owner=client.project_id))


@pytest.mark.parametrize(
    ("fault", "family"),
    [
        ({"kind": "html", "status": 200}, MalformedAnswer),
        ({"kind": "garbage"}, MalformedAnswer),
        ({"kind": "status", "status": 500}, ServerError),
    ],
)
def test_other_faults_have_a_name(sandbox, client, fault, family):
    sandbox.fault(operation="5.5.1", times=1, **fault)
    with pytest.raises(family) as caught:
        client.quotas.images()
    assert caught.value.measure
    assert client.quotas.images()


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_what_became_of_an_order_is_unknown_when_the_connection_breaks(sandbox, client, kind):
    sandbox.fault(operation="5.1.3", kind=kind, times=1)
    order = SystemDisk(name=f"unknown {kind}", instance_id="877a2cda-ba63-4e1e-b95f-e67e48b6129a")
    with pytest.raises(OutcomeUnknown):
        client.images.create(order)


def test_a_refused_sign_in_is_renewed(sandbox, client):
    sandbox.fault(operation="5.5.1", kind="unauthorised", times=1)
    if client_signs(client):
        with pytest.raises(Unauthorized):
            client.quotas.images()
    assert client.quotas.images()


def client_signs(client: IMSClient) -> bool:
    return isinstance(client.quotas._service.transport.auth, AkSkAuth)


def test_a_job_that_fails_says_why(sandbox, client):
    sandbox.fault(
        kind="job_fail", operation="imsCreateImageByInstance", times=1, code="IMG.0057", reason="No such file."
    )
    order = SystemDisk(name="fails", instance_id="877a2cda-ba63-4e1e-b95f-e67e48b6129a")
    with pytest.raises(JobFailed) as caught:
        client.jobs.wait(client.images.create(order), interval=0.05, timeout=30)
    assert caught.value.code == "IMG.0057"
    assert caught.value.measure
