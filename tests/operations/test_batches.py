"""A large operation: its images are fixed in a moment, and become items while they are carried out."""

import json
import uuid
import zlib

import pytest
from django.db import connection, transaction
from django.utils.safestring import mark_safe
from pyroaring import BitMap

from images.access.enums import Role
from images.access.permissions import visible_projects
from images.cache.models.image import Image
from images.core import clock
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.batch import ItemBatch
from images.operations.models.operation import Operation, OperationItem
from images.operations.queries import unwritten as queries
from images.operations.queries.unwritten import number as unwritten
from images.operations.queries.visible_parts import visible_operations
from images.operations.services import (
    Target,
    batches,
    cancel,
    executor,
    project_leases,
    retry_failed,
    submit,
    write,
)
from images.operations.services.abandonment import abandon
from images.operations.services.selection import judge
from tests import factories
from tests.clouds.projects import in_cache, in_sandbox
from tests.conftest import person
from tests.operations.fixtures import carried

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.usefixtures("quick")]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(batches, "FIRST", 3)
    monkeypatch.setattr(batches, "AT_ONCE", 4)
    monkeypatch.setattr(batches, "SECONDS", 0.0)
    monkeypatch.setattr(queries, "SMALL", 3)


@pytest.fixture
def twelve(project) -> list[Image]:
    free = Image.objects.filter(project=project, status="active", protected=False, whole_image=False, member_status="")
    return list(free.order_by("pk")[:12])


def protect(ask, images):
    return ask(ActionKind.PROTECT, *images)


def counted(operation: Operation) -> dict[str, int]:
    operation.refresh_from_db()
    return {name: getattr(operation, name) for name in ("total", "waiting", "done", "cancelled", "failed")}


def claimed(project) -> str:
    owner = project_leases.new_owner()
    assert project_leases.claim(project.pk, owner)
    return owner


def test_all_are_counted_at_once_and_carried_out(ask, sandbox, project, twelve):
    operation = protect(ask, twelve)
    assert (operation.items.count(), unwritten(operation), ItemBatch.objects.count()) == (3, 9, 3)
    assert counted(operation)["waiting"] == 12
    carried(operation)
    assert operation.state == OperationState.DONE
    written = operation.items.order_by("position")
    assert [(item.position, item.image_uid, item.image_name) for item in written] == [
        (place, image.image_id, image.name) for place, image in enumerate(twelve)
    ]
    assert in_cache(project) == in_sandbox(sandbox, project)
    assert not ItemBatch.objects.exists()


class Died(BaseException):
    """The process is gone at this line."""


@pytest.mark.parametrize("point", ["items written, not committed", "committed, nothing else done"])
def test_a_carrier_that_dies_over_a_batch_loses_and_doubles_nothing(ask, twelve, monkeypatch, point):
    operation = protect(ask, twelve)
    insert, expand, calls = batches.insert, batches.expand, []

    def dying(*arguments):
        calls.append(arguments)
        (insert if point.startswith("items") else expand)(*arguments)
        if len(calls) == 2:
            raise Died

    with monkeypatch.context() as patched:
        patched.setattr(batches, "insert" if point.startswith("items") else "expand", dying)
        with pytest.raises(Died):
            executor.execute(30.0)
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
    project_leases.give_back([project.pk], owner)
    carried(operation)
    states = OperationItem.objects.filter(operation=operation).values_list("state", flat=True)
    assert list(states) == [ItemState.CANCELLED] * 12
    assert cancel(actor=operator, operation=operation) == 0


def test_what_is_frozen_stands_in_the_way_of_others(ask, operator, twelve):
    operation = ask(ActionKind.DELETE, *twelve)
    judged = judge(actor=operator, kind=ActionKind.PROTECT, ids=[image.pk for image in twelve])
    assert not judged.targets
    assert [(group.count, group.operation) for group in judged.groups] == [(12, operation.pk)]
    cancel(actor=operator, operation=operation)
    judged = judge(actor=operator, kind=ActionKind.PROTECT, ids=[image.pk for image in twelve])
    assert len(judged.targets) == 12


def test_a_round_makes_items_as_long_as_it_may_and_of_one_batch_at_least(ask, project, twelve, monkeypatch):
    operation = protect(ask, twelve)
    owner = claimed(project)
    batches.expand(project.pk, owner)
    assert unwritten(operation) == 5
    monkeypatch.setattr(batches, "SECONDS", 60.0)
    batches.expand(project.pk, owner)
    assert (unwritten(operation), operation.items.count()) == (0, 12)


def test_contents_are_those_of_the_release_before(ask, project, twelve):
    """Releases up to 0.2.0 work on the same rows during an upgrade (ADR 15)."""
    operation = ask(ActionKind.TAG, *twelve, add=[], item={"before": {"ü": None}})
    batch = operation.batches.earliest("pk")
    own = {"before": {"ü": None}}
    kept = [[n, twelve[n].pk, twelve[n].image_id, twelve[n].name, own] for n in range(3, 7)]
    assert json.loads(zlib.decompress(batch.content)) == kept
    assert list(BitMap.deserialize(bytes(batch.images))) == [image.pk for image in twelve[3:7]]
    spaced = zlib.compress(json.dumps(kept, indent=1).encode(), 1)
    operation.batches.filter(pk=batch.pk).update(content=spaced, state=ItemState.CANCELLED)
    batches.expand(project.pk, claimed(project))
    written = operation.items.filter(position__in=range(3, 7)).order_by("position")
    assert [(item.image_id, item.parameters, item.state) for item in written] == [
        (image.pk, own, ItemState.CANCELLED) for image in twelve[3:7]
    ]


