"""What the suites of others found (`make conformance`), each as a test of its own."""

import pytest

from tests.sandbox.conftest import Caller

JSON_PATCH = "application/openstack-images-v2.1-json-patch"


def queued(owner: Caller) -> str:
    answer = owner("POST", "/v2/images", json={"name": "waits", "disk_format": "raw"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_an_image_that_waits_for_its_file_has_an_empty_one(owner):
    """tempest, test_register_upload_get_image_file: 204, as Glance answers; the reference has no such call."""
    answer = owner("GET", f"/v2/images/{queued(owner)}/file")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_image_without_an_id_is_none(owner, method):
    """tempest, test_get_image_null_id: the list was answered."""
    assert owner(method, "/v2/images/").status_code == 404


def test_versions_are_found_with_a_slash_and_without(owner):
    assert owner("GET", "/v3").json() == owner("GET", "/v3/").json()
    assert owner("GET", "/v2.0/").status_code == owner("GET", "/").status_code == 300


def test_architecture_is_a_customised_attribute(owner):
    """openstack image set --architecture: 6.3.1 has it as one that is not basic, 9.1 has it not."""
    step = [{"op": "add", "path": "/architecture", "value": "x86_64"}]
    answer = owner("PATCH", f"/v2/images/{queued(owner)}", json=step, headers={"Content-Type": JSON_PATCH})
    assert (answer.status_code, answer.json()["architecture"]) == (200, "x86_64")
