"""What is refused, with which code: the rules before each write operation, on both sides of their edges."""

from typing import Any

import pytest

from images.sandbox import Sandbox, cast
from images.sandbox.sharing import Member

from .conftest import Caller
from .test_examples import finished

MAIN = cast.DEMO_PROJECTS[0].id
PARTNER = cast.FOREIGN_PROJECTS[0].id
SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
PLAIN = "d164b5df-1bc3-4c3f-893e-3e471fd16e64"
ENCRYPTED = "465076de-dc36-4aec-80f5-ef9d8009428f"
WHOLE = "4ca46bf1-5c61-48ff-b4f3-0ad4e5e3ba90"
ISO = "fac42d61-ea1e-4271-94ba-6543a852d2c6"
QUEUED = "4ca46bf1-5c61-48ff-b4f3-0ad4e5e3ba86"
PUBLIC = "bc6bed6e-ba3a-4447-afcc-449174a3eb52"
UBUNTU = "33ad552d-1149-471c-8190-ff6776174a00"

CREATE = "/v2/cloudimages/action"
QUICK = "/v2/cloudimages/quickimport/action"
WHOLES = "/v1/cloudimages/wholeimages/action"
FROM_SERVER = {"name": "n", "instance_id": SERVER}
FROM_FILE = {"name": "n", "image_url": "ims-image:centos70.qcow2", "min_disk": 40}
FROM_ISO = {"name": "n", "image_url": "ims-image:centos70.iso", "min_disk": 40, "type": "IsoImage"}
VOLUME = "b0c1d2e3-f405-4617-8829-3a4b5c6d7e10"
FROM_DISKS = {"data_images": [{"name": "d", "volume_id": VOLUME}]}
QUICKLY = {"name": "n", "image_url": "ims-image:centos70.raw", "min_disk": 40, "os_version": "CentOS 7.0 64bit"}
WINDOWS = "Windows Server 2016 Standard 64bit"


def code_of(caller: Caller, method: str, path: str, body: Any, **options: Any) -> str:
    """The code of an answer, or its status where it is no refusal."""
    answer = caller(method, path, json=body, **options)
    if answer.status_code < 400:
        return str(answer.status_code)
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a", "200"),
        ("a" * 128, "200"),
        ("a" * 129, "IMG.0002"),
        ("A-z.0_9 b", "200"),
        (" a", "IMG.0003"),
        ("a ", "IMG.0003"),
        ("a/b", "IMG.0003"),
        ("é", "IMG.0003"),
        ("a\n", "IMG.0003"),
        ("", "IMG.0013"),
        (None, "IMG.0013"),
        (7, "IMG.0062"),
        ([], "IMG.0062"),
    ],
)
def test_names(owner, name, code):
    assert code_of(owner, "POST", CREATE, FROM_SERVER | {"name": name}) == code
    patch = [{"op": "replace", "path": "/name", "value": name}]
    if name is not None:
        assert code_of(owner, "PATCH", f"/v2/cloudimages/{PLAIN}", patch) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "200"),
        ("é 生产. Spaces and full stops!", "200"),
        ("a" * 1024, "200"),
        ("a" * 1025, "IMG.0004"),
        ("a<b", "IMG.0054"),
        ("a>b", "IMG.0054"),
        ("a\rb", "IMG.0054"),
        ("a\nb", "IMG.0054"),
        (7, "IMG.0054"),
    ],
)
def test_descriptions(owner, text, code):
    assert code_of(owner, "POST", CREATE, FROM_SERVER | {"description": text}) == code


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


def export(**change: Any) -> dict[str, Any]:
    return {"bucket_url": "ims-image:out.qcow2", "file_format": "qcow2"} | change


