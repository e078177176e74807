"""What an answer tells of an image: its document afterwards, and how few calls a bulk operation makes for it."""

from datetime import UTC, datetime

import pytest

from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.ims import Tag
from images.operations.actions.effects import ImagePatched, ImageTagged
from images.operations.enums import ActionKind
from tests.clouds.projects import in_cache, in_sandbox
from tests.operations.fixtures import carried


def tagged(held: list[str], add=(), remove=(), **how) -> list[str]:
    effect = ImageTagged("an-image", tuple(add), tuple(remove), **how)
    return effect.on({"id": "an-image", "tags": held})["tags"]


def test_a_tag_takes_the_place_of_that_of_its_key():
    assert tagged(["a=1", "b=2"], [Tag("a", "9")]) == ["b=2", "a=9"]
    assert tagged(["a.1", "b=2"], [Tag("a", "9"), Tag("c")], [Tag("b", "whatever")]) == ["a=9", "c"]


def test_a_tag_that_is_there_keeps_its_spelling():
    assert tagged(["a.1", "b"], [Tag("a", "1")]) == ["a.1", "b"]


def test_a_key_with_a_full_stop_is_not_misread():
    assert tagged([], [Tag("v1.2")]) == ["v1.2="]


def test_to_a_glance_a_tag_is_one_word():
    held = ["ubuntu-22.04", "team=web"]
    assert tagged(held, [Tag("team", "db")], has_values=False) == [*held, "team=db"]
    assert tagged(held, remove=[Tag("team", "web")], has_values=False) == ["ubuntu-22.04"]
    assert tagged(held, [Tag("v1.2")], has_values=False) == [*held, "v1.2"]


def test_an_image_without_tags_gets_some():
    assert ImageTagged("an-image", (Tag("a", "1"),), ()).on({"id": "an-image"})["tags"] == ["a=1"]


def test_what_a_patch_leaves_out_stays_and_what_it_removed_goes():
    held = {"id": "an-image", "name": "old", "__team": "web", "size": 5}
    effect = ImagePatched("an-image", {"id": "an-image", "name": "new"}, frozenset({"__team"}))
    assert effect.on(held) == {"id": "an-image", "name": "new", "size": 5}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
class TestManyAtOnce:
    def some(self, project) -> list[Image]:
        images = Image.objects.filter(project=project, member_status="", status="active")
        return [image for image in images if image.tags.count() < 9][:20]

    def test_one_call_an_image_and_one_synchronisation_for_all(self, sandbox, project, ask):
        images = self.some(project)
        sandbox.reset_calls()
        operation = carried(ask(ActionKind.TAG, *images, add=[{"key": "crowd", "value": "yes"}]))
        assert (operation.done, sandbox.calls()) == (20, {"5.2.4": 20})
        assert Image.objects.filter(tags__key="crowd", tags__value="yes").count() == 20
        project.refresh_from_db()
        assert project.wanted == "quick"
        sync_holder(project)
        assert in_cache(project) == in_sandbox(sandbox, project)

    def test_another_value_of_a_key_is_one_call_too(self, sandbox, project, ask):
        images = self.some(project)
        carried(ask(ActionKind.TAG, *images, add=[{"key": "round", "value": "1"}]))
        sandbox.reset_calls()
        change = {"add": [{"key": "round", "value": "2"}], "remove": [{"key": "round", "value": "1"}]}
        carried(ask(ActionKind.TAG, *images, **change))
        assert sandbox.calls() == {"5.2.4": 20}
        assert Image.objects.filter(tags__key="round", tags__value="2").count() == 20
        assert not Image.objects.filter(tags__key="round", tags__value="1").exists()

    def test_after_a_lost_answer_the_image_is_fetched(self, sandbox, project, ask):
        sandbox.reset_calls()
        sandbox.fault(kind="reset_after", operation="5.2.4", times=3)
        operation = carried(ask(ActionKind.TAG, *self.some(project), add=[{"key": "lost", "value": "and found"}]))
        assert operation.done == 20
        assert sandbox.calls()["6.1.2"] == 3
        assert Image.objects.filter(tags__key="lost").count() == 20

    def test_an_edit_is_read_compared_and_patched(self, sandbox, project, ask):
        changes = [{"attribute": "min_ram", "value": 4096}, {"attribute": "__team", "value": "web"}]
        image = self.some(project)[0]
        sandbox.reset_calls()
        carried(ask(ActionKind.EDIT, image, item={"changes": changes}))
        assert sandbox.calls() == {"6.1.2": 1, "5.1.2": 1}
        image.refresh_from_db()
        assert image.min_ram == 4096
        carried(ask(ActionKind.EDIT, image, item={"changes": [{"attribute": "__team", "value": None}]}))
        assert in_cache(project) == in_sandbox(sandbox, project)

    def test_what_the_cache_does_not_hold_is_synchronised(self, sandbox, project, ask):
        images = self.some(project)
        operation = ask(ActionKind.TAG, *images, add=[{"key": "early", "value": "bird"}])
        Image.objects.filter(pk=images[0].pk).update(image_id=f"{datetime.now(UTC):%f}-not-yet")
        assert carried(operation).done == 20
        project.refresh_from_db()
        assert project.wanted == "quick"
