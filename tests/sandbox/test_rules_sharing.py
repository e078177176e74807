"""With whom what cannot be shared, and who may answer, with which code."""

import pytest

from images.sandbox.sharing import Member

from .refusals import ENCRYPTED, MAIN, PARTNER, PLAIN, PUBLIC, QUEUED, WHOLE, code_of


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
    ],
)
def test_sharing(owner, image, project, code):
    assert code_of(owner, "POST", f"/v2/images/{image}/members", {"member": project}) == code
    body = {"images": [image], "projects": [project]}
    assert code_of(owner, "POST", "/v1/cloudimages/members", body) == code


def test_an_image_that_waits_for_its_file_can_be_shared(owner):
    """9.3 lists what cannot be shared, and says nothing of the state of an image."""
    answer = owner("POST", f"/v2/images/{QUEUED}/members", json={"member": PARTNER})
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")


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
