"""Tags, members, quota, jobs, schemas and versions: requests and answers as the reference prints them."""

from datetime import UTC, datetime

import huaweicloudsdkims.v2 as sdk
import pytest
from huaweicloudsdkcore.utils.http_utils import sanitize_for_serialization

from images.ims import (
    Conflict,
    InvalidCall,
    JobFailed,
    JobTimedOut,
    MalformedAnswer,
    Member,
    NotFound,
    NotOffered,
    Quota,
    SystemDisk,
    Version,
    capabilities_of,
)
from tests.ims.conftest import PROJECT
from tests.ims.server import Reply

IMAGE = "d164b5df-1bc3-4c3f-893e-3e471fd16e64"
OTHER = "edc89b490d7d4392898e19b2deb34797"

MEMBER = {
    "status": "accepted",
    "created_at": "2016-09-01T02:05:14Z",
    "updated_at": "2016-09-01T02:37:11Z",
    "image_id": IMAGE,
    "member_id": OTHER,
    "schema": "/v2/schemas/member",
}

JOB = {
    "status": "SUCCESS",
    "entities": {
        "image_id": "e9e91bff-14b6-4a0b-8377-4ed0813e3360",
        "image_name": "asdfsdfasdfas",
        "process_percent": 0.2,
        "current_task": "CreateImageByInstanceTask",
        "results": [
            {
                "image_id": "49e9447f-7dff-41e0-8036-f66fe5488c8b",
                "project_id": "089b2f9a3d80d3062f24c00ca4ed5cbd",
                "status": "success",
            }
        ],
    },
    "job_id": "ff8080814dbd65d7014dbe0d84db0013",
    "job_type": "createImageByInstance",
    "begin_time": "04-Jun-2015 18:11:06:586",
    "end_time": "",
    "error_code": None,
    "fail_reason": None,
}


class TestMembers:
    def test_reading(self, server, client):
        server.script(Reply(200, {"members": [MEMBER, {**MEMBER, "status": "odd", "new": 1}], "schema": "x"}))
        first, second = client.members.list(IMAGE)
        assert first == Member(
            image_id=IMAGE,
            member_id=OTHER,
            status="accepted",
            created_at=datetime(2016, 9, 1, 2, 5, 14, tzinfo=UTC),
            updated_at=datetime(2016, 9, 1, 2, 37, 11, tzinfo=UTC),
            schema="/v2/schemas/member",
        )
        assert (second.status, second.extra) == ("odd", {"new": 1})
        server.script(Reply(200, MEMBER))
        assert client.members.get(IMAGE, OTHER) == first

    def test_one_by_one(self, server, client):
        server.script(Reply(200, MEMBER))
        client.members.add(IMAGE, OTHER)
        client.members.answer(IMAGE, "rejected")
        server.script(Reply(204))
        client.members.remove(IMAGE, OTHER)
        base = f"/v2/images/{IMAGE}/members"
        assert [(asked.method, asked.path, asked.json if asked.body else None) for asked in server.asked] == [
            ("POST", base, {"member": OTHER}),
            ("PUT", f"{base}/{PROJECT}", {"status": "rejected"}),
            ("DELETE", f"{base}/{OTHER}", None),
        ]

    def test_many_at_once(self, server, client):
        server.script(Reply(200, {"job_id": "j"}))
        assert client.members.add_many([IMAGE, IMAGE], [OTHER, "p2"]) == "j"
        assert client.members.remove_many([IMAGE], [OTHER]) == "j"
        assert client.members.answer_many([IMAGE], "accepted") == "j"
        assert [(asked.method, asked.path, asked.json) for asked in server.asked] == [
            ("POST", "/v1/cloudimages/members", {"images": [IMAGE], "projects": [OTHER, "p2"]}),
            ("DELETE", "/v1/cloudimages/members", {"images": [IMAGE], "projects": [OTHER]}),
            ("PUT", "/v1/cloudimages/members", {"images": [IMAGE], "project_id": PROJECT, "status": "accepted"}),
        ]

    def test_in_the_way_of_the_service(self, server, client, glance):
        server.script(Reply(200, {"job_id": "j"}))
        assert client.members.share([IMAGE], [OTHER]) == "j"
        assert client.members.unshare([IMAGE], [OTHER]) == "j"
        there, nobody = Reply(200, {"members": [MEMBER]}), Reply(200, {"members": []})
        server.script(Reply(409), there, Reply(200, MEMBER))
        assert glance.members.share([IMAGE], [MEMBER["member_id"], "p2"]) == ""
        server.script(Reply(404), nobody, Reply(204))
        assert glance.members.unshare([IMAGE], [OTHER, "p2"]) == ""
        methods = ["POST", "DELETE", "POST", "GET", "POST", "DELETE", "GET", "DELETE"]
        assert [asked.method for asked in server.asked] == methods

    def test_what_a_service_says_of_a_member_is_looked_at(self, server, glance):
        """O2: neither 404 nor 409 is taken for success."""
        server.script(Reply(404), Reply(200, {"members": [MEMBER]}))
        with pytest.raises(NotFound):
            glance.members.unshare([IMAGE], [MEMBER["member_id"]])
        server.script(Reply(409), Reply(200, {"members": []}))
        with pytest.raises(Conflict):
            glance.members.share([IMAGE], [OTHER])

    def test_what_cannot_be_right(self, server, client):
        for call in (
            lambda: client.members.answer(IMAGE, "pending"),
            lambda: client.members.add_many([], [OTHER]),
            lambda: client.members.share([IMAGE], []),
        ):
            with pytest.raises(InvalidCall):
                call()
        assert server.asked == []

    def test_a_conflict_is_told(self, server, client):
        server.script(Reply(409))
        with pytest.raises(Conflict):
            client.members.add(IMAGE, OTHER)


