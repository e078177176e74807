"""One attribute changed in its place: rules at the field, what is under way, conflicts, undo; and without scripts."""

import html
import re

import pytest

from images.cache.models.image import Image
from images.operations.enums import ItemState
from images.operations.models.operation import Operation, OperationItem
from images.operations.services.states import move
from tests import factories
from tests.catalogue.test_act_views import text
from tests.catalogue.test_edit import entered

HTMX = {"HX-Request": "true"}


def put(**more) -> Image:
    project = factories.project()
    given = {"status": "active", "name": "web", "min_ram": 2048, "__description": "old", "__team": "core"} | more
    given |= {"hw_firmware_type": "bios", "virtual_env_type": "FusionCompute", "protected": False}
    factories.put(project, factories.document(1, project.project_id, **given))
    return Image.objects.get()


@pytest.fixture
def image(db) -> Image:
    return put()


def url(image: Image, name: str = "name", more: str = "") -> str:
    return f"/images/{image.pk}/field/{more}?name={name}"


def send(client, image, name="name", *, htmx=True, **typed):
    form = entered(client.get(url(image, name)))
    return client.post(url(image, name), form | typed, headers=HTMX if htmx else {})


def finish(to: ItemState = ItemState.DONE, **document) -> None:
    """As the carrier would: the effect in the cache, the item in its final state."""
    for item in OperationItem.objects.filter(finished_at=None):
        move([item], ItemState.SENT)
        move([item], to, **({"error": "IMS said no."} if to == ItemState.FAILED else {}))
    put(**document)


def changes() -> list[dict]:
    return OperationItem.objects.order_by("-pk").first().parameters["changes"]


def test_the_page_offers_each_attribute_that_can_be_changed_also_those_that_are_not_set(as_admin, as_viewer, image):
    page = as_admin.get(f"/images/{image.pk}/").content.decode()
    offered = set(re.findall(r'id="edit-(\w+)" href="/images/\d+/field/', page))
    assert {"name", "__description", "min_ram", "hw_firmware_type", "hw_vif_multiqueue_enabled", "__team", "new",
            "__support_largememory"} <= offered  # fmt: skip
    assert not {"min_disk", "id", "protected", "__os_type"} & offered
    assert 'id="edit-' not in as_viewer.get(f"/images/{image.pk}/").content.decode()


def test_a_field_opens_in_place_and_what_it_becomes_is_shown_as_under_way(as_admin, image):
    opened = as_admin.get(url(image), headers=HTMX).content.decode()
    assert "<html" not in opened
    assert re.search(r'name="name" value="web"[^>]*autofocus', opened)
    answer = send(as_admin, image, name="name", htmx=True)
    assert (answer.status_code, "Nothing was changed" in text(answer)) == (422, True)
    form = entered(as_admin.get(url(image)))
    for _twice in range(2):
        answer = as_admin.post(url(image), form | {"name": "web-2"}, headers=HTMX)
    assert "web → becomes web-2 under way" in text(answer)
    assert re.search(r'id="edit-name"[^>]* autofocus', answer.content.decode())
    assert changes() == [{"attribute": "name", "value": "web-2", "before": "web"}]
    assert Operation.objects.count() == 1
    poll = re.search(r'hx-get="([^"]*seen=[^"]*)"', answer.content.decode())[1].replace("&amp;", "&")
    assert as_admin.get(poll, headers=HTMX).status_code == 204
    finish(name="web-2")
    ended = as_admin.get(poll, headers=HTMX)
    assert "was web until admin changed it" in text(ended)
    assert "data-poll" not in ended.content.decode()


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [("name", {"name": "bad/name"}, "IMG.0003"), ("min_ram", {"min_ram": "-1"}, "IMG.0055"),
     ("__description", {"description": "<b>"}, "IMG.0054"), ("hw_firmware_type", {"firmware": "x"}, "valid choice"),
     ("", {"new_name_0": "mine", "new_value_0": "x"}, "mine: This attribute cannot be changed."),
     ("", {"new_name_0": "__team", "new_value_0": "x"}, "__team is there already.")],
)  # fmt: skip
def test_rules_speak_at_the_field_and_the_typing_is_kept(as_admin, image, name, typed, says):
    answer = as_admin.post(url(image, name), entered(as_admin.get(url(image, name))) | typed, headers=HTMX)
    assert answer.status_code == 422
    assert says in html.unescape(answer.content.decode())
    for value in typed.values():
        assert value == "x" or f'value="{html.escape(value)}"' in answer.content.decode()
    assert not Operation.objects.exists()


