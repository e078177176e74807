"""What images cannot be made from, with which code: servers, disks, files, backups (5.1.3 to 5.1.5)."""

import pytest

from images.sandbox import cast

from .refusals import (
    CREATE,
    FROM_DISKS,
    FROM_FILE,
    FROM_ISO,
    FROM_SERVER,
    QUICK,
    QUICKLY,
    SERVER,
    VOLUME,
    WHOLES,
    code_of,
)
from .test_examples import finished


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"min_ram": 0}, "200"),
        ({"min_ram": -1}, "IMG.0055"),
        ({"min_ram": "1024"}, "IMG.0055"),
        ({"min_ram": True}, "IMG.0055"),
        ({"max_ram": 4096}, "200"),
        ({"max_ram": 1.5}, "IMG.0055"),
        ({"instance_id": None}, "IMG.0012"),
        ({"instance_id": ""}, "IMG.0012"),
        ({"instance_id": "nobody"}, "IMG.0005"),
        ({"instance_id": "2f7a4d10-53c1-4c39-9a7e-61f0c8b7d220"}, "IMG.0008"),
        ({"instance_id": "6a1c9e34-8d27-4f50-b1e2-03d94c5f7a30"}, "IMG.0010"),
        ({"instance_id": "c3d80f5a-7b42-4e19-a6d4-9e2f5b1c8a50"}, "IMG.0111"),
        ({"instance_id": "e15b7d92-4f3a-4a6c-b8f0-7c6d2e9b1f60"}, "IMG.0153"),
        ({"instance_id": "1b8e6c47-92d5-4b0f-9c3a-5d7f4e2a6b70"}, "IMG.0119"),
        ({"instance_id": "5e0a7b93-1f25-4d8c-b3e9-9c1d207f5e90"}, "IMG.0164"),
        ({"tags": ["a.b"], "image_tags": [{"key": "a", "value": "b"}]}, "IMG.0001"),
        ({"tags": ["a"]}, "IMG.0115"),
        ({"tags": ["a.b"] * 2}, "IMG.0115"),
        ({"tags": [f"k{number}.v" for number in range(10)]}, "200"),
        ({"tags": [f"k{number}.v" for number in range(11)]}, "IMG.0116"),
        ({"tags": "a.b"}, "IMG.0001"),
        ({"data_images": FROM_DISKS["data_images"]}, "IMG.0105"),
    ],
)
def test_creating_from_a_server(owner, change, code):
    assert code_of(owner, "POST", CREATE, FROM_SERVER | change) == code


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        (FROM_DISKS["data_images"], "200"),
        ([{"volume_id": VOLUME}], "IMG.0013"),
        ([{"name": "d", "volume_id": "nothing"}], "IMG.0120"),
        ([{"name": "d"}], "IMG.0120"),
        ([{"name": "d", "volume_id": "e3f40516-2738-494a-9b5c-6d7e8f901440"}], "IMG.0022"),
        ([{"name": "d", "volume_id": "f4051627-3849-4a5b-8c6d-7e8f90a1b250"}], "IMG.0153"),
        (
            [{"name": "d", "volume_id": VOLUME}, {"name": "e", "volume_id": "d2e3f405-1627-4839-8a4b-5c6d7e8f9030"}],
            "IMG.0140",
        ),
        (["d"], "IMG.0001"),
        ("d", "IMG.0001"),
    ],
)
def test_creating_from_data_disks(owner, entries, code):
    assert code_of(owner, "POST", CREATE, {"data_images": entries}) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "200"),
        ({"min_disk": 1}, "200"),
        ({"min_disk": 1024}, "200"),
        ({"min_disk": 0}, "IMG.0055"),
        ({"min_disk": 1025}, "IMG.0055"),
        ({"min_disk": None}, "IMG.0055"),
        ({"image_url": "ims-image"}, "IMG.0017"),
        ({"image_url": 7}, "IMG.0017"),
        ({"image_url": ":file"}, "IMG.0068"),
        ({"image_url": "IMS_IMAGE:file"}, "IMG.0109"),
        ({"image_url": "nowhere:file.qcow2"}, "IMG.0069"),
        ({"image_url": "ims-archive:centos70.qcow2"}, "IMG.0069"),
        ({"image_url": "ims-image-4:centos70.qcow2"}, "IMG.0069"),
        ({"image_url": "ims-elsewhere:centos70.qcow2"}, "IMG.0058"),
        ({"image_url": "ims-image-2:centos70.qcow2"}, "IMG.0058"),
        ({"image_url": "ims-image:no such.qcow2"}, "IMG.0175"),
        ({"image_url": "ims-image:missing.qcow2"}, "IMG.0057"),
        ({"image_url": "ims-image:empty.qcow2"}, "IMG.0057"),
        ({"image_url": "ims-image:notes.txt"}, "IMG.0072"),
        ({"image_url": "ims-image:centos70.iso"}, "IMG.0072"),
        ({"image_url": "ims-image:big.qcow2"}, "IMG.0059"),
        ({"image_url": "ims-image:big.raw"}, "IMG.0059"),
        (
            {
                "image_url": "ims-image:big.raw",
                "is_quick_import": True,
                "min_disk": 700,
                "os_version": "CentOS 7.0 64bit",
            },
            "200",
        ),
        ({"image_url": "ims-image:huge.raw", "is_quick_import": True, "os_version": "CentOS 7.0 64bit"}, "IMG.0059"),
        ({"is_quick_import": True, "os_version": "CentOS 7.0 64bit"}, "IMG.0072"),
        ({"is_quick_import": True}, "IMG.0056"),
        ({"os_version": "BeOS 5"}, "IMG.0056"),
        ({"os_type": "Plan9"}, "IMG.0122"),
        ({"os_type": "Other"}, "200"),
        ({"type": "silver"}, "IMG.0024"),
        ({"cmk_id": "bd66288c-9081-460a-8227-4cbd0c814cb4"}, "200"),
        ({"cmk_id": "unknown"}, "IMG.0095"),
        ({"cmk_id": "6b3f2c1d-8e7a-4d5b-9c0f-1a2b3c4d5e60"}, "IMG.0097"),
        ({"cmk_id": "9e8d7c6b-5a49-4382-8716-05f4e3d2c1b0"}, "IMG.0099"),
        ({"cmk_id": "bd66288c-9081-460a-8227-4cbd0c814cb4", "type": "BMS"}, "IMG.0118"),
        ({"is_config": "yes"}, "IMG.0001"),
        ({"data_images": [{"image_url": "ims-image:data.qcow2", "min_disk": 2048}]}, "200"),
        ({"data_images": [{"image_url": "ims-image:data.qcow2", "min_disk": 2049}]}, "IMG.0055"),
        ({"data_images": [{"image_url": "ims-image:centos70.qcow2", "min_disk": 40}]}, "IMG.0123"),
        (
            {
                "data_images": [
                    {"image_url": f"ims-image:data{number}.qcow2", "min_disk": 40} for number in ("", 2, 3, 4)
                ]
            },
            "IMG.0001",
        ),
    ],
)
def test_creating_from_a_file(owner, change, code):
    assert code_of(owner, "POST", CREATE, FROM_FILE | change) == code


