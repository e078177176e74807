"""The vendor's own SDK runs against the sandbox without knowing it."""

import time

import huaweicloudsdkims.v2 as sdk
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from images.sandbox import cast

# The SDK calls several of its own methods deprecated: a later edition of the service has others.
pytestmark = pytest.mark.filterwarnings("ignore:Method '.*' of ImsClient is deprecated:DeprecationWarning")

SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
PARTNER = cast.FOREIGN_PROJECTS[0].id


@pytest.fixture
def client(sandbox):
    user = cast.USERS[0]
    credentials = BasicCredentials(user.access_key, user.secret_key, cast.DEMO_PROJECTS[0].id)
    return sdk.ImsClient.new_builder().with_credentials(credentials).with_endpoints([sandbox.base_url]).build()


def finished(client, job_id):
    for _ in range(500):
        job = client.show_job(sdk.ShowJobRequest(job_id=job_id))
        if job.status in ("SUCCESS", "FAIL"):
            return job
        time.sleep(0.01)
    raise AssertionError(f"The job does not end: {job}")


def test_reading(client):
    images = client.list_images(sdk.ListImagesRequest(limit=3, sort_key="name", sort_dir="asc")).images
    assert [image.name for image in images] == sorted(image.name for image in images)
    page = client.glance_list_images(sdk.GlanceListImagesRequest(limit=2))
    assert (len(page.images), page.first) == (2, "/v2/images?limit=2")
    assert client.glance_show_image(sdk.GlanceShowImageRequest(image_id=images[0].id)).name == images[0].name
    assert client.show_image_quota(sdk.ShowImageQuotaRequest()).quotas.resources[0].type == "image"
    assert len(client.list_versions(sdk.ListVersionsRequest()).versions) == 5
    assert client.list_images_tags(sdk.ListImagesTagsRequest()).tags


def test_the_life_of_an_image(client):
    tags = [sdk.TagKeyValue(key="team", value="web")]
    body = sdk.CreateImageRequestBody(name="sdk", instance_id=SERVER, image_tags=tags)
    job = finished(client, client.create_image(sdk.CreateImageRequest(body=body)).job_id)
    image_id = job.entities.image_id
    assert client.list_image_tags(sdk.ListImageTagsRequest(image_id=image_id)).tags[0].key == "team"
    wanted = sdk.ListImageByTagsRequestBody(action="filter", tags=[sdk.Tags(key="team", values=["web"])])
    found = client.list_image_by_tags(sdk.ListImageByTagsRequest(body=wanted))
    assert image_id in {resource.resource_id for resource in found.resources}
    rename = [sdk.UpdateImageRequestBody(op="replace", path="/name", value="renamed")]
    assert client.update_image(sdk.UpdateImageRequest(image_id=image_id, body=rename)).name == "renamed"
    members = sdk.BatchAddMembersRequestBody(images=[image_id], projects=[PARTNER])
    finished(client, client.batch_add_members(sdk.BatchAddMembersRequest(body=members)).job_id)
    listed = client.glance_list_image_members(sdk.GlanceListImageMembersRequest(image_id=image_id)).members
    assert [(member.member_id, member.status) for member in listed] == [(PARTNER, "pending")]
    client.glance_delete_image(sdk.GlanceDeleteImageRequest(image_id=image_id, body=sdk.GlanceDeleteImageRequestBody()))
    with pytest.raises(ClientRequestException) as refused:
        client.glance_show_image(sdk.GlanceShowImageRequest(image_id=image_id))
    assert (refused.value.status_code, refused.value.error_code) == (404, "IMG.0144")


def test_sources_of_all_kinds(client):
    file = sdk.CreateImageRequestBody(
        name="file", image_url="ims-image:centos70.qcow2", os_version="CentOS 7.0 64bit", min_disk=40
    )
    assert finished(client, client.create_image(sdk.CreateImageRequest(body=file)).job_id).status == "SUCCESS"
    whole = sdk.CreateWholeImageRequestBody(name="whole", instance_id=SERVER)
    made = finished(client, client.create_whole_image(sdk.CreateWholeImageRequest(body=whole)).job_id)
    assert made.status == "SUCCESS"
    export = sdk.ExportImageRequestBody(bucket_url="ims-image:sdk.qcow2", file_format="qcow2")
    with pytest.raises(ClientRequestException) as refused:
        client.export_image(sdk.ExportImageRequest(image_id=made.entities.image_id, body=export))
    assert refused.value.error_code == "IMG.0128"
