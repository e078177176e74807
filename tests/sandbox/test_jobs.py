"""Jobs that move with the clock, their parts, and how they end (5.6.1)."""

import pytest

from images.sandbox import Sandbox, cast

from .conftest import Caller
from .test_examples import finished

MAIN = cast.DEMO_PROJECTS[0].id
CREATE = "/v2/cloudimages/action"
FROM_SERVER = {"name": "from-server", "instance_id": "877a2cda-ba63-4e1e-b95f-e67e48b6129a"}
FROM_FILE = {
    "name": "from-file",
    "image_url": "ims-image:centos70.vmdk",
    "os_version": "CentOS 7.0 64bit",
    "min_disk": 40,
    "data_images": [
        {"name": "first", "image_url": "ims-image:data.qcow2", "min_disk": 50},
        {"image_url": "ims-image:data2.qcow2", "min_disk": 50, "tags": ["a.b"]},
    ],
}


@pytest.fixture
def clock(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    """Time that goes on only when it is told to."""
    sandbox.world.speed = 1.0
    now = [sandbox.world.now()]
    monkeypatch.setattr(sandbox.world, "now", lambda: now[0])

    def pass_seconds(seconds: float) -> None:
        now[0] += seconds

    return pass_seconds


def job(owner: Caller, job_id: str) -> dict:
    return owner.get(f"/v1/{MAIN}/jobs/{job_id}")


def test_a_job_from_beginning_to_end(owner, clock):
    job_id = owner("POST", CREATE, json=FROM_SERVER).json()["job_id"]
    seconds = 60.0 + 3.0 * 5
    first = job(owner, job_id)
    assert (first["status"], first["entities"]["process_percent"], first["end_time"]) == ("INIT", 0.0, "")
    assert first["entities"]["image_name"] == "from-server"
    assert first["entities"]["current_task"]
    (image,) = owner.images(name="from-server")
    assert (image["status"], image["__image_size"]) == ("queued", "0")
    clock(seconds * 0.1)
    assert (job(owner, job_id)["status"], job(owner, job_id)["entities"]["process_percent"]) == ("RUNNING", 0.1)
    clock(seconds * 0.4)
    assert job(owner, job_id)["entities"]["process_percent"] == 0.5
    assert "image_id" not in job(owner, job_id)["entities"]
    (image,) = owner.images(name="from-server")
    assert image["status"] == "saving"
    clock(seconds)
    last = job(owner, job_id)
    assert (last["status"], last["entities"]["process_percent"]) == ("SUCCESS", 1.0)
    assert last["entities"]["image_id"] == image["id"]
    assert last["end_time"] > last["begin_time"]
    (image,) = owner.images(name="from-server")
    assert (image["status"], image["active_at"], image["updated_at"]) == ("active", last["end_time"], last["end_time"])


def test_speed_makes_time_pass_faster(owner, clock, sandbox):
    job_id = owner("POST", CREATE, json=FROM_SERVER).json()["job_id"]
    owner("PUT", "/_sandbox/speed", json={"speed": 100})
    clock(0.5)
    assert job(owner, job_id)["status"] == "RUNNING"
    clock(0.5)
    assert job(owner, job_id)["status"] == "SUCCESS"


def test_several_images_of_one_call_are_sub_jobs(owner, clock):
    job_id = owner("POST", CREATE, json=FROM_FILE).json()["job_id"]
    begun = job(owner, job_id)
    assert len(begun["entities"]["sub_jobs_list"]) == 3
    assert {part["status"] for part in begun["entities"]["sub_jobs_result"]} == {"INIT"}
    # I1: Table 5-37 knows an image's id, once there is one, and its name; nothing else
    assert [part["entities"] for part in begun["entities"]["sub_jobs_result"]] == [
        {"image_name": "from-file"}, {"image_name": "first"}, {"image_name": "from-file"},
    ]  # fmt: skip
    clock(3600)
    ended = job(owner, job_id)
    assert ended["status"] == "SUCCESS"
    parts = ended["entities"]["sub_jobs_result"]
    assert [part["job_type"] for part in parts] == [
        "imsImportImageJob",
        "imsImportDataImageJob",
        "imsImportDataImageJob",
    ]
    made = [owner.get(f"/v2/images/{part['entities']['image_id']}") for part in parts]
    assert [image["name"] for image in made] == ["from-file", "first", "from-file"]
    assert [image["virtual_env_type"] for image in made] == ["FusionCompute", "DataImage", "DataImage"]
    assert [image["__os_type"] for image in made] == ["Linux"] * 3
    assert made[2]["tags"] == ["a=b"]
    assert job(owner, ended["entities"]["sub_jobs_list"][0])["status"] == "SUCCESS"


def test_a_broken_file_fails_and_kills_the_image(owner):
    body = {"name": "broken", "image_url": "ims-image:broken.qcow2", "min_disk": 40}
    ended = finished(owner, owner("POST", CREATE, json=body).json()["job_id"])
    assert (ended["status"], ended["error_code"]) == ("FAIL", "IMG.0057")
    assert ended["fail_reason"].startswith("The image file is empty")
    assert ended["entities"]["process_percent"] < 1
    assert [image["status"] for image in owner.images(name="broken")] == ["killed"]


def test_jobs_fail_and_hang_on_demand(sandbox, owner):
    sandbox.faults.add({"kind": "job_fail", "operation": "imsCreateImageByInstance", "times": 1, "code": "IMG.0014"})
    failed = finished(owner, owner("POST", CREATE, json=FROM_SERVER).json()["job_id"])
    assert (failed["status"], failed["error_code"]) == ("FAIL", "IMG.0014")
    sandbox.faults.add({"kind": "job_hang", "times": 1})
    hanging = owner("POST", CREATE, json=FROM_SERVER).json()["job_id"]
    assert finished(owner, owner("POST", CREATE, json=FROM_SERVER).json()["job_id"])["status"] == "SUCCESS"
    assert job(owner, hanging)["status"] == "RUNNING"
    assert job(owner, hanging)["entities"]["process_percent"] == 0.5


def test_a_part_that_fails_fails_the_whole(sandbox, owner):
    sandbox.faults.add({"kind": "job_fail", "operation": "imsImportDataImageJob", "times": 1})
    ended = finished(owner, owner("POST", CREATE, json=FROM_FILE).json()["job_id"])
    assert (ended["status"], ended["error_code"]) == ("FAIL", "IMG.0061")
    assert sorted(part["status"] for part in ended["entities"]["sub_jobs_result"]) == ["FAIL", "SUCCESS", "SUCCESS"]


def test_what_came_between_fails_one_pair_only(owner, clock, sandbox):
    body = {
        "images": ["d164b5df-1bc3-4c3f-893e-3e471fd16e64", "0b680482-aaaa-4045-b14c-9a8c7dfe9c70"],
        "projects": [cast.FOREIGN_PROJECTS[0].id],
    }
    job_id = owner("POST", "/v1/cloudimages/members", json=body).json()["job_id"]
    assert owner("DELETE", f"/v2/images/{body['images'][1]}").status_code == 204
    clock(60)
    ended = job(owner, job_id)
    assert (ended["status"], ended["error_code"]) == ("FAIL", "IMG.0144")
    assert [result["status"] for result in ended["entities"]["results"]] == ["success", "failed"]
    assert sandbox.world.sharing.find(body["images"][0], body["projects"][0]) is not None


def test_an_upload_turns_active_after_a_while(owner, clock):
    path = "/v2/images/84ac7f2b-bf19-4efb-86a0-b5be8771b476"
    assert owner("PUT", f"{path}/file", data=b"suse").status_code == 204
    assert owner.get(path)["status"] == "saving"
    clock(10)
    image = owner.get(path)
    assert image["status"] == "active"
    assert (image["checksum"], image["__image_size"]) == ("f9dc32aae2d2341a550dd89f78cc49b3", "4")
    assert owner("GET", f"{path}/file").headers["Content-Md5"] == image["checksum"]


def test_too_many_jobs_are_refused(owner, clock):
    body = FROM_FILE | {"data_images": []}
    answers = [owner("POST", CREATE, json=body) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [400]
    assert answers[-1].json()["error"]["code"] == "IMG.0194"
    for _ in range(80):
        assert owner("POST", CREATE, json=FROM_SERVER).status_code == 200
    assert owner.refused("POST", CREATE, json=FROM_SERVER) == (400, "IMG.0060")
    clock(3600)
    assert owner("POST", CREATE, json=FROM_SERVER).status_code == 200