@pytest.mark.parametrize(
    ("image", "body", "code"),
    [
        (PLAIN, export(), "200"),
        (PLAIN, export(file_format="raw"), "IMG.0072"),
        (PLAIN, export(file_format=None), "IMG.0072"),
        (PLAIN, {"bucket_url": "ims-image:out.qcow2", "is_quick_export": True}, "200"),
        (PLAIN, export(is_quick_export=True), "IMG.0001"),
        (PLAIN, export(bucket_url="ims-image:"), "IMG.0073"),
        (PLAIN, export(bucket_url="ims-image:a b"), "IMG.0175"),
        (PLAIN, export(bucket_url="ims-image:a*b"), "IMG.0075"),
        (PLAIN, export(bucket_url="ims-image:" + "a" * 129), "IMG.0074"),
        (PLAIN, export(bucket_url="ims-image:existing.qcow2"), "IMG.0070"),
        (PLAIN, export(bucket_url="ims-archive:out.qcow2"), "IMG.0069"),
        (PUBLIC, export(), "IMG.0077"),
        (WHOLE, export(), "IMG.0128"),
        (ISO, export(), "IMG.0167"),
        (QUEUED, export(), "IMG.0046"),
    ],
)
def test_exporting(owner, image, body, code):
    assert code_of(owner, "POST", f"/v1/cloudimages/{image}/file", body) == code


def changed(sandbox: Sandbox, image_id: str, **changes: Any) -> None:
    """Give an image attributes that no call of IMS would give it."""
    row = sandbox.world.find(image_id)
    assert row is not None
    sandbox.world.save(sandbox.world.document(row) | changes, row.shelf)


def test_exporting_by_size_and_origin(sandbox, owner):
    path = f"/v1/cloudimages/{PLAIN}/file"
    changed(sandbox, PLAIN, __image_size=str(128 * 1024**3 + 1))
    assert code_of(owner, "POST", path, export()) == "IMG.0160"
    assert code_of(owner, "POST", path, {"bucket_url": "ims-image:fast", "is_quick_export": True}) == "200"
    changed(sandbox, PLAIN, __image_size=str(1024**4))
    assert code_of(owner, "POST", path, {"bucket_url": "ims-image:faster", "is_quick_export": True}) == "IMG.0071"
    windows = next(row for row in sandbox.world.library.shelf("public:eu-west-0").created)
    changed(sandbox, windows.id, __platform="Windows")
    changed(sandbox, UBUNTU, __originalimagename=windows.id)
    changed(sandbox, PLAIN, __image_size="1", __originalimagename=UBUNTU)
    assert code_of(owner, "POST", path, export()) == "IMG.0079"


def test_one_export_at_a_time(sandbox, owner):
    sandbox.world.speed = 1.0
    path = f"/v1/cloudimages/{PLAIN}/file"
    assert code_of(owner, "POST", path, export()) == "200"
    assert code_of(owner, "POST", path, export(bucket_url="ims-image:other")) == "IMG.0148"


@pytest.mark.parametrize(
    ("image", "body", "code"),
    [
        (PLAIN, {"name": "copy"}, "200"),
        (PUBLIC, {"name": "copy"}, "200"),
        (PLAIN, {}, "IMG.0013"),
        (WHOLE, {"name": "copy"}, "IMG.0130"),
        (ISO, {"name": "copy"}, "IMG.0167"),
        (QUEUED, {"name": "copy"}, "IMG.0046"),
        (ENCRYPTED, {"name": "copy", "cmk_id": "0d0466b0-e727-4d9c-b35d-f84bb474a37f"}, "IMG.0096"),
        (ENCRYPTED, {"name": "copy", "cmk_id": "nothing"}, "IMG.0095"),
        (ENCRYPTED, {"name": "copy"}, "200"),
        (PLAIN, {"name": "copy", "cmk_id": "6b3f2c1d-8e7a-4d5b-9c0f-1a2b3c4d5e60"}, "IMG.0097"),
    ],
)
def test_copying(owner, image, body, code):
    assert code_of(owner, "POST", f"/v1/cloudimages/{image}/copy", body) == code


