"""What cannot be changed, created as metadata or deleted, with which code."""

import pytest

from .refusals import CREATE, FROM_SERVER, MAIN, PARTNER, PLAIN, PUBLIC, QUEUED, WHOLE, code_of


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
