"""The vendor's own SDK: every operation that it has in common with the reference."""

import time
from collections.abc import Iterator

import huaweicloudsdkims.v2 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from images.sandbox import Sandbox, cast
from tests.protocol.ledger import covers

# The SDK calls several of its own methods deprecated: a later edition of the service has others.
pytestmark = pytest.mark.filterwarnings("ignore:Method '.*' of ImsClient is deprecated:DeprecationWarning")

CLIENT = "huaweicloudsdkims"
AGENT = "^huaweicloud-usdk-python/"

OWNER, PARTNER = cast.DEMO_PROJECTS[0].id, cast.FOREIGN_PROJECTS[0].id
SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
KEY = "bd66288c-9081-460a-8227-4cbd0c814cb4"
TAG = sdk.TagKeyValue


def signed_in(sandbox: Sandbox, project: cast.Project) -> sdk.ImsClient:
    user = next(user for user in cast.USERS if user.domain_id == project.domain_id)
    credentials = BasicCredentials(user.access_key, user.secret_key, project.id)
    return sdk.ImsClient.new_builder().with_credentials(credentials).with_endpoints([sandbox.base_url]).build()


@pytest.fixture
def client(sandbox: Sandbox) -> sdk.ImsClient:
    return signed_in(sandbox, cast.DEMO_PROJECTS[0])


@pytest.fixture
def partner(sandbox: Sandbox) -> sdk.ImsClient:
    return signed_in(sandbox, cast.FOREIGN_PROJECTS[0])


@pytest.fixture
def image_id(client: sdk.ImsClient) -> Iterator[str]:
    """An active image with two tags, made from a server."""
    tags = [TAG(key="team", value="web"), TAG(key="stage", value="test")]
    body = sdk.CreateImageRequestBody(name="sdk", instance_id=SERVER, image_tags=tags)
    made = succeeded(client, client.create_image(sdk.CreateImageRequest(body=body)).job_id).entities.image_id
    yield made
    # A test may have deleted it itself; the id says in a list whether it did, without an error to catch.
    if client.glance_list_images(sdk.GlanceListImagesRequest(id=made)).images:
        delete(client, made)


def succeeded(client: sdk.ImsClient, job_id: str) -> sdk.ShowJobResponse:
    """A job, when it is over (jobs of this sandbox take milliseconds)."""
    end = time.monotonic() + 60
    while True:
        job = client.show_job(sdk.ShowJobRequest(job_id=job_id))
        if job.status in ("SUCCESS", "FAIL"):
            assert job.status == "SUCCESS", job
            return job
        assert time.monotonic() < end, f"The job does not end: {job}"
        time.sleep(0.01)


def delete(client: sdk.ImsClient, image_id: str) -> None:
    client.glance_delete_image(sdk.GlanceDeleteImageRequest(image_id=image_id, body=sdk.GlanceDeleteImageRequestBody()))


def keys(client: sdk.ImsClient, image_id: str) -> dict[str, str]:
    listed = client.list_image_tags(sdk.ListImageTagsRequest(image_id=image_id)).tags
    return {tag.key: tag.value for tag in listed}


@covers("5.1.1", "6.1.1", "6.1.2", "5.5.1", "5.2.2", "5.2.8")
def test_reading(client):
    images = client.list_images(sdk.ListImagesRequest(limit=3, sort_key="name", sort_dir="asc")).images
    assert [image.name for image in images] == sorted(image.name for image in images)
    page = client.glance_list_images(sdk.GlanceListImagesRequest(limit=2))
    assert (len(page.images), page.first) == (2, "/v2/images?limit=2")
    assert client.glance_show_image(sdk.GlanceShowImageRequest(image_id=images[0].id)).name == images[0].name
    assert client.show_image_quota(sdk.ShowImageQuotaRequest()).quotas.resources[0].type == "image"
    assert len(client.list_tags(sdk.ListTagsRequest(limit=5)).tags) == 5
    assert client.list_images_tags(sdk.ListImagesTagsRequest()).tags


