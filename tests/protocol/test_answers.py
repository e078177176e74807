"""Answers that no printed example asks for: jobs of several images, jobs that fail, refusals, images of every kind.

What is asserted of their names is asserted of every test here (conftest.py): none stands nowhere.
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from images.sandbox import Sandbox, cast
from tests.protocol.ledger import Ledger
from tests.protocol.test_huawei_sdk import SERVER
from tests.sandbox.conftest import Caller

OWNER, PARTNER = cast.DEMO_PROJECTS[0], cast.FOREIGN_PROJECTS[0]
AGENT = "^python-requests/"

DATA_DISKS = ("b0c1d2e3-f405-4617-8829-3a4b5c6d7e10", "c1d2e3f4-0516-4728-993a-4b5c6d7e8f20")
OF_FILE = {"os_version": "CentOS 7.0 64bit", "min_disk": 40}


@pytest.fixture
def owner(sandbox: Sandbox) -> Iterator[Caller]:
    caller = Caller(sandbox, OWNER)
    yield caller
    caller.session.close()


def job(caller: Caller, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The job that a call begins, at its end; it is looked at on the way, too."""
    begun = caller(method, path, json=body)
    assert begun.status_code == 200, begun.text
    end = time.monotonic() + 60
    while True:
        found = caller.get(f"/v1/{caller.project.id}/jobs/{begun.json()['job_id']}")
        if found["status"] in {"SUCCESS", "FAIL"}:
            return found
        assert time.monotonic() < end, found
        time.sleep(0.01)


def test_an_order_of_several_images(owner):
    disks = [{"name": f"disk {number}", "volume_id": volume} for number, volume in enumerate(DATA_DISKS)]
    done = job(owner, "POST", "/v2/cloudimages/action", {"name": "disks", "data_images": disks})
    assert done["status"] == "SUCCESS"
    assert len(done["entities"]["sub_jobs_list"]) == len(done["entities"]["sub_jobs_result"]) == 2


@pytest.mark.parametrize("file", ["appliance.ova", "centos70.qcow2", "broken.qcow2"])
def test_images_from_files(owner, file):
    body = {"name": f"from {file}", "image_url": f"ims-image:{file}", **OF_FILE}
    done = job(owner, "POST", "/v2/cloudimages/action", body)
    assert done["status"] == ("FAIL" if "broken" in file else "SUCCESS")


def test_a_whole_server_and_an_iso(owner):
    whole = {"name": "whole", "instance_id": SERVER}
    assert job(owner, "POST", "/v1/cloudimages/wholeimages/action", whole)["status"] == "SUCCESS"
    iso = {"name": "iso", "type": "IsoImage", "image_url": "ims-image:centos70.iso", **OF_FILE}
    made = job(owner, "POST", "/v2/cloudimages/action", iso)["entities"]["image_id"]
    assert owner.get(f"/v2/images/{made}")["virtual_env_type"] == "IsoImage"
    assert made in {image["id"] for image in owner.images("/v2/images", limit=100)}


def test_a_sharing_that_fails_for_one_of_two(owner):
    whole = next(image for image in owner.images(__whole_image="true") if image["owner"] == OWNER.id)
    refused = owner("POST", "/v1/cloudimages/members", json={"images": [whole["id"]], "projects": [PARTNER.id]})
    assert refused.json()["error"]["code"] == "IMG.0135"
    image = job(owner, "POST", "/v2/cloudimages/action", {"name": "to share", "instance_id": SERVER})
    body = {"images": [image["entities"]["image_id"]], "projects": [PARTNER.id]}
    done = job(owner, "POST", "/v1/cloudimages/members", body)
    assert [one["project_id"] for one in done["entities"]["results"]] == [PARTNER.id]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v2/images/no-id", 400), ("/v2/images/00000000-0000-4000-8000-000000000000", 404), ("/v3/nothing", 404)],
)
def test_refusals(owner, path, status):
    assert owner("GET", path).status_code == status


def test_every_image_there_is(owner):
    """Generated images are of every kind that there is, and both lists show all of them."""
    extension = {image["id"] for image in owner.images(limit=1000)}
    native = {image["id"] for image in owner.images("/v2/images", limit=1000)}
    assert len(extension) > 30
    assert extension == native


def test_the_ledger_finds_an_invented_answer(tmp_path):
    """A name that the sandbox makes up is told, with its section."""
    ledger = Ledger(Sandbox(tmp_path / "state.sqlite3", images=60, speed=10_000))
    respond = ledger._respond
    ledger._respond = lambda request: _with_a_slip(respond(request))
    with ledger.sandbox as running:
        caller = Caller(running, OWNER)
        caller.images("/v2/images", limit=1)
        caller.session.close()
    assert ledger.invented_answers() == ["6.1.1: __os_versoin"]


def _with_a_slip(response: Any) -> Any:
    response.body = response.body.replace(b'"__os_version"', b'"__os_versoin"')
    return response
