"""The vendor's SDK: each operation that it has, called as its own model says. Runs in the environment of the suites.

Half of those that the reference does not have are of today's service; they fail here, and expected/vendor.csv says so.
"""

import inspect
import os
import time
import unittest
from typing import Any

import huaweicloudsdkims.v2 as sdk
from huaweicloudsdkcore.auth.credentials import BasicCredentials

SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
KEY = "bd66288c-9081-460a-8227-4cbd0c814cb4"
FILE = {"os_version": "CentOS 7.0 64bit", "min_disk": 40}
PARTNER = os.environ["IMS2_PROJECT_ID"]

#: Methods of the client that are no operations.
NOT_OPERATIONS = {"call_api", "new_builder"}


def signed_in(prefix: str) -> sdk.ImsClient:
    key = BasicCredentials(*(os.environ[f"{prefix}{name}"] for name in ("AK", "SK", "PROJECT_ID")))
    return sdk.ImsClient.new_builder().with_credentials(key).with_endpoints([os.environ["IMS_ENDPOINT"]]).build()


def operations() -> set[str]:
    """Each method that sends a request."""
    methods = {name for name, value in vars(sdk.ImsClient).items() if inspect.isfunction(value)}
    return {name for name in methods if not name.startswith("_") and not name.endswith("_invoker")} - NOT_OPERATIONS