def test_creating_from_an_iso_file_and_a_disk(owner):
    assert code_of(owner, "POST", CREATE, FROM_ISO) == "IMG.0166"
    assert code_of(owner, "POST", CREATE, FROM_ISO | {"os_version": "CentOS 7.0 64bit"}) == "200"
    disk = {"name": "n", "volume_id": SERVER, "os_version": "CentOS 7.0 64bit"}
    assert code_of(owner, "POST", CREATE, disk) == "IMG.0117"
    assert code_of(owner, "POST", CREATE, disk | {"type": "DataImage"}) == "IMG.0117"
    assert code_of(owner, "POST", CREATE, disk | {"type": "ECS", "os_version": None}) == "IMG.0056"
    assert code_of(owner, "POST", CREATE, disk | {"type": "ECS"}) == "200"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "200"),
        ({"architecture": "arm"}, "200"),
        ({"architecture": "Arm"}, "200"),
        ({"architecture": "sparc"}, "IMG.0212"),
        ({"type": "BMS"}, "200"),
        ({"type": "DataImage"}, "200"),
        ({"type": "DataImage", "os_type": "Other"}, "IMG.0122"),
        ({"type": "IsoImage"}, "IMG.0024"),
        ({"os_version": None}, "IMG.0056"),
        ({"min_disk": 8}, "IMG.0055"),
        ({"min_disk": 9}, "200"),
        ({"image_url": "ims-image:centos70.qcow2"}, "IMG.0072"),
        ({"image_url": "ims-image:huge.raw", "min_disk": 1024}, "IMG.0059"),
    ],
)
def test_quick_imports(owner, change, code):
    assert code_of(owner, "POST", QUICK, QUICKLY | change) == code