def test_copying_what_others_share(sandbox, partner):
    path = "/v1/cloudimages/0b680482-acaa-4045-b14c-9a8c7dfe9c70/copy"
    assert code_of(partner, "POST", path, {"name": "copy"}) == "IMG.0196"
    member = f"/v2/images/0b680482-acaa-4045-b14c-9a8c7dfe9c70/members/{PARTNER}"
    assert code_of(partner, "PUT", member, {"status": "accepted"}) == "200"
    job = finished(partner, partner("POST", path, json={"name": "copy"}).json()["job_id"])
    copy = partner.get(f"/v2/images/{job['entities']['image_id']}")
    assert (copy["owner"], copy["visibility"]) == (PARTNER, "private")
    changed(sandbox, "0b680482-acaa-4045-b14c-9a8c7dfe9c70", __system__cmkid="some key")
    assert code_of(partner, "POST", path, {"name": "copy"}) == "IMG.0197"


@pytest.mark.parametrize(
    ("image", "project", "code"),
    [
        (PLAIN, PARTNER, "200"),
        (PLAIN, MAIN, "IMG.0076"),
        (PLAIN, "nobody", "IMG.0067"),
        (PLAIN, "089b2f9a3d80d3062f24c00ca4ed5cbd", "IMG.0177"),
        (PUBLIC, PARTNER, "IMG.0089"),
        (ENCRYPTED, PARTNER, "IMG.0098"),
        (WHOLE, PARTNER, "IMG.0135"),
        (QUEUED, PARTNER, "IMG.0046"),
    ],
)
def test_sharing(owner, image, project, code):
    assert code_of(owner, "POST", f"/v2/images/{image}/members", {"member": project}) == code
    body = {"images": [image], "projects": [project]}
    assert code_of(owner, "POST", "/v1/cloudimages/members", body) == code