class TestJobs:
    def test_the_job_of_the_reference(self, server, client):
        server.script(Reply(200, JOB))
        job = client.jobs.get("ff8080814dbd65d7014dbe0d84db0013")
        assert server.asked[0].path == f"/v1/{PROJECT}/jobs/ff8080814dbd65d7014dbe0d84db0013"
        assert job.succeeded
        assert job.type == "imsCreateImageByInstance"
        assert job.begin_time == datetime(2015, 6, 4, 18, 11, 6, 586000, UTC)
        assert job.end_time is None
        assert job.progress == 0.2
        assert job.image_id == "e9e91bff-14b6-4a0b-8377-4ed0813e3360"
        assert job.results[0].status == "SUCCESS"

    @pytest.mark.parametrize(
        ("sent", "read"),
        [("success", "SUCCESS"), ("failed", "FAIL"), ("FAIL", "FAIL"), ("running", "RUNNING"), ("PAUSED", "PAUSED")],
    )
    def test_states(self, server, client, sent, read):
        server.script(Reply(200, {**JOB, "status": sent}))
        assert client.jobs.get("j").status == read

    @pytest.mark.parametrize(
        ("sent", "read"), [(45, 0.45), ("0.5", 0.5), (1, 1.0), (None, None), ("", None), ("x", None)]
    )
    def test_progress(self, server, client, sent, read):
        server.script(Reply(200, {**JOB, "entities": {"process_percent": sent}}))
        assert client.jobs.get("j").progress == read

    @pytest.mark.parametrize("body", [{}, {"job_id": "j"}, {"job_id": [], "status": "x"}, [], b"<html>"])
    def test_what_is_no_job(self, server, client, body):
        server.script(Reply(200, body))
        with pytest.raises(MalformedAnswer):
            client.jobs.get("j")

    def test_waiting_tells_progress_and_asks_less_often(self, server, client):
        states = [("INIT", 0), ("RUNNING", 0.3), ("RUNNING", 0.6), ("SUCCESS", 1)]
        server.script(*(Reply(200, {**JOB, "status": s, "entities": {"process_percent": p}}) for s, p in states))
        clock, seen = Clock(), []
        job = client.jobs.wait(
            "j", on_progress=lambda job: seen.append(job.progress), clock=clock, sleep=clock.sleep, interval=2
        )
        assert job.succeeded
        assert seen == [0.0, 0.3, 0.6, 1.0]
        assert clock.naps == [2, 3, 4.5]

    def test_waiting_ends_with_the_reason_of_a_failure(self, server, client):
        server.script(Reply(200, {**JOB, "status": "FAIL", "error_code": "IMG.0057", "fail_reason": "No such file."}))
        with pytest.raises(JobFailed, match=r"The job failed \(IMG\.0057\): No such file\.") as caught:
            client.jobs.wait("j")
        assert caught.value.measure
        assert caught.value.code == "IMG.0057"

    def test_a_reason_inside_entities_is_found(self, server, client):
        server.script(Reply(200, {"job_id": "j", "status": "FAIL", "entities": {"error_code": "IMG.0057"}}))
        assert client.jobs.get("j").code == "IMG.0057"

    def test_waiting_is_bounded(self, server, client):
        server.script(Reply(200, {**JOB, "status": "RUNNING"}))
        clock = Clock()
        with pytest.raises(JobTimedOut, match="still RUNNING"):
            client.jobs.wait("j", timeout=60, clock=clock, sleep=clock.sleep)
        assert sum(clock.naps) == pytest.approx(60)
        assert max(clock.naps) <= 15

    def test_sub_jobs_by_the_names_of_the_vendor(self, server, client):
        """I1: Tables 5-34, 5-36 and 5-37, written by the vendor's own models."""
        parts = [
            sdk.SubJobResult(
                status="SUCCESS", job_id="s-1", job_type="imsVolumeCreateImageJob", begin_time="2026-11-30T10:00:00Z",
                end_time="2026-11-30T10:05:00Z", entities=sdk.SubJobEntities(image_id="i-1", image_name="data-1"),
            ),
            sdk.SubJobResult(
                status="FAIL", job_id="s-2", error_code="IMG.0061", fail_reason="The disk is away.",
                entities=sdk.SubJobEntities(image_name="data-2"),
            ),
        ]  # fmt: skip
        server.script(Reply(200, sanitize_for_serialization(sdk.ShowJobResponse(
            status="FAIL", job_id="j", job_type="imsVolumeCreateImageJob",
            entities=sdk.JobEntities(sub_jobs_result=parts, sub_jobs_list=["s-1", "s-2"]),
        ))))  # fmt: skip
        job = client.jobs.whole(client.jobs.get("j"))
        first, second = job.sub_jobs
        assert (first.id, first.status, first.image_id, first.image_name) == ("s-1", "SUCCESS", "i-1", "data-1")
        assert (second.failed, second.code, second.reason, second.image_id) == (
            True,
            "IMG.0061",
            "The disk is away.",
            "",
        )
        assert job.sub_job_ids == ("s-1", "s-2")
        assert len(server.asked) == 1  # all that there is to know was told

    def test_sub_jobs_of_which_only_the_ids_are_told_are_asked_about(self, server, client):
        """I1: `sub_jobs_list` alone (Table 5-34), in its order."""
        whole = sdk.ShowJobResponse(status="FAIL", job_id="j", entities=sdk.JobEntities(sub_jobs_list=["s-1", "s-2"]))
        parts = [
            sdk.ShowJobResponse(status=status, job_id=job_id, entities=sdk.JobEntities(image_name=f"of {job_id}"))
            for job_id, status in (("s-1", "SUCCESS"), ("s-2", "FAIL"))
        ]
        server.script(*(Reply(200, sanitize_for_serialization(one)) for one in (whole, *parts)))
        job = client.jobs.whole(client.jobs.get("j"))
        assert [(part.id, part.status, part.image_name) for part in job.sub_jobs] == [
            ("s-1", "SUCCESS", "of s-1"),
            ("s-2", "FAIL", "of s-2"),
        ]
        assert [asked.path.rpartition("/")[2] for asked in server.asked] == ["j", "s-1", "s-2"]

    def test_sub_jobs_are_not_asked_about_before_the_end(self, server, client):
        whole = sdk.ShowJobResponse(status="RUNNING", job_id="j", entities=sdk.JobEntities(sub_jobs_list=["s-1"]))
        server.script(Reply(200, sanitize_for_serialization(whole)))
        assert client.jobs.whole(client.jobs.get("j")).sub_jobs == ()
        assert len(server.asked) == 1

    def test_a_job_names_the_request_that_told_of_it(self, server, client):
        server.script(Reply(200, JOB, {"X-Request-Id": "req-7"}))
        assert client.jobs.get("j").request_id == "req-7"