def test_quick_import_for_arm_boots_with_uefi(owner):
    job = finished(owner, owner("POST", QUICK, json=QUICKLY | {"architecture": "arm"}).json()["job_id"])
    image = owner.get(f"/v2/images/{job['entities']['image_id']}")
    assert (image["architecture"], image["hw_firmware_type"], image["__root_origin"]) == ("arm", "uefi", "file")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"instance_id": "2f7a4d10-53c1-4c39-9a7e-61f0c8b7d220"}, "200"),
        ({"instance_id": "a94f2b6e-10c7-4d8b-8e65-2f1b7c3d9e40"}, "IMG.0126"),
        ({"instance_id": "3d9f5a82-6e14-4c7b-a2d8-8b0c1f6e4d80"}, "IMG.0136"),
        ({"instance_id": "e15b7d92-4f3a-4a6c-b8f0-7c6d2e9b1f60"}, "IMG.0153"),
        ({}, "IMG.0012"),
        ({"backup_id": ""}, "IMG.0019"),
        ({"backup_id": "unknown"}, "IMG.0127"),
        ({"backup_id": "9b27efab-4a17-4c06-bfa2-3e0cf021d3c4"}, "IMG.0133"),
        ({"backup_id": "ac38f0bc-5b28-4d17-8b03-4f1df132e4d0"}, "IMG.0132"),
        ({"backup_id": "bd490fcd-6c39-4e28-9c14-5f2ef243f5e0"}, "IMG.0165"),
        ({"backup_id": "5f1d0b52-6f0e-4b1b-8d3e-0f6a4f2f9c10"}, "IMG.0134"),
    ],
)
def test_whole_images(owner, source, code):
    assert code_of(owner, "POST", WHOLES, {"name": "n"} | source) == code


def test_a_backup_serves_once(owner):
    body = {"name": "n", "backup_id": "9b27efab-4a17-4c06-bfa2-3e0cf021d3c3"}
    assert code_of(owner, "POST", WHOLES, body) == "200"
    assert code_of(owner, "POST", WHOLES, body) == "IMG.0134"


def test_quota_is_enforced(sandbox, owner):
    used, _allowed = sandbox.world.quota(cast.DEMO_PROJECTS[0])
    sandbox.world.store.set_setting(f"quota:{cast.DEMO.id}:eu-west-0", str(used + 2))
    two_disks = [{"name": "d", "volume_id": VOLUME}, {"name": "e", "volume_id": "c1d2e3f4-0516-4728-993a-4b5c6d7e8f20"}]
    assert code_of(owner, "POST", "/v2/images", {"name": "one"}) == "201"
    assert code_of(owner, "POST", CREATE, {"data_images": two_disks}) == "IMG.0015"
    assert code_of(owner, "POST", CREATE, FROM_SERVER) == "200"
    assert code_of(owner, "POST", CREATE, FROM_SERVER) == "IMG.0015"
    assert code_of(owner, "POST", "/v2/images", {"name": "one"}) == "IMG.0015"
    (resource,) = owner.get("/v1/cloudimages/quota")["quotas"]["resources"]
    assert resource["used"] == resource["quota"] == used + 2