def test_at_most_128_recipients(sandbox, owner):
    for number in range(128):
        sandbox.world.sharing.put(
            Member(PLAIN, f"{number:032x}", "pending", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
        )
    assert code_of(owner, "POST", f"/v2/images/{PLAIN}/members", {"member": PARTNER}) == "IMG.0088"
    sandbox.world.sharing.remove(PLAIN, f"{5:032x}")
    assert code_of(owner, "POST", f"/v2/images/{PLAIN}/members", {"member": PARTNER}) == "200"


def test_only_the_recipient_answers_and_only_the_owner_takes_back(owner, partner):
    shared = "0b680482-acaa-4045-b14c-9a8c7dfe9c70"
    path = f"/v2/images/{shared}/members/{PARTNER}"
    assert owner.refused("PUT", path, json={"status": "accepted"}) == (403, "IMG.0026")
    assert code_of(partner, "PUT", path, {"status": "perhaps"}) == "IMG.0001"
    assert code_of(partner, "DELETE", path, None) == "IMG.0047"
    assert code_of(partner, "PUT", path, {"status": "rejected"}) == "200"
    assert shared not in {image["id"] for image in partner.images()}
    assert partner.get(f"/v2/images/{shared}")["__imagetype"] == "shared"
    other = "/v1/cloudimages/members"
    body = {"images": [shared], "project_id": MAIN, "status": "accepted"}
    assert code_of(partner, "PUT", other, body) == "IMG.0030"
    assert code_of(partner, "PUT", other, body | {"project_id": PARTNER, "images": [PLAIN]}) == "IMG.0027"
    assert code_of(partner, "PUT", other, body | {"project_id": PARTNER, "images": []}) == "IMG.0001"
    assert code_of(partner, "PUT", other, body | {"project_id": PARTNER, "images": ["7"]}) == "IMG.0066"
    for method in ("PATCH", "DELETE"):
        body = [{"op": "replace", "path": "/name", "value": "mine"}] if method == "PATCH" else None
        path = f"/v2/cloudimages/{shared}" if method == "PATCH" else f"/v2/images/{shared}"
        assert code_of(partner, method, path, body) == ("IMG.0047" if method == "PATCH" else "IMG.0092")
    assert code_of(owner, "DELETE", f"/v2/images/{shared}/members/{PARTNER}", None) == "204"
    assert owner.get(f"/v2/images/{shared}")["visibility"] == "private"
    assert partner.refused("GET", f"/v2/images/{shared}") == (404, "IMG.0144")


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"op": "replace", "path": "/__description", "value": "words"}, "200"),
        ({"op": "replace", "path": "/min_ram", "value": 1024}, "200"),
        ({"op": "replace", "path": "/min_ram", "value": "1024"}, "200"),
        ({"op": "replace", "path": "/min_ram", "value": -1}, "IMG.0055"),
        ({"op": "replace", "path": "/min_ram", "value": "much"}, "IMG.0055"),
        ({"op": "add", "path": "/hw_firmware_type", "value": "uefi"}, "200"),
        ({"op": "add", "path": "/hw_firmware_type", "value": "efi"}, "IMG.0141"),
        ({"op": "add", "path": "/__support_xen", "value": "true"}, "200"),
        ({"op": "add", "path": "/__support_large_memory", "value": "true"}, "200"),
        ({"op": "add", "path": "/__support_xen", "value": "false"}, "IMG.0001"),
        ({"op": "add", "path": "/__support_kvm_gpu_type", "value": "V100"}, "200"),
        ({"op": "add", "path": "/__support_kvm_gpu_type", "value": "RTX"}, "IMG.0001"),
        ({"op": "add", "path": "/__support_diskintensive", "value": "true"}, "IMG.0001"),
        ({"op": "add", "path": "/__custom", "value": "anything"}, "200"),
        ({"op": "remove", "path": "/__custom"}, "IMG.0001"),
        ({"op": "replace", "path": "/__custom", "value": "x"}, "IMG.0001"),
        ({"op": "remove", "path": "/__description"}, "200"),
        ({"op": "remove", "path": "/name"}, "IMG.0035"),
        ({"op": "replace", "path": "/owner", "value": PARTNER}, "IMG.0035"),
        ({"op": "replace", "path": "/visibility", "value": "public"}, "IMG.0035"),
        ({"op": "replace", "path": "/__imagetype", "value": "gold"}, "IMG.0035"),
        ({"op": "replace", "path": "/status", "value": "active"}, "IMG.0035"),
        ({"op": "replace", "path": "/protected", "value": True}, "IMG.0035"),
        ({"op": "add", "path": "/plain", "value": "x"}, "IMG.0035"),
        ({"op": "move", "path": "/name", "value": "x"}, "IMG.0001"),
        ({"op": "replace", "path": "name", "value": "x"}, "IMG.0001"),
        ({"op": "replace", "path": "/a/b", "value": "x"}, "IMG.0001"),
        ({"op": "replace", "path": "/name"}, "IMG.0001"),
        ("name", "IMG.0001"),
    ],
)
def test_patching(owner, step, code):
    assert code_of(owner, "PATCH", f"/v2/cloudimages/{PLAIN}", [step]) == code


def test_patching_conflicts_states_and_owners(owner):
    path = f"/v2/cloudimages/{PLAIN}"
    both = [
        {"op": "add", "path": "/__support_xen", "value": "true"},
        {"op": "add", "path": "/__support_xen_hana", "value": "true"},
    ]
    assert code_of(owner, "PATCH", path, both) == "IMG.0035"
    assert "__support_xen" not in owner.get(f"/v2/images/{PLAIN}")
    rename = [{"op": "replace", "path": "/name", "value": "x"}]
    assert code_of(owner, "PATCH", f"/v2/cloudimages/{QUEUED}", rename) == "IMG.0046"
    assert code_of(owner, "PATCH", f"/v2/cloudimages/{PUBLIC}", rename) == "IMG.0047"
    assert code_of(owner, "PATCH", path, {}) == "IMG.0001"
    native = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
    assert code_of(owner, "PATCH", f"/v2/images/{QUEUED}", rename, headers=native) == "200"
    assert code_of(owner, "PATCH", f"/v2/images/{QUEUED}", rename) == "IMG.0001"
    protect = [{"op": "replace", "path": "/protected", "value": True}, {"op": "add", "path": "/plain", "value": "x"}]
    assert code_of(owner, "PATCH", f"/v2/images/{PLAIN}", protect, headers=native) == "200"
    assert code_of(owner, "DELETE", f"/v2/images/{PLAIN}", None) == "IMG.0028"
    assert owner.get(f"/v2/images/{PLAIN}")["plain"] == "x"