def test_who_has_lost_the_lane_makes_no_items(ask, project, twelve):
    operation = protect(ask, twelve)
    owner = claimed(project)
    project_leases.give_back([project.pk], owner)
    claimed(project)
    batches.expand(project.pk, owner)
    assert unwritten(operation) == 9


def test_an_image_that_goes_before_it_is_an_item_keeps_its_name(ask, project, twelve):
    operation = protect(ask, twelve)
    gone = twelve[5]
    factories.put(project, gone=(gone.pk,))
    batches.expand(project.pk, claimed(project))
    item = operation.items.get(position=5)
    assert (item.image_id, item.image_uid, item.image_name) == (None, gone.image_id, gone.name)


def test_whoever_sees_one_of_its_projects_sees_it_before_all_its_items_are_there(admin, db, monkeypatch):
    first, second = factories.project("one"), factories.project("two")
    for number, holder in enumerate((first, second)):
        factories.put(holder, *(factories.document(10 * number + n, holder.project_id) for n in range(6)))
    images = Image.objects.select_related("project").order_by("pk")
    targets = [Target(image.project, image, image.name) for image in images]
    operation = submit(actor=admin, kind=ActionKind.TAG, targets=targets, key="k", parameters={"add": []})
    assert unwritten(operation) == 8
    viewer = person("viewer", Role.VIEWER, project=second)
    assert operation in Operation.objects.visible_to(viewer)
    monkeypatch.setattr(queries, "SMALL", 6)
    [part] = visible_operations(viewer, [operation])
    assert (part.total, unwritten(part, visible_projects(viewer))) == (6, 5)


def test_an_account_that_is_removed_ends_what_is_frozen(ask, project, twelve):
    operation = protect(ask, twelve)
    with transaction.atomic():
        assert abandon([project]) == 12
    assert counted(operation)["cancelled"] == 12
    assert operation.state == OperationState.CANCELLED


def test_what_failed_is_tried_again_in_its_order(ask, operator, project, twelve):
    operation = ask(
        ActionKind.EDIT, *twelve, item={"changes": [{"attribute": "name", "value": "x", "before": "never"}]}
    )
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


# --- the rows --------------------------------------------------------------------------------------------------------
@pytest.fixture
def seven(db) -> list[Image]:
    project = factories.project()
    factories.put(project, *(factories.document(n, project.project_id, name=f"n-{n}") for n in range(7)))
    return list(Image.objects.select_related("project").order_by("pk"))


def targets_of(images, parameters=None) -> list[Target]:
    return [Target(image.project, image, image.name, parameters or {}) for image in images]


def stored(**which) -> list[dict[str, object]]:
    """Columns as the database has them, without those in which any two items differ."""
    with connection.cursor() as cursor:
        cursor.execute(*OperationItem.objects.filter(**which).order_by("position").query.sql_with_params())
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{name: value for name, value in row.items() if name not in ("id", "operation_id")} for row in rows]


@pytest.mark.parametrize("state", [ItemState.WAITING, ItemState.CANCELLED])
def test_all_columns_are_as_the_orm_would_have_them(seven, admin, state):
    began = clock.now()
    parameters = {"add": [{"key": "ü", "value": "\n\\N\t,\"'"}], "before": None}
    ours, theirs = (
        Operation.objects.create(kind=ActionKind.TAG, actor=admin, summary="x", key=key, total=7, waiting=7)
        for key in ("ours", "theirs")
    )
    with transaction.atomic():
        records = [batches.record_of(*pair) for pair in enumerate(targets_of(seven, parameters))]
        batches.insert(ours, seven[0].project_id, records, state)
    now = ours.items.latest("next_at").next_at
    assert began <= now <= clock.now()
    OperationItem.objects.bulk_create(
        OperationItem(
            operation=theirs,
            position=position,
            project=image.project,
            image=image,
            image_uid=image.image_id,
            image_name=image.name,
            parameters=parameters,
            state=state,
            next_at=now,
            finished_at=now if state == ItemState.CANCELLED else None,
        )
        for position, image in enumerate(seven)
    )
    apart = {"parameters"}  # text on SQLite, where blanks in it mean nothing
    written, expected = stored(operation=ours), stored(operation=theirs)
    assert len(written) == 7
    for one, other in zip(written, expected, strict=True):
        assert {**one, **dict.fromkeys(apart)} == {**other, **dict.fromkeys(apart)}
    assert {str(item.parameters) for item in ours.items.all()} == {str(parameters)}


@pytest.mark.parametrize(
    ("odd", "kept"), [(mark_safe("<b>"), "<b>"), (ActionKind.TAG, "tag"), ((1, 2), [1, 2]), (2**70, 2**70)]
)
def test_parameters_that_are_more_than_plain(seven, admin, odd, kept):
    operation = submit(actor=admin, kind=ActionKind.TAG, targets=targets_of(seven[:1], {"value": odd}), key="k")
    assert operation.items.get().parameters == {"value": kept}


@pytest.mark.skipif(connection.vendor == "postgresql", reason="jsonb refuses it, whoever writes it")
def test_half_a_character_of_a_service_is_kept(seven, admin):
    operation = submit(actor=admin, kind=ActionKind.TAG, targets=targets_of(seven[:1], {"value": "\ud83d"}), key="k")
    assert operation.items.get().parameters == {"value": "\ud83d"}


def test_whoever_needs_all_items_at_once_has_them(seven, admin):
    project = seven[0].project
    operation = write(
        actor=admin, kind=ActionKind.PROTECT, targets=targets_of(seven), key="k", projects=[project], whole=True
    )
    assert list(operation.items.values_list("position", flat=True)) == list(range(7))
    assert not operation.batches.exists()
