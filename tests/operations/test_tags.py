"""Two people change the tags of one image at the same time: whatever the order, nobody's tag is lost unseen."""

import json
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.enums import ActKind, ItemState
from images.ims import tag_of
from images.models import Image, Operation, OperationItem
from images.rules import Wish
from images.selectors.image_tags import tags_now
from images.services import in_place, tagging
from images.services.clouds import client_for
from images.services.operations import SubmitRefused, Target, submit
from images.services.operations.carrier import carry
from images.services.sync import sync_holder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def images(project) -> list[Image]:
    """Seven images of the project without tags, whatever earlier tests did to them."""
    found = Image.objects.filter(project=project, status="active", member_status="", protected=False).order_by("pk")[:7]
    client = client_for(project)
    for image in found:
        sent = json.loads(client.images.get_raw(image.image_id).raw)
        tags = [tag_of(text) for text in sent.get("tags") or ()]
        if tags:
            client.tags.detach(image.image_id, tags)
    sync_holder(project, full=True)
    return list(Image.objects.filter(pk__in=[image.pk for image in found]).order_by("pk"))


def wish(operator, images, key, *wishes):
    """An operation of what the person saw at this moment."""
    plan = tagging.plan([Target(image.project, image, image.name) for image in images], wishes)
    return submit(actor=operator, kind=ActKind.TAG, targets=plan.targets, parameters={}, key=key)


def held(image) -> dict[str, str]:
    return dict(image.tags.values_list("key", "value"))


def at_ims(image) -> dict[str, str]:
    sent = json.loads(client_for(image.project).images.get_raw(image.image_id).raw)
    return {tag.key: tag.value for tag in map(tag_of, sent.get("tags") or ())}


@pytest.mark.parametrize("many", [1, 7], ids=["one image", "many images"])
def test_different_keys_never_touch_each_other(quick, operator, project, images, many):
    chosen = images[:many]
    wish(operator, chosen, "a", Wish("set", "env", "prod"))
    wish(operator, chosen, "b", Wish("set", "team", "web"), Wish("set", "tier", "1"))
    carry(30)
    assert {item.state for item in OperationItem.objects.all()} == {ItemState.DONE}
    assert [held(image) for image in chosen] == [{"env": "prod", "team": "web", "tier": "1"}] * many


@pytest.mark.parametrize("many", [1, 7], ids=["one image", "many images"])
def test_the_same_key_is_the_first_ones_and_the_second_is_told(quick, operator, project, images, many):
    chosen = images[:many]
    first = wish(operator, chosen, "a", Wish("set", "env", "prod"))
    second = wish(operator, chosen, "b", Wish("set", "env", "dev"), Wish("set", "team", "web"))
    carry(30)
    assert {item.state for item in first.items.all()} == {ItemState.DONE}
    assert {(item.state, item.error_code) for item in second.items.all()} == {(ItemState.FAILED, "conflict")}
    assert "“env” was set meanwhile, to “prod”." in second.items.first().error
    assert [held(image) for image in chosen] == [{"env": "prod"}] * many


def test_what_was_done_is_undone_unless_somebody_changed_it_since(quick, operator, project, images):
    done = wish(operator, images, "a", Wish("set", "env", "prod"))
    carry(30)
    wish(operator, images[:1], "b", Wish("set", "env", "dev"))
    carry(30)
    back = in_place.undo(actor=operator, operation=done, key="c")
    carry(30)
    assert [held(image) for image in images] == [{"env": "dev"}, *[{}] * 6]
    assert [item.state for item in back.items.order_by("position")] == [ItemState.FAILED, *[ItemState.DONE] * 6]
    assert "it is “dev”, and was “prod”" in back.items.first().error


KEYS = st.sampled_from(["env", "team", "tier"])
VALUES = st.sampled_from(["", "prod", "dev"])
A_STEP = st.one_of(
    st.builds(Wish, st.sampled_from(["set", "add", "remove", "change"]), KEYS, VALUES, VALUES),
    st.builds(Wish, st.just("rename"), KEYS, st.just(""), KEYS),
    st.sampled_from(["undo", "carry"]),
)


@given(steps=st.lists(A_STEP, min_size=1, max_size=8))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_page_cache_and_service_agree_after_whatever_was_done_and_undone(quick, operator, images, steps):
    for step in steps:
        last = Operation.objects.filter(kind=ActKind.TAG).first()
        try:
            if step == "carry":
                carry(30)
            elif step != "undo":
                wish(operator, images[:2], uuid.uuid4().hex, step)
            elif last is not None:
                in_place.undo(actor=operator, operation=last, key=uuid.uuid4().hex)
        except SubmitRefused:
            pass  # there was nothing to do, or nothing to take back
    carry(30)
    for image in images[:2]:
        now = tags_now(Image.objects.get(pk=image.pk))
        shown = {line.key: line.value for line in now.lines}
        assert shown == now.expected == held(image) == at_ims(image)