def test_deleting(sandbox, owner):
    assert code_of(owner, "DELETE", f"/v2/images/{PUBLIC}", None) == "IMG.0094"
    assert code_of(owner, "DELETE", f"/v2/images/{WHOLE}", {"delete_backup": "yes"}) == "IMG.0001"
    sandbox.world.speed = 1.0
    image = owner.images(owner=MAIN, limit=1000)
    job_id = owner("POST", CREATE, json=FROM_SERVER).json()["job_id"]
    before = {each["id"] for each in image}
    (made,) = (each for each in owner.images(owner=MAIN, limit=1000) if each["id"] not in before)
    assert made["status"] == "queued"
    assert code_of(owner, "DELETE", f"/v2/images/{made['id']}", None) == "IMG.0090"
    assert owner.get(f"/v1/{MAIN}/jobs/{job_id}")["status"] == "INIT"
    assert code_of(owner, "DELETE", f"/v2/images/{QUEUED}", None) == "204"
    assert owner.refused("DELETE", f"/v2/images/{QUEUED}") == (404, "IMG.0144")


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ({"key": "k" * 36, "value": "v" * 43}, "204"),
        ({"key": "k" * 37, "value": ""}, "IMG.0115"),
        ({"key": "k", "value": "v" * 44}, "IMG.0115"),
        ({"key": "", "value": "v"}, "IMG.0115"),
        ({"key": "k"}, "IMG.0115"),
        ({"key": " k", "value": "v"}, "IMG.0115"),
        ({"key": "k", "value": "v "}, "IMG.0115"),
        ({"key": "a b.c:é环境", "value": "x y.z@w"}, "204"),
        *(({"key": f"a{sign}b", "value": ""}, "IMG.0115") for sign in "=*<>\\,|/"),
        *(({"key": "a", "value": f"{sign}b"}, "IMG.0115") for sign in "=*<>\\,|/"),
    ],
)
def test_tags_as_objects(owner, tag, code):
    path = f"/v2/{MAIN}/images/{PLAIN}/tags"
    assert code_of(owner, "POST", path, {"tag": tag}) == code
    if code == "204":
        assert owner.get(path)["tags"] == [tag]


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("环境.生产", "204"),
        ("a.", "204"),
        (".a", "IMG.0115"),
        ("a", "IMG.0115"),
        ("a b.c", "IMG.0115"),
        ("a.b.c", "IMG.0115"),
        ("k" * 36 + "." + "v" * 43, "204"),
        ("k" * 37 + ".v", "IMG.0115"),
        ("k." + "v" * 44, "IMG.0115"),
    ],
)
def test_tags_as_texts(owner, tag, code):
    body = {"image_id": PLAIN, "tag": tag}
    assert code_of(owner, "PUT", "/v1/cloudimages/tags", body) == code


def test_tags_in_all_formats_are_one(owner):
    tags = "/v1/cloudimages/tags"
    path = f"/v2/{MAIN}/images/{PLAIN}/tags"
    assert code_of(owner, "PUT", tags, {"image_id": PLAIN, "tag": "team.web"}) == "204"
    assert owner.get(path)["tags"] == [{"key": "team", "value": "web"}]
    assert owner("PUT", f"/v2/images/{PLAIN}/tags/team").status_code == 204
    assert owner.get(f"/v2/images/{PLAIN}")["tags"] == ["team=web"]
    assert owner("PUT", f"/v2/images/{PLAIN}/tags/golden").status_code == 204
    assert code_of(owner, "POST", path, {"tag": {"key": "cost.center", "value": ""}}) == "204"
    assert owner.get(f"/v2/images/{PLAIN}")["tags"] == ["team=web", "golden", "cost.center="]
    assert {"team.web", "golden", "cost.center"} <= set(owner.get(tags, limit=1000)["tags"])
    assert {each["id"] for each in owner.images(tag="team.web", owner=MAIN)} >= {PLAIN}
    assert {each["id"] for each in owner.images(tag="team=web", owner=MAIN)} >= {PLAIN}
    assert code_of(owner, "PUT", f"/v2/images/{PLAIN}/tags/a%3Db", None) == "IMG.0115"
    assert code_of(owner, "PUT", f"/v2/images/{PLAIN}/tags/{'k' * 256}", None) == "IMG.0115"
    assert owner("DELETE", f"/v2/images/{PLAIN}/tags/team").status_code == 204
    assert owner("DELETE", f"{path}/cost.center").status_code == 204
    assert owner.get(path)["tags"] == [{"key": "golden", "value": ""}]