@pytest.mark.parametrize(
    ("name", "typed", "change"),
    [("min_ram", {"min_ram": "4096"}, ("min_ram", 4096, "2048")),
     ("hw_vif_multiqueue_enabled", {"multiqueue": "true"}, ("hw_vif_multiqueue_enabled", "true", "")),
     ("__support_largememory", {"__support_largememory": "true"}, ("__support_largememory", "true", "")),
     ("__team", {"own___team": ""}, ("__team", "", "core")),
     ("", {"new_name_0": "__site", "new_value_0": "north"}, ("__site", "north", ""))],
)  # fmt: skip
def test_each_kind_of_field_and_without_scripts(as_admin, image, name, typed, change):
    answer = send(as_admin, image, name, htmx=False, **typed)
    assert answer["Location"] == f"/images/{image.pk}/"
    assert changes() == [dict(zip(("attribute", "value", "before"), change, strict=True))]
    assert "under way" in text(as_admin.get(f"/images/{image.pk}/"))


def test_the_second_of_two_people_sees_what_changed_and_decides(as_admin, image):
    form = entered(as_admin.get(url(image))) | {"name": "mine"}
    put(name="theirs")
    answer = as_admin.post(url(image), form, headers=HTMX)
    assert answer.status_code == 409
    assert "You saw web Now it is theirs You entered mine" in text(answer)
    assert not Operation.objects.exists()
    put(name="third")  # and while they think, it changes again
    again = as_admin.post(url(image), entered(answer), headers=HTMX)
    assert (again.status_code, "Now it is third" in text(again)) == (409, True)
    assert as_admin.post(url(image), entered(again), headers=HTMX).status_code == 200
    assert changes() == [{"attribute": "name", "value": "mine", "before": "third"}]


def test_ones_own_change_that_is_under_way_is_no_conflict(as_admin, image):
    form = entered(as_admin.get(url(image)))
    as_admin.post(url(image), form | {"name": "two"}, headers=HTMX)
    form = entered(as_admin.get(url(image)))
    assert form["name"] == "two"
    as_admin.post(url(image), form | {"name": "three"}, headers=HTMX)
    assert changes() == [{"attribute": "name", "value": "three", "before": "two"}]


def test_undo_of_the_last_change(as_admin, as_viewer, image):
    form = entered(as_admin.get(url(image, "__team")))
    as_admin.post(url(image, "__team"), form | {"own___team": "web"}, headers=HTMX)
    finish(__team="web")
    page = as_admin.get(f"/images/{image.pk}/").content.decode()
    assert 'id="undo-__team"' in page
    known = {"operation": str(Operation.objects.get().pk), "key": "f" * 32}
    assert as_viewer.post(url(image, "__team", "undo/"), known, headers=HTMX).status_code == 403
    assert "web → becomes core under way" in text(as_admin.post(url(image, "__team", "undo/"), known, headers=HTMX))
    assert changes() == [{"attribute": "__team", "value": "core", "before": "web"}]
    put(__team="somebody else's")
    finish(__team="somebody else's")
    assert 'id="undo-__team"' not in as_admin.get(f"/images/{image.pk}/").content.decode()


def test_what_failed_says_why_and_can_be_tried_again(as_admin, image):
    form = entered(as_admin.get(url(image)))
    as_admin.post(url(image), form | {"name": "web-2"}, headers=HTMX)
    finish(ItemState.FAILED)
    page = as_admin.get(f"/images/{image.pk}/")
    assert "Not done: web → web-2. IMS said no." in text(page)
    again = re.search(r'id="again-name" href="([^"]*)"', page.content.decode())[1].replace("&amp;", "&")
    assert 'value="web-2"' in as_admin.get(again, headers=HTMX).content.decode()


def test_the_page_is_not_loaded_again_under_the_fingers(as_admin, image):
    form = entered(as_admin.get(url(image)))
    as_admin.post(url(image), form | {"name": "web-2"}, headers=HTMX)
    item = OperationItem.objects.get()
    finish(name="web-2")
    answer = as_admin.get(f"/images/{image.pk}/now/?seen={image.pk}:{item.pk}:waiting:", headers=HTMX)
    assert (answer["HX-Trigger"], "HX-Refresh" in answer) == ("edit-ended", False)
    assert '<div class="page-head detail-head" id="detail-head" hx-swap-oob="true">' in answer.content.decode()
    assert "was web until admin" in text(as_admin.get(f"/images/{image.pk}/fields/", headers=HTMX))


@pytest.mark.parametrize("name", ["min_disk", "no-such", "protected", "id"])
def test_what_cannot_be_changed_has_no_form(as_admin, image, name):
    assert as_admin.get(url(image, name)).status_code == 404