class Clock:
    def __init__(self) -> None:
        self.now, self.naps = 0.0, []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


def test_quota(server, client):
    server.script(
        Reply(200, {"quotas": {"resources": [{"type": "image", "used": "19", "quota": 20, "min": 1, "max": 1000}]}})
    )
    assert client.quotas.images() == Quota("image", 19, 20, 1, 1000)
    assert client.quotas.list()[0].left == 1
    for body in (
        {},
        {"quotas": {}},
        {"quotas": {"resources": [{}]}},
        {"quotas": {"resources": [5]}},
        {"quotas": {"resources": []}},
    ):
        server.script(Reply(200, body))
        with pytest.raises(MalformedAnswer):
            client.quotas.images()


def test_quota_of_a_glance(server, glance):
    usage = {"image_count_total": {"usage": 3, "limit": 100}, "image_size_total": {"usage": 7, "limit": -1}}
    server.script(Reply(200, {"usage": usage}))
    assert glance.quotas.images() == Quota("image", 3, 100)
    size = glance.quotas.list()[1]
    assert (size.type, size.unlimited, size.left) == ("image_size_total", True, None)
    assert server.asked[0].path == "/v2/info/usage"
    for reply in (Reply(404), Reply(200, {"usage": {}})):
        server.script(reply)
        with pytest.raises(NotOffered, match="keeps no quotas"):
            glance.quotas.images()
    for body in ({}, {"usage": 5}, {"usage": {"image_count_total": 5}}, {"usage": {"a": {"usage": 1}}}):
        server.script(Reply(200, body))
        with pytest.raises(MalformedAnswer):
            glance.quotas.list()


