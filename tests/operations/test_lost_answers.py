"""Answers that never come, services that refuse for now: every effect is there exactly once in the end."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db.models import Count

from images.cache.models.image import Image
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Lane
from images.operations.services import project_leases
from images.operations.services.executor import Executor
from tests.clouds.projects import in_cache, in_sandbox
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done, own

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]

LOST = [
    {"kind": "reset_after", "times": 1},
    {"kind": "reset_before", "times": 1},
    {"kind": "garbage", "times": 1},
    {"kind": "truncate", "times": 1},
    {"kind": "html", "times": 1},
    {"kind": "status", "status": 500, "times": 2},
    {"kind": "status", "status": 503, "times": 1},
    {"kind": "throttle", "times": 2, "retry_after": 1},
    {"kind": "unauthorised", "times": 1},
]


def names(sandbox, project, name: str) -> int:
    return sum(document["name"] == name for _state, document in in_sandbox(sandbox, project).values())


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}")
def test_a_copy_is_made_once(sandbox, project, ask, fault):
    image = own(project)
    name = f"copy {fault['kind']}{fault.get('status', '')}"
    sandbox.fault(operation="5.4.1", **fault)
    operation = carried(ask(ActionKind.COPY, image, item={"name": name}))
    assert_done(operation)
    assert names(sandbox, project, name) == 1
    assert Image.objects.get(project=project, name=name).image_id == operation.items.get().result["image_id"]


@pytest.mark.parametrize("fault", LOST[:5], ids=lambda fault: fault["kind"])
def test_what_may_be_repeated_is(sandbox, project, ask, fault):
    image = own(project)
    sandbox.fault(operation="5.2.4", **fault)
    assert_done(carried(ask(ActionKind.TAG, image, add=[{"key": "fault", "value": fault["kind"]}])))
    sandbox.fault(operation="5.1.2", **fault)
    assert_done(carried(ask(ActionKind.EDIT, image, item={"changes": [{"attribute": "name", "value": fault["kind"]}]})))
    sandbox.fault(operation="6.1.5", **fault)
    assert_done(carried(ask(ActionKind.DELETE, image)))
    assert in_cache(project) == in_sandbox(sandbox, project)


def test_copies_of_one_name_are_told_apart(sandbox, project, ask):
    """The answers to all of them are lost, and still there are three."""
    images = [own(project)] * 3
    sandbox.fault(operation="5.4.1", kind="reset_after", times=3)
    operation = carried(ask(ActionKind.COPY, *images, item={"name": "triplet"}))
    assert_done(operation)
    assert names(sandbox, project, "triplet") == 3
    assert len({item.result["image_id"] for item in operation.items.all()}) == 3


def test_throttling_pauses_the_whole_project(sandbox, project, ask):
    image = own(project)
    sandbox.fault(operation="5.2.4", kind="throttle", times=1, retry_after=1)
    assert_done(carried(ask(ActionKind.TAG, image, add=[{"key": "slow", "value": "down"}])))
    assert Lane.objects.get(project=project).paused_until


def test_throttling_calls_back_what_has_not_left(project, ask, monkeypatch):
    """One thread, and it is out with the first item: the others are ready, and wait again."""
    images = Image.objects.filter(project=project, member_status="").alias(held=Count("tags")).filter(held__lt=9)[:10]
    operation = ask(ActionKind.TAG, *images, add=[{"key": "called", "value": "back"}])
    begun, released = Event(), Event()

    def out(*_given):
        begun.set()
        assert released.wait(30)

    monkeypatch.setattr("images.operations.services.calls.send_off", out)
    one = Executor()
    one._take_lanes()
    one._pools[project.pk] = ThreadPoolExecutor(1)
    one._start(project)
    assert begun.wait(30)
    one._call_back(project.pk)
    operation.refresh_from_db()
    assert (operation.waiting, operation.running) == (9, 1)
    waiting = operation.items.filter(state=ItemState.WAITING)
    assert set(waiting.values_list("attempts", "sent_at")) == {(0, None)}
    released.set()
    one._pools[project.pk].shutdown()
    project_leases.give_back([project.pk], one._owner)


def test_a_job_that_fails_says_why(sandbox, project, ask):
    sandbox.fault(operation="imsCopyImageInRegionJob", kind="job_fail", code="IMG.0057", times=1)
    operation = carried(ask(ActionKind.COPY, own(project), item={"name": "doomed"}))
    item = operation.items.get()
    assert (operation.state, item.state) == (OperationState.FAILED, ItemState.FAILED)
    assert item.error_code.startswith("IMG.")
    assert item.error
    assert operation.events.count() == 1


def test_a_job_that_hangs_is_overdue_in_the_end(sandbox, project, ask, settings):
    settings.JOB_DEADLINE = 1
    sandbox.fault(operation="imsCopyImageInRegionJob", kind="job_hang", times=1)
    operation = carried(ask(ActionKind.COPY, own(project), item={"name": "for ever"}))
    item = operation.items.get()
    assert (operation.state, item.state, item.job.state) == (OperationState.UNKNOWN, ItemState.UNKNOWN, "overdue")


def test_a_job_that_the_service_forgets_is_looked_for_by_its_effect(sandbox, project, ask):
    sandbox.fault(operation="5.6.1", kind="status", status=404, times=3)
    operation = carried(ask(ActionKind.COPY, own(project), item={"name": "forgotten"}))
    assert_done(operation)
    assert operation.items.get().job.state == "lost"
    assert names(sandbox, project, "forgotten") == 1


def test_a_forgotten_job_whose_effect_cannot_be_found_is_never_begun_again(sandbox, project, ask):
    """The service took the call: a second one might make a second image."""
    sandbox.fault(operation="imsCopyImageInRegionJob", kind="job_hang", times=1)
    sandbox.fault(operation="5.6.1", kind="status", status=404)
    sandbox.reset_calls()
    operation = ask(ActionKind.COPY, own(project), item={"name": "forgotten for good"})
    while "5.4.1" not in sandbox.calls():
        carried(operation, seconds=0.05)
    for image_id, (_state, document) in in_sandbox(sandbox, project).items():
        if document["name"] == "forgotten for good":
            sandbox.delete_image(image_id)
    carried(operation)
    item = operation.items.get()
    assert (operation.state, item.state, item.job.state) == (OperationState.UNKNOWN, ItemState.UNKNOWN, "lost")
    assert item.job.job_id in item.error
    assert sandbox.calls()["5.4.1"] == 1


def test_an_image_that_is_made_for_ever_is_unknown_in_the_end(sandbox, project, ask, settings):
    """Its job is forgotten, and it is there and never ready."""
    settings.JOB_DEADLINE = 2
    sandbox.fault(operation="imsCopyImageInRegionJob", kind="job_hang", times=1)
    sandbox.fault(operation="5.6.1", kind="status", status=404)
    operation = carried(ask(ActionKind.COPY, own(project), item={"name": "never ready"}), seconds=20.0)
    item = operation.items.get()
    assert (operation.state, item.state, item.job.state) == (OperationState.UNKNOWN, ItemState.UNKNOWN, "lost")


@pytest.mark.parametrize("then", [{"kind": "unauthorised"}, {"kind": "status", "status": 403}], ids=["401", "403"])
def test_nobody_may_sign_in_any_more_after_a_lost_answer(sandbox, project, ask, then):
    """The first call took effect; that later ones are not let in says nothing about it."""
    image = own(project)
    sandbox.fault(operation="5.2.4", kind="reset_after", times=1)
    sandbox.fault(operation="5.2.4", skip=1, **then)
    operation = carried(ask(ActionKind.TAG, image, add=[{"key": "let", "value": "in"}]))
    assert (operation.state, operation.items.get().state) == (OperationState.UNKNOWN, ItemState.UNKNOWN)
    assert "let=in" in in_sandbox(sandbox, project)[image.image_id][1]["tags"]


def test_a_refusal_that_cannot_be_read_is_asked_for_again(sandbox, project, ask):
    """The first export took effect without an answer; that there is a file now came as rubbish."""
    sandbox.fault(operation="5.1.7", kind="reset_after", times=1)
    sandbox.fault(operation="5.1.7", kind="garbage", times=1, skip=1)
    said = {"bucket_url": f"ims-image:{uuid.uuid4().hex}.qcow2", "file_format": "qcow2"}
    image = own(project, size__lt=2**33)  # larger ones are refused for good
    assert_done(carried(ask(ActionKind.EXPORT, image, item=said)))


def test_an_image_that_cannot_be_fetched_again_is_synchronised(sandbox, project, ask):
    image = own(project)
    sandbox.fault(operation="6.1.2", kind="status", status=500, times=1)
    assert_done(carried(ask(ActionKind.TAG, image, add=[{"key": "unseen", "value": "yet"}])))
    assert not image.tags.filter(key="unseen").exists()
    project.refresh_from_db()
    assert project.wanted == "quick"