class Vendor(unittest.TestCase):
    """A test an operation, by its name."""

    def setUp(self) -> None:
        self.client, self.partner = signed_in("IMS_"), signed_in("IMS2_")

    def made(self) -> str:
        """An active image from a server, with a tag."""
        body = sdk.CreateImageRequestBody(name="sdk", instance_id=SERVER, image_tags=[sdk.TagKeyValue("team", "web")])
        job = self.succeeded(self.client.create_image(sdk.CreateImageRequest(body=body)).job_id)
        image_id = str(job.entities.image_id)
        self.addCleanup(self.deleted, image_id)
        return image_id

    def deleted(self, image_id: str) -> None:
        if self.client.glance_list_images(sdk.GlanceListImagesRequest(id=image_id)).images:
            body = sdk.GlanceDeleteImageRequestBody()
            self.client.glance_delete_image(sdk.GlanceDeleteImageRequest(image_id=image_id, body=body))

    def shared(self) -> str:
        image_id = self.made()
        body = sdk.GlanceAddImageMemberRequestBody(member=PARTNER)
        self.client.glance_add_image_member(sdk.GlanceAddImageMemberRequest(image_id=image_id, body=body))
        return image_id

    def queued(self) -> str:
        body = sdk.GlanceCreateImageMetadataRequestBody(os_version="CentOS 7.0 64bit", disk_format="qcow2", min_disk=40)
        made = self.client.glance_create_image_metadata(sdk.GlanceCreateImageMetadataRequest(body=body))
        self.addCleanup(self.deleted, made.id)
        return str(made.id)

    def succeeded(self, job_id: str, client: Any = None) -> Any:
        """A job, when it is over."""
        end = time.monotonic() + 60
        while True:
            job = (client or self.client).show_job(sdk.ShowJobRequest(job_id=job_id))
            if job.status in ("SUCCESS", "FAIL"):
                assert job.status == "SUCCESS", job
                return job
            assert time.monotonic() < end, job
            time.sleep(0.01)

    def test_every_operation_has_a_test(self) -> None:
        assert operations() - {name.removeprefix("test_") for name in dir(self)} == set()

    # --- images (5.1, 5.4) and what today's service has beside it ----------------------------------------------------
    def test_list_images(self) -> None:
        found = self.client.list_images(sdk.ListImagesRequest(limit=3, sort_key="name", sort_dir="asc")).images
        assert [one.name for one in found] == sorted(one.name for one in found)

    def test_update_image(self) -> None:
        body = [sdk.UpdateImageRequestBody(op="replace", path="/name", value="renamed")]
        answer = self.client.update_image(sdk.UpdateImageRequest(image_id=self.made(), body=body))
        assert answer.name == "renamed"

    def test_create_image(self) -> None:
        self.made()

    def test_create_image_in_safe_mode(self) -> None:
        body = sdk.CreateImageRequestBody(name="sdk", instance_id=SERVER)
        self.client.create_image_in_safe_mode(sdk.CreateImageInSafeModeRequest(body=body))

    def test_create_data_image(self) -> None:
        body = sdk.CreateDataImageRequestBody(name="data", image_url="ims-image:data.qcow2", min_disk=100)
        self.client.create_data_image(sdk.CreateDataImageRequest(body=body))

    def test_create_data_image_in_safe_mode(self) -> None:
        body = sdk.CreateDataImageRequestBody(name="data", image_url="ims-image:data.qcow2", min_disk=100)
        self.client.create_data_image_in_safe_mode(sdk.CreateDataImageInSafeModeRequest(body=body))

    def quick(self) -> sdk.QuickImportImageByFileRequestBody:
        return sdk.QuickImportImageByFileRequestBody(name="quick", image_url="ims-image:centos70.zvhd2", **FILE)

    def test_import_image_quick(self) -> None:
        self.succeeded(self.client.import_image_quick(sdk.ImportImageQuickRequest(body=self.quick())).job_id)

    def test_import_image_quick_in_safe_mode(self) -> None:
        self.client.import_image_quick_in_safe_mode(sdk.ImportImageQuickInSafeModeRequest(body=self.quick()))

    def test_create_whole_image(self) -> None:
        body = sdk.CreateWholeImageRequestBody(name="whole", instance_id=SERVER)
        self.succeeded(self.client.create_whole_image(sdk.CreateWholeImageRequest(body=body)).job_id)

    def test_register_image(self) -> None:
        body = sdk.RegisterImageRequestBody(image_url="ims-image:centos70.qcow2")
        begun = self.client.register_image(sdk.RegisterImageRequest(image_id=self.queued(), body=body))
        self.succeeded(begun.job_id)

    def exporting(self, name: str) -> sdk.ExportImageRequestBody:
        return sdk.ExportImageRequestBody(bucket_url=f"ims-image:{name}.qcow2", file_format="qcow2")

    def test_export_image(self) -> None:
        request = sdk.ExportImageRequest(image_id=self.made(), body=self.exporting("conformance"))
        self.succeeded(self.client.export_image(request).job_id)

    def test_export_image_in_safe_mode(self) -> None:
        request = sdk.ExportImageInSafeModeRequest(image_id=self.made(), body=self.exporting("safe"))
        self.client.export_image_in_safe_mode(request)

    def test_copy_image_in_region(self) -> None:
        body = sdk.CopyImageInRegionRequestBody(name="copy", description="of a test", cmk_id=KEY)
        begun = self.client.copy_image_in_region(sdk.CopyImageInRegionRequest(image_id=self.made(), body=body))
        self.succeeded(begun.job_id)

    def test_copy_image_in_region_in_safe_mode(self) -> None:
        body = sdk.CopyImageInRegionRequestBody(name="copy")
        request = sdk.CopyImageInRegionInSafeModeRequest(image_id=self.made(), body=body)
        self.client.copy_image_in_region_in_safe_mode(request)

    def test_copy_image_cross_region(self) -> None:
        body = sdk.CopyImageCrossRegionRequestBody(
            name="copy", region="eu-west-1", project_name="eu-west-1", agency_name="ims_admin_agency"
        )
        self.client.copy_image_cross_region(sdk.CopyImageCrossRegionRequest(image_id=self.made(), body=body))

    def test_list_os_versions(self) -> None:
        self.client.list_os_versions(sdk.ListOsVersionsRequest())

    # --- tags (5.2) ---------------------------------------------------------------------------------------------------
    def tags(self, image_id: str) -> dict[str, str]:
        listed = self.client.list_image_tags(sdk.ListImageTagsRequest(image_id=image_id)).tags
        return {tag.key: tag.value for tag in listed}

    def test_create_or_update_tags(self) -> None:
        image_id = self.made()
        body = sdk.AddOrUpdateTagsRequestBody(image_id=image_id, image_tag=sdk.TagKeyValue(key="team", value="db"))
        self.client.create_or_update_tags(sdk.CreateOrUpdateTagsRequest(body=body))
        assert self.tags(image_id) == {"team": "db"}

    def test_list_tags(self) -> None:
        assert self.client.list_tags(sdk.ListTagsRequest(limit=5)).tags

    def test_list_image_by_tags(self) -> None:
        image_id = self.made()
        body = sdk.ListImageByTagsRequestBody(action="filter", tags=[sdk.Tags(key="team", values=["web"])])
        found = self.client.list_image_by_tags(sdk.ListImageByTagsRequest(body=body)).resources
        assert image_id in {one.resource_id for one in found}

    def test_batch_add_or_delete_tags(self) -> None:
        image_id = self.made()
        tags = [sdk.ResourceTag(key="team", value="web")]
        body = sdk.BatchAddOrDeleteTagsRequestBody(action="delete", tags=tags)
        self.client.batch_add_or_delete_tags(sdk.BatchAddOrDeleteTagsRequest(image_id=image_id, body=body))
        assert self.tags(image_id) == {}

    def test_batch_delete_tags(self) -> None:
        image_id = self.made()
        body = sdk.BatchDeleteTagsRequestBody(tags=[sdk.TagKeyValue(key="team", value="web")])
        self.client.batch_delete_tags(sdk.BatchDeleteTagsRequest(image_id=image_id, body=body))
        assert self.tags(image_id) == {}

    def test_add_image_tag(self) -> None:
        image_id = self.made()
        body = sdk.AddImageTagRequestBody(tag=sdk.ResourceTag(key="one", value="1"))
        self.client.add_image_tag(sdk.AddImageTagRequest(image_id=image_id, body=body))
        assert self.tags(image_id) == {"team": "web", "one": "1"}

    def test_delete_image_tag(self) -> None:
        image_id = self.made()
        self.client.delete_image_tag(sdk.DeleteImageTagRequest(image_id=image_id, key="team"))
        assert self.tags(image_id) == {}

    def test_list_image_tags(self) -> None:
        assert self.tags(self.made()) == {"team": "web"}

    def test_list_images_tags(self) -> None:
        self.made()
        found = self.client.list_images_tags(sdk.ListImagesTagsRequest()).tags
        assert "team" in {tag.key for tag in found}

    # --- members (5.3, 6.4) -------------------------------------------------------------------------------------------
    def sharing(self, image_id: str) -> sdk.BatchAddMembersRequestBody:
        return sdk.BatchAddMembersRequestBody(images=[image_id], projects=[PARTNER])

    def test_batch_add_members(self) -> None:
        request = sdk.BatchAddMembersRequest(body=self.sharing(self.made()))
        self.succeeded(self.client.batch_add_members(request).job_id)

    def test_batch_delete_members(self) -> None:
        request = sdk.BatchDeleteMembersRequest(body=self.sharing(self.shared()))
        self.succeeded(self.client.batch_delete_members(request).job_id)

    def test_batch_update_members(self) -> None:
        images = [self.shared()]
        body = sdk.BatchUpdateMembersRequestBody(images=images, project_id=PARTNER, status="accepted")
        begun = self.partner.batch_update_members(sdk.BatchUpdateMembersRequest(body=body))
        self.succeeded(begun.job_id, self.partner)

    def test_list_image_members(self) -> None:
        self.client.list_image_members(sdk.ListImageMembersRequest(image_id=self.shared()))

    def test_show_image_member(self) -> None:
        self.client.show_image_member(sdk.ShowImageMemberRequest(image_id=self.shared(), member_id=PARTNER))

    def test_glance_add_image_member(self) -> None:
        self.shared()

    def test_glance_update_image_member(self) -> None:
        member = {"image_id": self.shared(), "member_id": PARTNER}
        body = sdk.GlanceUpdateImageMemberRequestBody(status="accepted")
        answer = self.partner.glance_update_image_member(sdk.GlanceUpdateImageMemberRequest(**member, body=body))
        assert answer.status == "accepted"

    def test_glance_show_image_member(self) -> None:
        request = sdk.GlanceShowImageMemberRequest(image_id=self.shared(), member_id=PARTNER)
        assert self.client.glance_show_image_member(request).status == "pending"

    def test_glance_list_image_members(self) -> None:
        listed = self.client.glance_list_image_members(
            sdk.GlanceListImageMembersRequest(image_id=self.shared())
        ).members
        assert [one.member_id for one in listed] == [PARTNER]

    def test_glance_delete_image_member(self) -> None:
        request = sdk.GlanceDeleteImageMemberRequest(image_id=self.shared(), member_id=PARTNER)
        self.client.glance_delete_image_member(request)

    # --- quota and jobs (5.5, 5.6) ------------------------------------------------------------------------------------
    def test_show_image_quota(self) -> None:
        assert self.client.show_image_quota(sdk.ShowImageQuotaRequest()).quotas.resources[0].type == "image"

    def begun(self) -> str:
        body = sdk.CreateImageRequestBody(name="sdk", instance_id=SERVER)
        job_id = str(self.client.create_image(sdk.CreateImageRequest(body=body)).job_id)
        self.addCleanup(lambda: self.deleted(self.succeeded(job_id).entities.image_id))
        return job_id

    def test_show_job(self) -> None:
        assert self.succeeded(self.begun()).entities.image_id

    def test_show_job_progress(self) -> None:
        job = self.client.show_job_progress(sdk.ShowJobProgressRequest(job_id=self.begun()))
        assert job.status in {"INIT", "RUNNING", "SUCCESS"}

    # --- native (6.1 to 6.5) ------------------------------------------------------------------------------------------
    def test_glance_list_images(self) -> None:
        page = self.client.glance_list_images(sdk.GlanceListImagesRequest(limit=2))
        assert (len(page.images), page.first) == (2, "/v2/images?limit=2")

    def test_glance_show_image(self) -> None:
        image_id = self.made()
        assert self.client.glance_show_image(sdk.GlanceShowImageRequest(image_id=image_id)).id == image_id

    def test_glance_update_image(self) -> None:
        body = [sdk.GlanceUpdateImageRequestBody(op="add", path="/__description", value="from the SDK")]
        answer = self.client.glance_update_image(sdk.GlanceUpdateImageRequest(image_id=self.made(), body=body))
        assert answer.description == "from the SDK"

    def test_glance_delete_image(self) -> None:
        self.deleted(self.made())

    def test_glance_create_image_metadata(self) -> None:
        self.queued()

    def test_glance_create_tag(self) -> None:
        image_id = self.made()
        self.client.glance_create_tag(sdk.GlanceCreateTagRequest(image_id=image_id, tag="native"))
        assert self.tags(image_id) == {"team": "web", "native": ""}

    def test_glance_delete_tag(self) -> None:
        image_id = self.made()
        self.client.glance_create_tag(sdk.GlanceCreateTagRequest(image_id=image_id, tag="native"))
        self.client.glance_delete_tag(sdk.GlanceDeleteTagRequest(image_id=image_id, tag="native"))
        assert self.tags(image_id) == {"team": "web"}

    def test_glance_show_image_schemas(self) -> None:
        assert self.client.glance_show_image_schemas(sdk.GlanceShowImageSchemasRequest()).name == "image"

    def test_glance_list_image_schemas(self) -> None:
        assert self.client.glance_list_image_schemas(sdk.GlanceListImageSchemasRequest()).name == "images"

    def test_glance_show_image_member_schemas(self) -> None:
        answer = self.client.glance_show_image_member_schemas(sdk.GlanceShowImageMemberSchemasRequest())
        assert answer.name == "member"

    def test_glance_list_image_member_schemas(self) -> None:
        answer = self.client.glance_list_image_member_schemas(sdk.GlanceListImageMemberSchemasRequest())
        assert answer.name == "members"

    def test_list_versions(self) -> None:
        assert len(self.client.list_versions(sdk.ListVersionsRequest()).versions) == 5

    def test_show_version(self) -> None:
        (version,) = self.client.show_version(sdk.ShowVersionRequest(version="v2.0")).versions
        assert version.status == "SUPPORTED"