def test_ten_tags_and_no_more(owner):
    path = f"/v2/{MAIN}/images/8693187d-1590-4f9f-ae34-eb9e3037cf68/tags"
    assert code_of(owner, "POST", path, {"tag": {"key": "eleven", "value": ""}}) == "IMG.0116"
    assert code_of(owner, "POST", path, {"tag": {"key": "key1", "value": "other"}}) == "204"
    native = "/v2/images/8693187d-1590-4f9f-ae34-eb9e3037cf68/tags/eleven"
    assert code_of(owner, "PUT", native, None) == "IMG.0116"
    many = {"tags": [{"key": f"k{number}", "value": ""} for number in range(2)], "action": "create"}
    assert code_of(owner, "POST", f"{path}/action", many) == "IMG.0116"
    assert code_of(owner, "POST", f"{path}/action", many | {"action": "delete"}) == "204"
    assert code_of(owner, "POST", f"{path}/action", many | {"action": "Create"}) == "IMG.0001"
    assert code_of(owner, "POST", f"{path}/action", {"tags": [{"key": "a", "value": ""}] * 2, "action": "create"}) == (
        "IMG.0115"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "201"),
        ({"name": "x" * 129}, "IMG.0002"),
        ({"visibility": "public"}, "IMG.0001"),
        ({"container_format": "ovf"}, "IMG.0001"),
        ({"disk_format": "vmdk"}, "IMG.0001"),
        ({"disk_format": "zvhd"}, "201"),
        ({"min_disk": 1025}, "IMG.0055"),
        ({"min_disk": 0}, "IMG.0055"),
        ({"__os_version": "MS-DOS"}, "IMG.0056"),
        ({"tags": ["=x"]}, "IMG.0115"),
        ({"tags": ["x" * 256]}, "IMG.0115"),
        ({"protected": "yes"}, "IMG.0001"),
        ({"hw_disk_bus": "scsi"}, "201"),
        ({"status": "active"}, "IMG.0035"),
        ({"owner": PARTNER}, "IMG.0035"),
        ([], "IMG.0001"),
    ],
)
def test_metadata(owner, body, code):
    assert code_of(owner, "POST", "/v2/images", body) == code


def test_bodies_that_cannot_be_read(owner):
    assert owner.refused("POST", "/v2/images", data=b"") == (400, "IMG.0007")
    assert owner.refused("POST", "/v2/images", data=b"{") == (400, "IMG.0001")
    assert owner.refused("POST", "/v2/images", data=b"\xff\xfe") == (400, "IMG.0001")
    assert owner.refused("POST", "/v2/images", data=b"[" * 100_000) == (400, "IMG.0001")


def test_uploading_twice_conflicts(owner):
    path = f"/v2/images/{QUEUED}/file"
    assert owner.refused("PUT", path, data=b"") == (400, "IMG.0057")
    assert owner.get(f"/v2/images/{QUEUED}")["status"] == "queued"
    assert owner("PUT", path, data=b"content").status_code == 204
    assert owner.refused("PUT", path, data=b"content") == (409, "IMG.1075")
    assert (
        code_of(owner, "PUT", f"/v1/cloudimages/{QUEUED}/upload", {"image_url": "ims-image:centos70.vhd"}) == "IMG.1075"
    )
    assert owner("GET", path).content == b"content"
    assert owner.refused("GET", f"/v2/images/{PLAIN}/file") == (404, "IMG.0121")