@covers("6.3.1", "6.3.2", "6.3.3", "6.3.4", "6.5.1", "6.5.2")
def test_schemas_and_versions(client):
    schema = client.glance_show_image_schemas(sdk.GlanceShowImageSchemasRequest())
    assert (schema.name, schema.additional_properties.type) == ("image", "string")  # I11
    assert client.glance_list_image_schemas(sdk.GlanceListImageSchemasRequest()).name == "images"
    assert client.glance_show_image_member_schemas(sdk.GlanceShowImageMemberSchemasRequest()).name == "member"
    assert client.glance_list_image_member_schemas(sdk.GlanceListImageMemberSchemasRequest()).name == "members"
    assert len(client.list_versions(sdk.ListVersionsRequest()).versions) == 5
    (version,) = client.show_version(sdk.ShowVersionRequest(version="v2.0")).versions
    assert (version.id, version.status) == ("v2.0", "SUPPORTED")


@covers("5.1.3", "5.6.1", "5.1.2", "6.1.3", "6.1.5")
def test_the_life_of_an_image(client, image_id):
    rename = [sdk.UpdateImageRequestBody(op="replace", path="/name", value="renamed")]
    assert client.update_image(sdk.UpdateImageRequest(image_id=image_id, body=rename)).name == "renamed"
    describe = [sdk.GlanceUpdateImageRequestBody(op="add", path="/__description", value="from the SDK")]
    native = client.glance_update_image(sdk.GlanceUpdateImageRequest(image_id=image_id, body=describe))
    assert (native.name, native.description) == ("renamed", "from the SDK")
    delete(client, image_id)
    with pytest.raises(ClientRequestException) as refused:
        client.glance_show_image(sdk.GlanceShowImageRequest(image_id=image_id))
    assert (refused.value.status_code, refused.value.error_code) == (404, "IMG.0144")


@covers("5.2.1", "5.2.3", "5.2.4", "5.2.5", "5.2.6", "5.2.7", "6.2.1", "6.2.2")
def test_tags_in_every_format(client, image_id):
    assert keys(client, image_id) == {"team": "web", "stage": "test"}
    wanted = sdk.ListImageByTagsRequestBody(action="filter", tags=[sdk.Tags(key="team", values=["web"])])
    found = client.list_image_by_tags(sdk.ListImageByTagsRequest(body=wanted))
    assert image_id in {resource.resource_id for resource in found.resources}
    body = sdk.AddOrUpdateTagsRequestBody(image_id=image_id, image_tag=TAG(key="team", value="db"))
    client.create_or_update_tags(sdk.CreateOrUpdateTagsRequest(body=body))
    one = sdk.AddImageTagRequestBody(tag=sdk.ResourceTag(key="one", value="1"))
    client.add_image_tag(sdk.AddImageTagRequest(image_id=image_id, body=one))
    client.glance_create_tag(sdk.GlanceCreateTagRequest(image_id=image_id, tag="native"))
    assert keys(client, image_id) == {"team": "db", "stage": "test", "one": "1", "native": ""}
    client.glance_delete_tag(sdk.GlanceDeleteTagRequest(image_id=image_id, tag="native"))
    client.delete_image_tag(sdk.DeleteImageTagRequest(image_id=image_id, key="one"))
    both = [sdk.ResourceTag(key="team", value="db"), sdk.ResourceTag(key="stage", value="test")]
    batch = sdk.BatchAddOrDeleteTagsRequestBody(action="delete", tags=both)
    client.batch_add_or_delete_tags(sdk.BatchAddOrDeleteTagsRequest(image_id=image_id, body=batch))
    assert keys(client, image_id) == {}


@covers("5.3.1", "5.3.2", "5.3.3")
def test_sharing_by_jobs(client, partner, image_id):
    members = {"images": [image_id], "projects": [PARTNER]}
    add = sdk.BatchAddMembersRequest(body=sdk.BatchAddMembersRequestBody(**members))
    succeeded(client, client.batch_add_members(add).job_id)
    accept = sdk.BatchUpdateMembersRequestBody(images=[image_id], project_id=PARTNER, status="accepted")
    succeeded(partner, partner.batch_update_members(sdk.BatchUpdateMembersRequest(body=accept)).job_id)
    assert partner.glance_show_image(sdk.GlanceShowImageRequest(image_id=image_id)).owner == OWNER
    remove = sdk.BatchDeleteMembersRequest(body=sdk.BatchAddMembersRequestBody(**members))
    succeeded(client, client.batch_delete_members(remove).job_id)
    with pytest.raises(ClientRequestException) as refused:
        partner.glance_show_image(sdk.GlanceShowImageRequest(image_id=image_id))
    assert refused.value.status_code == 404