def test_versions(server, client):
    body = {"versions": [{"status": "CURRENT", "id": "v2.2", "links": [{"href": "https://x/v2/", "rel": "self"}]}]}
    server.script(Reply(300, body))
    assert client.versions.list() == [Version("v2.2", "CURRENT", "https://x/v2/")]
    assert client.versions.get("v2.2").status == "CURRENT"
    assert [asked.path for asked in server.asked] == ["/", "/v2.2"]
    server.script(Reply(300, {"versions": []}))
    with pytest.raises(MalformedAnswer):
        client.versions.get("v9")


def test_schemas(server, client):
    server.script(Reply(200, {"name": "image", "properties": {"id": {"type": "string"}}, "links": []}))
    assert [getattr(client.schemas, name)().name for name in ("image", "images", "member", "members")] == ["image"] * 4
    assert [asked.path for asked in server.asked] == [
        f"/v2/schemas/{n}" for n in ("image", "images", "member", "members")
    ]


def test_a_glance_is_not_asked_for_what_it_does_not_have(server, glance):
    for call in (
        lambda: glance.jobs.get("j"),
        glance.tags.of_project,
        lambda: glance.images.create(SystemDisk(name="a", instance_id="b")),
        lambda: glance.images.copy("i", "name"),
    ):
        with pytest.raises(NotOffered, match="does not offer"):
            call()
    with pytest.warns(DeprecationWarning, match="abandoned"), pytest.raises(NotOffered):
        glance.legacy.delete("i")
    assert server.asked == []


def test_capabilities():
    ims, glance = capabilities_of("ims"), capabilities_of("openstack")
    assert len(ims.operations - {"download"}) == 43
    assert ims.jobs
    assert not glance.jobs
    assert glance.offers("6.1.1", "6.4.1", "download")
    assert not glance.offers("6.1.1", "5.1.7")
    with pytest.raises(InvalidCall):
        capabilities_of("azure")
