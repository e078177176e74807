"""Edits of one image against the service: taken back, and overtaken by somebody else."""

import json

import pytest

from images.cache.models.image import Image
from images.clouds.services.clients import client_for
from images.operations.enums import ActionKind, ItemState
from images.operations.queries.image_edits import pending_edits
from images.operations.services import SubmitRefused, in_place
from tests.operations.fixtures import carried

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def image(project) -> Image:
    return Image.objects.filter(project=project, status="active", member_status="").order_by("pk").last()


@pytest.fixture
def edit(operator, image):
    def edited(key: str, **values):
        held = image.attributes
        changes = [{"attribute": name, "value": value, "before": held.get(name)} for name, value in values.items()]
        parameters = {"changes": changes}
        return carried(
            in_place.change(actor=operator, kind=ActionKind.EDIT, image=image, parameters=parameters, key=key)
        )

    return edited


def at_ims(image: Image) -> dict:
    return json.loads(client_for(image.project).images.get_raw(image.image_id).raw)


def test_an_edit_is_taken_back_whole_or_one_attribute_of_it(quick, operator, image, edit):
    before = at_ims(image)
    done = edit("a", name="renamed", min_ram=4096, __squad="web")
    image.refresh_from_db()
    assert (image.name, image.min_ram, at_ims(image)["__squad"]) == ("renamed", 4096, "web")
    assert pending_edits(image).of("__squad").last.can_be_undone
    one = in_place.undo(actor=operator, operation=done, image=image, attribute="__squad", key="b")
    assert carried(one).state == "done"
    now = at_ims(image)
    assert ("__squad" in now, now["name"]) == (False, "renamed")
    rest = carried(in_place.undo(actor=operator, operation=done, key="c"))
    assert rest.items.get().state == ItemState.DONE
    assert at_ims(image)["name"] == before["name"]
    assert int(at_ims(image)["min_ram"]) == int(before["min_ram"])
    with pytest.raises(SubmitRefused):
        in_place.undo(actor=operator, operation=done, attribute="no-such", key="d")


def test_what_somebody_changed_at_the_cloud_is_not_overwritten_and_is_shown_at_once(quick, sandbox, image, edit):
    sandbox.patch_image(image.image_id, name="theirs", __team="them")
    failed = edit("a", name="mine")
    item = failed.items.get()
    assert (item.state, item.error_code) == (ItemState.FAILED, "conflict")
    image.refresh_from_db()
    assert (image.name, image.attributes["__team"]) == ("theirs", "them")
    now = pending_edits(image).of("name")
    assert (now.last.change.after, now.last.can_be_undone) == ("mine", False)
    assert "it is “theirs”" in now.last.error.sentence
