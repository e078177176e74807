"""What cannot be exported, copied, uploaded or registered, with which code."""

from typing import Any

import pytest

from .refusals import ENCRYPTED, ISO, PARTNER, PLAIN, PUBLIC, QUEUED, UBUNTU, WHOLE, changed, code_of
from .test_examples import finished


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
