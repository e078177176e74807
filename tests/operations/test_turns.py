"""The operations of a project take turns: a small one does not wait for a large one, and no image is overtaken on."""

from functools import partial

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from images.cache.models.image import Image
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Job, OperationItem
from images.operations.services import batches, executor, scheduling
from images.operations.services.pace import Pace
from images.operations.services.scheduling import Scheduling
from tests.clouds.projects import in_cache, in_sandbox
from tests.operations.fixtures import carried

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.usefixtures("quick")]


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch, settings):
    settings.OPERATION_PARALLEL = 2
    monkeypatch.setattr(executor, "Pace", partial(Pace, 2))


@pytest.fixture
def mine(project) -> list[Image]:
    """With room for a tag, and for those of other tests."""
    images = Image.objects.filter(project=project, status="active", member_status="")
    return list(images.annotate(held=Count("tags")).filter(held__lt=6).order_by("pk")[:60])


def tagged(ask, images, value: str):
    return ask(ActionKind.TAG, *images, add=[{"key": "turn", "value": value}], remove=[])


def held_tags(images) -> dict[str, list[str]]:
    """What a call for tags changes but for the time, which its answer does not tell."""
    return {image_id: sorted(document["tags"]) for image_id, (_state, document) in images.items()}


def finished_before(large, small) -> int:
    """How much of the large one was done when the small one was."""
    small.refresh_from_db()
    assert small.state == OperationState.DONE
    return large.items.filter(finished_at__lte=small.finished_at).count()


def test_a_small_one_ends_long_before_a_large_one_that_was_asked_for_earlier(ask, mine):
    large = tagged(ask, mine[:50], "large")
    small = tagged(ask, mine[50:54], "small")
    assert carried(large).state == OperationState.DONE
    assert finished_before(large, small) <= 20


def test_many_small_ones_do_not_hold_up_a_large_one(ask, mine, monkeypatch):
    """More of them than get a turn in one round."""
    monkeypatch.setattr(scheduling, "AT_ONCE", 2)
    large = tagged(ask, mine[:20], "large")
    small = [tagged(ask, mine[20 + 4 * n : 24 + 4 * n], f"small-{n}") for n in range(10)]
    carried(large)
    order = [item.operation_id for item in OperationItem.objects.order_by("sent_at", "pk")]
    assert set(order[:20]) >= {large.pk, small[0].pk, small[1].pk}
    assert set(order[-20:]) != {large.pk}


@pytest.mark.parametrize("frozen", [False, True])
def test_the_calls_for_one_image_keep_the_order_in_which_people_asked(ask, mine, project, sandbox, monkeypatch, frozen):
    if frozen:
        monkeypatch.setattr(batches, "FIRST", 3)
        monkeypatch.setattr(batches, "AT_ONCE", 4)
    large = tagged(ask, mine[:50], "large")
    small = tagged(ask, mine[47:50], "small")  # of its last images
    assert carried(large).state == OperationState.DONE
    small.refresh_from_db()
    assert small.state == OperationState.DONE
    for item in small.items.all():
        assert large.items.get(image_uid=item.image_uid).finished_at <= item.sent_at
    assert held_tags(in_cache(project)) == held_tags(in_sandbox(sandbox, project))
    tags = [list(image.tags.filter(key="turn").values_list("value", flat=True)) for image in mine[47:50]]
    assert tags == [["small"]] * 3
    if not frozen:  # what stood before it came forward with it
        assert finished_before(large, small) <= 35


def test_jobs_that_are_asked_about_leave_room_for_calls(ask, mine, sandbox, settings):
    """As many as the rate allows are due all the time."""
    settings.OPERATION_RATE = 20
    sandbox.fault(kind="job_hang", operation="imsCopyImageInRegionJob")
    plain = [image for image in mine if not image.whole_image and image.env_type != "IsoImage" and not image.key_id]
    copies = ask(ActionKind.COPY, *plain[:30], item={"name": "copy"})
    small = None
    for _attempt in range(400):  # on a busy machine; else a tenth of it
        executor.execute(0.5)
        if small is None and Job.objects.count() >= 25:
            small = tagged(ask, mine[:3], "small")
        elif small is not None:
            small.refresh_from_db()
            if small.state == OperationState.DONE:
                break
    assert small is not None
    assert small.state == OperationState.DONE
    assert copies.items.filter(state=ItemState.FOLLOWING).count() >= 25


def test_a_round_costs_the_same_however_many_wait(ask, mine, project):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(Scheduling().to_send(project, 8, [], files=2)) == 8
        return len(seen)

    tagged(ask, mine[:5], "large")
    tagged(ask, mine[5:10], "other")
    few = queries()
    tagged(ask, mine[10:55], "more")
    OperationItem.objects.filter(operation__total=5)[:1].get().operation.items.update(
        state=ItemState.DONE, finished_at="2026-01-01T00:00Z"
    )
    assert queries() == few
