"""An account is removed while operations on its images wait or are under way."""

import pytest
from django.utils import timezone

from images.accounts.services import removal
from images.cache.models.image import Image
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Operation, OperationItem
from images.operations.services import cancel, executor
from images.operations.services.scheduling import has_open_work
from tests.operations.fixtures import carried

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


def some(project, count: int) -> list[Image]:
    return list(Image.objects.filter(project=project, member_status="", status="active", protected=False)[:count])


def test_what_has_not_begun_is_cancelled_and_the_rest_is_unknown(project, operator, ask):
    operation = ask(ActionKind.TAG, *some(project, 3), add=[{"key": "late", "value": "1"}])
    first = operation.items.first()
    OperationItem.objects.filter(pk=first.pk).update(sent_at=timezone.now(), state=ItemState.SENT)
    Operation.objects.filter(pk=operation.pk).update(waiting=2, running=1)
    removal.remove_account(actor=operator, account=project.account)
    operation.refresh_from_db()
    assert (operation.state, operation.cancelled, operation.unknown) == (OperationState.UNKNOWN, 2, 1)
    assert all(item.error for item in operation.items.all())
    assert not has_open_work()


def test_the_operation_outlives_the_account(project, operator, ask):
    operation = ask(ActionKind.TAG, *some(project, 2), add=[{"key": "late", "value": "1"}])
    removal.remove_account(actor=operator, account=project.account)
    removal.clear_removed()
    operation.refresh_from_db()
    assert (operation.state, operation.total) == (OperationState.CANCELLED, 2)
    assert operation.summary


def test_what_was_only_throttled_can_still_be_cancelled(sandbox, project, operator, ask):
    """The service did nothing, so it has not begun."""
    sandbox.fault(operation="5.2.4", kind="throttle", times=1, retry_after=60)
    operation = ask(ActionKind.TAG, *some(project, 1), add=[{"key": "never", "value": "1"}])
    executor.execute(0.5)
    item = operation.items.get()
    assert (item.state, item.sent_at) == (ItemState.WAITING, None)
    assert cancel(actor=operator, operation=operation) == 1
    assert carried(operation).state == OperationState.CANCELLED
