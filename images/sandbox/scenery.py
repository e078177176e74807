"""The images that the examples of the reference name, so that its requests work as printed."""

from typing import Any

from images.sandbox import cast
from images.sandbox.documents import Document, document, private, public

MAIN, BUILD = cast.DEMO_PROJECTS[0].id, cast.DEMO_PROJECTS[1].id
PARTNER = cast.FOREIGN_PROJECTS[0].id

# Keys of the Key Management Service that the examples and the generated images use.
EXAMPLE_KEY = "bd66288c-9081-460a-8227-4cbd0c814cb4"
DEFAULT_KEY = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"

TEN_TAGS = [
    *("key4=value4", "key3=valueXX", "key2=value2", "key5=value5", "key8=value8"),
    *("key6=valueXX", "key0=valueXX", "key1=value1", "key7=value7", "key9=valueXX"),
]


def public_images() -> list[Document]:
    """The two images in the answer of 5.1.1; both lie in eu-west-0."""
    shared: dict[str, Any] = {"min_disk": 100, "min_ram": 2048, "__support_fc_inject": "true"}
    return [
        public(
            "bc6bed6e-ba3a-4447-afcc-449174a3eb52",
            cast.SERVICE_PROJECT,
            "CentOS 7.3 64bit vivado",
            "2018-09-06T14:03:27Z",
            "CentOS 7.3 64bit",
            updated_at="2018-09-06T15:17:33Z",
            **shared,
        ),
        public(
            "0328c25e-c840-4496-81ac-c4e01b214b1f",
            cast.SERVICE_PROJECT,
            "CentOS 7.3 64bit with sdx",
            "2018-09-06T14:03:05Z",
            "CentOS 7.3 64bit",
            updated_at="2018-09-25T14:27:40Z",
            **shared,
        ),
    ]


def main_images() -> list[Document]:
    """Images of the demo project that requests of the reference read, change, share, export, copy and delete."""
    linux = "CentOS 7.5 64bit"
    return [
        private(
            "33ad552d-1149-471c-8190-ff6776174a00",
            MAIN,
            "ims_test_before",
            "2015-12-04T09:45:33Z",
            "Ubuntu 14.04 server 64bit",
            size=2,
            checksum="99914b932bd37a50b983c5e7c90ae93b",
            disk_format="vhd",
            virtual_size=0,
            hw_vif_multiqueue_enabled="true",
            updated_at="2015-12-04T10:12:07Z",
            __originalimagename="33ad552d-1149-471c-8190-ff6776174a00",
            __productcode="",
            __image_size="449261568",
            __description="ims test",
        ),
        private("62a15f6c-9197-44d2-89c7-708981c1bec1", MAIN, "tagged_old_style", "2018-03-01T08:00:00Z", linux),
        private("67437ebd-2563-46e0-887e-ad1923977fa1", MAIN, "tagged_new_style", "2018-03-02T08:00:00Z", linux),
        private(
            "67e17426-359e-49fb-aa12-0bd1756ec240",
            MAIN,
            "tagged_in_batches",
            "2018-03-03T08:00:00Z",
            linux,
            tags=["key0=value0", "key1=value0"],
        ),
        private(
            "8693187d-1590-4f9f-ae34-eb9e3037cf68",
            MAIN,
            "test10002",
            "2018-03-04T08:00:00Z",
            linux,
            tags=TEN_TAGS,
        ),
        private("d164b5df-1bc3-4c3f-893e-3e471fd16e64", MAIN, "centos7_5", "2016-08-31T09:12:44Z", linux),
        private("0b680482-aaaa-4045-b14c-9a8c7dfe9c70", MAIN, "centos7_5-tools", "2016-08-31T10:40:12Z", linux),
        private(
            "0b680482-acaa-4045-b14c-9a8c7dfe9c70",
            MAIN,
            "centos7_5-partner",
            "2016-08-31T11:02:51Z",
            linux,
            visibility="shared",
            __imagetype="shared",
        ),
        private(
            "465076de-dc36-4aec-80f5-ef9d8009428f",
            MAIN,
            "ims_encrypted_copy2",
            "2018-07-11T13:20:00Z",
            linux,
            __system__cmkid=DEFAULT_KEY,
        ),
        queued("4ca46bf1-5c61-48ff-b4f3-0ad4e5e3ba86", "test", "2016-06-02T07:49:48Z", ["test=testvalue"]),
        queued("84ac7f2b-bf19-4efb-86a0-b5be8771b476", "suse_upload", "2016-06-03T09:10:11Z", []),
        private(
            "4ca46bf1-5c61-48ff-b4f3-0ad4e5e3ba90",
            MAIN,
            "instance_whole_image_old",
            "2018-10-20T16:00:00Z",
            linux,
            __whole_image=True,
            __backup_id="5f1d0b52-6f0e-4b1b-8d3e-0f6a4f2f9c11",
            __data_origin="server_backup,5f1d0b52-6f0e-4b1b-8d3e-0f6a4f2f9c11",
        ),
        private(
            "3c3d1d01-b48a-4639-8a88-08be3b9b5d78",
            MAIN,
            "cirros",
            "2016-05-22T06:04:20Z",
            "Ubuntu 14.04 server 64bit",
            updated_at="2016-05-22T06:04:22Z",
            checksum="64d7c1cd2b6f60c92c14662941cb7913",
            disk_format="qcow2",
            min_disk=0,
            __image_size="13167616",
            __root_origin="file",
        ),
        private(
            "fac42d61-ea1e-4271-94ba-6543a852d2c6",
            MAIN,
            "centos70-installer",
            "2022-11-03T07:30:00Z",
            "CentOS 7.0 64bit",
            disk_format="iso",
            virtual_env_type="IsoImage",
            __root_origin="file",
            __data_origin="file,ims-image:centos70.iso",
        ),
    ]


