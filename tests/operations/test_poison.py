"""What one row or one answer does to the carrier: nothing to all others (cases R5, R7, R8)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from images.cache.models.image import Image
from images.core.sweeping import FAULT
from images.operations.enums import ActionKind, ItemState, JobState, OperationState
from images.operations.models.operation import Job, Lane, Operation, OperationItem
from images.operations.services import executor
from images.operations.services.executor import execute
from images.operations.services.next_steps import GIVE_UP
from tests import factories
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done, own

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


def job_of(project, **columns) -> Job:
    now = timezone.now()
    due = {"poll_at": now, "deadline": now + timedelta(hours=9), "state": JobState.RUNNING, "kind": ActionKind.COPY}
    return Job.objects.create(project=project, **due | columns)


@pytest.mark.parametrize("failures", [1023, 1024, 32_000, 32_767])
def test_a_job_that_failed_a_thousand_times_keeps_nobody_waiting(sandbox, project, ask, failures):
    job = job_of(project, job_id="gone", failures=failures)
    sandbox.fault(operation="5.6.1", kind="status", status=500)
    assert_done(carried(ask(ActionKind.TAG, own(project), add=[{"key": "a", "value": "b"}])))
    job.refresh_from_db()
    assert job.failures == min(failures + 1, 32_000)
    assert job.poll_at < timezone.now() + timedelta(seconds=20)


def test_an_item_that_nobody_can_read_keeps_no_other_waiting(project, ask):
    """Of the same project: the call of one cannot even be made."""
    first, second = Image.objects.filter(project=project, status="active", member_status="")[:2]
    bad = ask(ActionKind.TAG, first, add=[{"key": "a", "value": "b"}])
    OperationItem.objects.filter(operation=bad).update(parameters=["no", "object"])
    good = ask(ActionKind.TAG, second, add=[{"key": "a", "value": "b"}])
    execute(4)
    good.refresh_from_db()
    assert_done(good)
    item = bad.items.get()
    assert (item.state, item.error) == (ItemState.FAILED, FAULT), "nothing was sent"


def test_a_project_that_cannot_be_worked_for_keeps_no_other_waiting(project, ask, operator):
    """Its frozen batch is no batch: what is wrong comes before any item."""
    away = factories.project("away")
    bad = Operation.objects.create(
        kind=ActionKind.TAG, actor=operator, project=away, summary="x", key="x", total=9, waiting=9
    )
    bad.batches.create(project=away, count=9, images=b"", content=b"not packed")
    assert_done(carried(ask(ActionKind.TAG, own(project), add=[{"key": "a", "value": "b"}]), seconds=5))
    lane = Lane.objects.get(project=away)
    assert lane.paused_until > timezone.now()
    assert lane.pause_reason == FAULT
    assert lane.lease_owner == ""


def test_an_answer_that_cannot_be_written_down_is_set_aside(project, ask, monkeypatch):
    """Two answers land together; the fault of one of them is a fault of ours."""
    one, other = list(Image.objects.filter(project=project, status="active", member_status="")[:2])
    bad, good = (ask(ActionKind.TAG, image, add=[{"key": "a", "value": "b"}]) for image in (one, other))
    real = executor.results.write

    def stumbles(project, landed):
        if any(flight.item and flight.item.operation_id == bad.pk for flight, _landed in landed):
            raise OverflowError("as with a date in the year 10000")
        real(project, landed)

    monkeypatch.setattr(executor.results, "write", stumbles)
    execute(4)
    good.refresh_from_db()
    assert_done(good)
    item = bad.items.get()
    assert (item.state, item.error) == (ItemState.UNCONFIRMED, FAULT)
    assert item.next_at > timezone.now()
    monkeypatch.setattr(executor.results, "write", real)
    OperationItem.objects.filter(pk=item.pk).update(next_at=timezone.now())
    assert_done(carried(bad))


# --- patience ---------------------------------------------------------------------------------------------------------
def asked_long_ago(operation: Operation, hours: float) -> Operation:
    Operation.objects.filter(pk=operation.pk).update(created_at=timezone.now() - timedelta(hours=hours))
    return operation


def test_a_delete_that_waited_a_day_is_as_patient_as_any(sandbox, project, ask):
    sandbox.fault(operation="6.1.5", kind="status", status=503, times=1)
    assert_done(carried(asked_long_ago(ask(ActionKind.DELETE, own(project)), 25)))


def test_a_copy_whose_turn_came_late_is_as_patient_as_any(sandbox, project, ask):
    sandbox.fault(operation="5.4.1", kind="status", status=400, code="IMG.0060", times=1)
    operation = asked_long_ago(ask(ActionKind.COPY, own(project), item={"name": "late"}), 3)
    assert_done(carried(operation))


def test_patience_ends_some_hours_after_the_first_failure(sandbox, project, ask):
    sandbox.fault(operation="5.4.1", kind="status", status=400, code="IMG.0060")
    operation = ask(ActionKind.COPY, own(project), item={"name": "never"})
    execute(2)
    item = operation.items.get()
    assert item.state == ItemState.WAITING
    assert item.failing_since is not None
    OperationItem.objects.update(failing_since=timezone.now() - GIVE_UP, next_at=timezone.now())
    assert carried(operation).state == OperationState.FAILED


def test_a_job_that_took_long_leaves_its_patience_to_what_follows(sandbox, project, ask):
    """Three hours after the call the service forgets the job and then is away for a moment."""
    image = own(project)
    operation = ask(ActionKind.COPY, image, item={"name": "long"})
    sandbox.fault(operation="5.6.1", kind="status", status=404, code="IMG.0027")
    execute(1)
    three = timezone.now() - timedelta(hours=3)
    Operation.objects.update(created_at=three)
    OperationItem.objects.update(sent_at=three)
    sandbox.fault(operation="5.1.1", kind="status", status=503, times=1)
    execute(30)
    operation.refresh_from_db()
    assert_done(operation)


def test_being_throttled_uses_up_no_patience(sandbox, project, ask):
    sandbox.fault(operation="5.2.4", kind="throttle", times=1, retry_after=0)
    operation = carried(ask(ActionKind.TAG, own(project), add=[{"key": "a", "value": "b"}]))
    assert_done(operation)
    assert operation.items.get().failing_since is None
