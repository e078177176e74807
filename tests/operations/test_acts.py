"""Each act against the real sandbox: it takes effect there, once, and the cache shows it at once."""

import pytest
from django.db.models import Count

from images.cache.models.image import Image
from images.operations.enums import ActionKind, ItemState, OperationState
from tests.clouds.projects import in_cache, in_sandbox
from tests.operations.fixtures import carried

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


def own(project, **columns) -> Image:
    return (
        Image.objects.filter(
            project=project, member_status="", status="active", protected=False, whole_image=False, key_id="", **columns
        )
        .exclude(env_type="IsoImage")
        .annotate(held=Count("tags"))
        .order_by("held", "pk")  # tests share the sandbox, and ten tags are the most
        .first()
    )


def what_failed(operation) -> list[str]:
    return [f"{item.state} {item.error_code} {item.error}" for item in operation.items.exclude(state=ItemState.DONE)]


def assert_done(operation):
    assert (operation.state, what_failed(operation)) == (OperationState.DONE, [])
    assert operation.done == operation.total


def test_edit(sandbox, project, ask):
    image = own(project)
    changes = [{"attribute": "name", "value": "renamed", "before": image.name}, {"attribute": "min_ram", "value": 2048}]
    assert_done(carried(ask(ActionKind.EDIT, image, item={"changes": changes})))
    image.refresh_from_db()
    assert (image.name, image.min_ram) == ("renamed", 2048)
    assert in_cache(project) == in_sandbox(sandbox, project)


def test_an_edit_of_what_somebody_else_changed_is_a_conflict(sandbox, project, ask):
    image = own(project)
    stale = [{"attribute": "name", "value": "mine", "before": "what I saw"}]
    refused = carried(ask(ActionKind.EDIT, image, item={"changes": stale}))
    assert refused.state == OperationState.FAILED
    item = refused.items.get()
    assert item.error_code == "conflict"
    assert "what I saw" in item.error
    assert_done(carried(ask(ActionKind.EDIT, image, item={"changes": stale, "force": True})))


def test_tag(sandbox, project, ask):
    image = own(project)
    assert_done(carried(ask(ActionKind.TAG, image, add=[{"key": "round", "value": "one"}])))
    assert image.tags.get(key="round").value == "one"
    assert_done(carried(ask(ActionKind.TAG, image, remove=[{"key": "round", "value": "one"}])))
    assert not image.tags.filter(key="round").exists()
    assert in_cache(project) == in_sandbox(sandbox, project)


def test_protect_refuses_delete_until_unprotected(sandbox, project, ask):
    image = own(project)
    assert_done(carried(ask(ActionKind.PROTECT, image)))
    image.refresh_from_db()
    assert image.protected
    refused = carried(ask(ActionKind.DELETE, image))
    assert (refused.state, refused.items.get().error_code) == (OperationState.FAILED, "IMG.0028")
    assert_done(carried(ask(ActionKind.UNPROTECT, image)))
    assert_done(carried(ask(ActionKind.DELETE, image)))
    assert not Image.objects.filter(pk=image.pk).exists()
    assert image.image_id not in in_sandbox(sandbox, project)


def test_delete_of_what_is_gone_already_is_done(sandbox, project, ask):
    image = own(project)
    operation = ask(ActionKind.DELETE, image)
    again = ask(ActionKind.DELETE, image)
    assert_done(carried(operation))
    assert_done(carried(again))


def test_copy(sandbox, project, ask):
    image = own(project)
    operation = carried(ask(ActionKind.COPY, image, item={"name": "a copy", "description": "of it"}))
    assert_done(operation)
    item = operation.items.get()
    assert item.job.state == "success"
    copy = Image.objects.get(project=project, image_id=item.result["image_id"])
    assert (copy.name, copy.source_image_id) == ("a copy", image.image_id)


def test_many_at_once_are_counted(project, ask):
    images = list(Image.objects.filter(project=project, member_status="", status="active")[:30])
    operation = carried(ask(ActionKind.TAG, *images, add=[{"key": "bulk", "value": "yes"}]))
    assert operation.total == 30
    assert operation.done + operation.failed == 30
    assert operation.done == Image.objects.filter(tags__key="bulk").count() > 20