def build_images() -> list[Document]:
    """Images of the build project: those that the job of 5.6.1 has made."""
    return [
        private(
            "e9e91bff-14b6-4a0b-8377-4ed0813e3360",
            BUILD,
            "asdfsdfasdfas",
            "2015-06-04T18:11:06Z",
            "Ubuntu 14.04 server 64bit",
            __data_origin="instance,877a2cda-ba63-4e1e-b95f-e67e48b6129a",
        ),
        private(
            "49e9447f-7dff-41e0-8036-f66fe5488c8b",
            BUILD,
            "asdfsdfasdfas-data",
            "2015-06-04T18:11:06Z",
            "Ubuntu 14.04 server 64bit",
        ),
    ]


def queued(image_id: str, name: str, created_at: str, tags: list[str]) -> Document:
    """Metadata without a file, as 6.1.6 leaves it."""
    return document(
        image_id,
        MAIN,
        name,
        created_at,
        status="queued",
        disk_format="vhd",
        min_disk=100,
        min_ram=1024,
        tags=tags,
        __image_size="0",
        __os_type="Linux",
        __platform="Ubuntu",
        __os_bit="64",
        __os_version="Ubuntu 14.04 server 64bit",
    )


# (image, recipient, status): what 5.3.3 finds waiting.
MEMBERS = (("0b680482-acaa-4045-b14c-9a8c7dfe9c70", PARTNER, "pending"),)

# The job in the example of 5.6.1; its type by the list of the section, its progress that of a finished job.
EXAMPLE_JOB: dict[str, Any] = {
    "job_id": "ff8080814dbd65d7014dbe0d84db0013",
    "project_id": BUILD,
    "job_type": "imsCreateImageByInstance",
    "begin": 1433441466.586,
    "end": 1433441826.0,
    "seconds": 360.0,
    "status": "SUCCESS",
    "events": [],
    "entities": {
        "image_id": "e9e91bff-14b6-4a0b-8377-4ed0813e3360",
        "image_name": "asdfsdfasdfas",
        "current_task": "CreateImageByInstanceTask",
        "results": [
            {
                "image_id": "49e9447f-7dff-41e0-8036-f66fe5488c8b",
                "project_id": "089b2f9a3d80d3062f24c00ca4ed5cbd",
                "status": "success",
            }
        ],
    },
    "error_code": None,
    "fail_reason": None,
    "sub_jobs": [],
}