@covers("6.4.1", "6.4.2", "6.4.3", "6.4.4", "6.4.5")
def test_sharing_natively(client, partner, image_id):
    member = {"image_id": image_id, "member_id": PARTNER}
    body = sdk.GlanceAddImageMemberRequestBody(member=PARTNER)
    added = client.glance_add_image_member(sdk.GlanceAddImageMemberRequest(image_id=image_id, body=body))
    assert (added.member_id, added.status) == (PARTNER, "pending")
    answer = sdk.GlanceUpdateImageMemberRequestBody(status="rejected")
    partner.glance_update_image_member(sdk.GlanceUpdateImageMemberRequest(**member, body=answer))
    assert client.glance_show_image_member(sdk.GlanceShowImageMemberRequest(**member)).status == "rejected"
    listed = client.glance_list_image_members(sdk.GlanceListImageMembersRequest(image_id=image_id)).members
    assert [(one.member_id, one.status) for one in listed] == [(PARTNER, "rejected")]
    client.glance_delete_image_member(sdk.GlanceDeleteImageMemberRequest(**member))
    assert client.glance_list_image_members(sdk.GlanceListImageMembersRequest(image_id=image_id)).members == []


@covers("5.1.3", "5.1.4", "5.1.5", "5.1.7")
def test_sources_of_all_kinds(client, image_id):
    system = {"os_version": "CentOS 7.0 64bit", "min_disk": 40}
    file = sdk.CreateImageRequestBody(name="file", image_url="ims-image:centos70.qcow2", **system)
    succeeded(client, client.create_image(sdk.CreateImageRequest(body=file)).job_id)
    quick = sdk.QuickImportImageByFileRequestBody(name="quick", image_url="ims-image:centos70.zvhd2", **system)
    succeeded(client, client.import_image_quick(sdk.ImportImageQuickRequest(body=quick)).job_id)
    whole = sdk.CreateWholeImageRequestBody(name="whole", instance_id=SERVER)
    made = succeeded(client, client.create_whole_image(sdk.CreateWholeImageRequest(body=whole)).job_id)
    body = sdk.ExportImageRequestBody(bucket_url="ims-image:sdk.qcow2", file_format="qcow2")
    succeeded(client, client.export_image(sdk.ExportImageRequest(image_id=image_id, body=body)).job_id)
    with pytest.raises(ClientRequestException) as refused:
        client.export_image(sdk.ExportImageRequest(image_id=made.entities.image_id, body=body))
    assert refused.value.error_code == "IMG.0128"


@covers("6.1.6", "5.1.6")
def test_metadata_and_registering(client):
    body = sdk.GlanceCreateImageMetadataRequestBody(
        os_version="Ubuntu 14.04 server 64bit", disk_format="vhd", container_format="bare", min_disk=40, name="later"
    )
    image = client.glance_create_image_metadata(sdk.GlanceCreateImageMetadataRequest(body=body))
    assert image.status == "queued"
    register = sdk.RegisterImageRequestBody(image_url="bucketname:Centos6.5-disk1.vmdk")
    succeeded(client, client.register_image(sdk.RegisterImageRequest(image_id=image.id, body=register)).job_id)
    assert client.glance_show_image(sdk.GlanceShowImageRequest(image_id=image.id)).status == "active"


@covers("5.4.1")
def test_copying(client, image_id):
    body = sdk.CopyImageInRegionRequestBody(name="copy", description="encrypted", cmk_id=KEY)
    job_id = client.copy_image_in_region(sdk.CopyImageInRegionRequest(image_id=image_id, body=body)).job_id
    copy_id = succeeded(client, job_id).entities.image_id
    assert client.glance_show_image(sdk.GlanceShowImageRequest(image_id=copy_id)).system__cmkid == KEY
