"""A large operation: its images are fixed in a moment, and become items while they are carried out."""

import uuid

import pytest
from django.db import transaction

from images.enums import ActKind, ItemState, OperationState, Role
from images.models import Image, ItemBatch, Operation, OperationItem
from images.services.operations import Target, batches, cancel, carrier, lanes, retry_failed, submit, unwritten
from images.services.operations.abandoning import abandon
from images.services.selection import judge
from tests import factories
from tests.clouds import in_cache, in_sandbox
from tests.conftest import person
from tests.operations.conftest import carried

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(batches, "FIRST", 3)
    monkeypatch.setattr(batches, "AT_ONCE", 4)


@pytest.fixture
def twelve(project) -> list[Image]:
    free = Image.objects.filter(project=project, status="active", protected=False, whole_image=False, member_status="")
    return list(free.order_by("pk")[:12])


def protect(ask, images):
    return ask(ActKind.PROTECT, *images)


def counted(operation: Operation) -> dict[str, int]:
    operation.refresh_from_db()
    return {name: getattr(operation, name) for name in ("total", "waiting", "done", "cancelled", "failed")}


def claimed(project) -> str:
    owner = lanes.new_owner()
    assert lanes.claim(project.pk, owner)
    return owner


def test_all_are_counted_at_once_and_carried_out(ask, sandbox, project, twelve):
    operation = protect(ask, twelve)
    assert (operation.items.count(), unwritten(operation), ItemBatch.objects.count()) == (3, 9, 3)
    assert counted(operation)["waiting"] == 12
    carried(operation)
    assert operation.state == OperationState.DONE
    items = operation.items.order_by("position")
    assert [(item.position, item.image_uid, item.image_name) for item in items] == [
        (place, image.image_id, image.name) for place, image in enumerate(twelve)
    ]
    assert in_cache(project) == in_sandbox(sandbox, project)
    assert not ItemBatch.objects.exists()


class Died(BaseException):
    """The process is gone at this line."""


@pytest.mark.parametrize("point", ["items written, not committed", "committed, nothing else done"])
def test_a_carrier_that_dies_over_a_batch_loses_and_doubles_nothing(ask, twelve, monkeypatch, point):
    operation = protect(ask, twelve)
    write, expand, calls = batches._write_items, batches.expand, []

    def dying(*arguments):
        calls.append(arguments)
        (write if point.startswith("items") else expand)(*arguments)
        if len(calls) == 2:
            raise Died

    with monkeypatch.context() as patched:
        patched.setattr(batches, "_write_items" if point.startswith("items") else "expand", dying)
        with pytest.raises(Died):
            carrier.carry(30.0)
    left = unwritten(operation)
    assert 0 < left < 9
    assert operation.items.count() + left == 12
    carried(operation)
    assert (operation.state, operation.done, operation.items.count()) == (OperationState.DONE, 12, 12)


def test_what_is_frozen_can_be_cancelled_and_is_seen_as_cancelled(ask, operator, project, twelve):
    operation = protect(ask, twelve)
    owner = claimed(project)
    batches.expand(project.pk, owner)
    assert cancel(actor=operator, operation=operation) == 12
    assert counted(operation) == {"total": 12, "waiting": 0, "done": 0, "cancelled": 12, "failed": 0}
    assert operation.state == OperationState.CANCELLED
    assert unwritten(operation) == 5
    lanes.give_back([project.pk], owner)
    carried(operation)
    states = OperationItem.objects.filter(operation=operation).values_list("state", flat=True)
    assert list(states) == [ItemState.CANCELLED] * 12
    assert cancel(actor=operator, operation=operation) == 0


def test_what_is_frozen_stands_in_the_way_of_others(ask, operator, twelve):
    operation = ask(ActKind.DELETE, *twelve)
    judged = judge(actor=operator, kind=ActKind.PROTECT, ids=[image.pk for image in twelve])
    assert not judged.targets
    assert [(group.count, group.operation) for group in judged.groups] == [(12, operation.pk)]
    cancel(actor=operator, operation=operation)
    judged = judge(actor=operator, kind=ActKind.PROTECT, ids=[image.pk for image in twelve])
    assert len(judged.targets) == 12


def test_an_image_that_goes_before_it_is_an_item_keeps_its_name(ask, project, twelve):
    operation = protect(ask, twelve)
    gone = twelve[5]
    factories.put(project, gone=(gone.pk,))
    batches.expand(project.pk, claimed(project))
    item = operation.items.get(position=5)
    assert (item.image_id, item.image_uid, item.image_name) == (None, gone.image_id, gone.name)


def test_whoever_sees_one_of_its_projects_sees_it_before_all_its_items_are_there(admin, db):
    first, second = factories.project("one"), factories.project("two")
    for number, holder in enumerate((first, second)):
        factories.put(holder, *(factories.document(10 * number + n, holder.project_id) for n in range(6)))
    images = Image.objects.select_related("project").order_by("pk")
    targets = [Target(image.project, image, image.name) for image in images]
    operation = submit(actor=admin, kind=ActKind.TAG, targets=targets, key="k", parameters={"add": []})
    assert unwritten(operation) == 8
    viewer = person("viewer", Role.VIEWER, project=second)
    assert operation in Operation.objects.visible_to(viewer)


def test_an_account_that_is_removed_ends_what_is_frozen(ask, project, twelve):
    operation = protect(ask, twelve)
    with transaction.atomic():
        assert abandon([project]) == 12
    assert counted(operation)["cancelled"] == 12
    assert operation.state == OperationState.CANCELLED


def test_what_failed_is_tried_again_in_its_order(ask, operator, project, twelve):
    operation = ask(ActKind.EDIT, *twelve, item={"changes": [{"attribute": "name", "value": "x", "before": "never"}]})
    carried(operation)
    assert operation.failed == 12
    again = retry_failed(actor=operator, operation=operation, key=uuid.uuid4().hex)
    assert (again.total, unwritten(again)) == (12, 9)
    carried(again)
    uids = [list(one.items.order_by("position").values_list("image_uid", flat=True)) for one in (operation, again)]
    assert uids[0] == uids[1]


def test_the_page_says_how_many_are_still_to_come(as_admin, ask, twelve):
    operation = protect(ask, twelve)
    assert "9 more images are being added" in as_admin.get(f"/operations/{operation.pk}/").content.decode()
