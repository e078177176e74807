"""Editing one image: only what differs is sent, rules speak at the field, and a conflict is shown before anything."""

import html
import re

import pytest

from images.cache.models.image import Image
from images.operations.enums import ActionKind
from images.operations.models.operation import Operation
from tests import factories


def put(**more) -> Image:
    project = factories.project()
    given = {"status": "active", "name": "web", "min_ram": 2048, "__description": "old"} | more
    factories.put(project, factories.document(1, project.project_id, **given))
    return Image.objects.get()


@pytest.fixture
def image(db) -> Image:
    return put()


def entered(response) -> dict[str, str]:
    """The form as a browser would send it back untouched."""
    page = response.content.decode()
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in {"csrfmiddlewaretoken", "force", "theme"}:
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, inside in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found


def url(image: Image) -> str:
    return f"/images/{image.pk}/edit/"


def test_only_what_differs_becomes_the_operation(as_admin, image):
    form = entered(as_admin.get(url(image)))
    assert form["name"] == "web"
    response = as_admin.post(url(image), form | {"name": "web-2", "min_ram": "4096"})
    operation = Operation.objects.get()
    assert response["Location"] == f"/operations/{operation.pk}/"
    assert operation.kind == ActionKind.EDIT
    assert operation.items.get().parameters == {
        "changes": [
            {"attribute": "name", "value": "web-2", "before": "web"},
            {"attribute": "min_ram", "value": 4096, "before": "2048"},
        ]
    }


@pytest.mark.parametrize(
    ("typed", "says"),
    [({"name": "bad/name"}, "IMG.0003"), ({"min_ram": "-1"}, "IMG.0055"), ({"min_ram": "x"}, "whole number"),
     ({"description": "<b>"}, "IMG.0054"), ({"firmware": "floppy"}, "valid choice"), ({}, "Nothing was changed")],
)  # fmt: skip
def test_what_cannot_be_keeps_the_typing(as_admin, image, typed, says):
    response = as_admin.post(url(image), entered(as_admin.get(url(image))) | typed)
    assert response.status_code == 422
    assert says in response.content.decode()
    for value in typed.values():
        assert value == "floppy" or f'value="{html.escape(value)}"' in response.content.decode()
    assert not Operation.objects.exists()


def test_a_conflict_is_shown_and_the_second_person_decides(as_admin, image):
    form = entered(as_admin.get(url(image))) | {"name": "mine"}
    put(name="theirs")
    response = as_admin.post(url(image), form)
    assert response.status_code == 409
    assert "it was “web” and is now “theirs”" in response.content.decode()
    assert not Operation.objects.exists()
    assert as_admin.post(url(image), entered(response) | {"force": "on"}).status_code == 302
    assert Operation.objects.get().items.get().parameters["changes"] == [
        {"attribute": "name", "value": "mine", "before": "theirs"}
    ]


def test_what_somebody_else_changed_elsewhere_is_no_conflict(as_admin, image):
    form = entered(as_admin.get(url(image))) | {"name": "mine"}
    put(min_ram=8192)
    assert as_admin.post(url(image), form).status_code == 302
    assert [one["attribute"] for one in Operation.objects.get().items.get().parameters["changes"]] == ["name"]


def test_who_may_not_is_told_why(as_viewer, as_admin, image):
    assert as_viewer.get(url(image)).status_code == 403
    put(status="queued")
    response = as_admin.get(url(image))
    assert response.status_code == 403
    assert "not active" in response.content.decode()


def changes_of(response) -> list[dict[str, str]]:
    assert response.status_code == 302, response.content.decode()
    return Operation.objects.get().items.get().parameters["changes"]


def test_flags_and_attributes_of_ones_own(as_admin, db):
    image = put(__team="web", __old="x", __support_xen="true")
    form = entered(as_admin.get(url(image)))
    assert (form["own___team"], form["__support_xen"], form["__support_largememory"]) == ("web", "true", "")
    typed = {"own___team": "", "own___old": "y", "__support_xen": "", "__support_largememory": "true"}
    typed |= {"new_name_0": "__site", "new_value_0": "north"}
    assert changes_of(as_admin.post(url(image), form | typed)) == [
        {"attribute": "__support_xen", "value": "", "before": "true"},
        {"attribute": "__support_largememory", "value": "true", "before": ""},
        {"attribute": "__old", "value": "y", "before": "x"},
        {"attribute": "__team", "value": "", "before": "web"},
        {"attribute": "__site", "value": "north", "before": ""},
    ]


def test_an_attribute_that_somebody_else_took_off_is_a_conflict(as_admin, db):
    form = entered(as_admin.get(url(put(__team="web")))) | {"own___team": "mine"}
    response = as_admin.post(url(put()), form)
    assert response.status_code == 409
    assert "__team: it was “web” and is now “”" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("__a", "", "needs a name and a value"),
        ("mine", "x", "mine: This attribute cannot be changed."),
        ("__team", "x", "__team is there already."),
        ("__support_kvm_gpu_type", "M60", "__support_kvm_gpu_type excludes __support_kvm"),
    ],
)
def test_new_attributes_that_cannot_be(as_admin, db, name, value, says):
    image = put(__team="web")
    response = as_admin.post(url(image), entered(as_admin.get(url(image))) | {"new_name_0": name, "new_value_0": value})
    assert response.status_code == 422
    assert says in html.unescape(response.content.decode())
    assert not Operation.objects.exists()


def test_another_row_keeps_the_typing_and_judges_nothing(as_admin, image):
    form = entered(as_admin.get(url(image))) | {"min_ram": "x", "new_name_0": "__a", "row": "1"}
    response = as_admin.post(url(image), form)
    again = entered(response)
    assert response.status_code == 200
    assert (again["min_ram"], again["new_name_0"], again["new_name_1"]) == ("x", "__a", "")
    assert (again["key"], again["before_min_ram"]) == (form["key"], "2048")
    assert "whole number" not in response.content.decode()


def test_what_cannot_be_changed_is_disabled_with_the_reason(as_admin, image):
    page = as_admin.get(url(image), {"field": "min_ram"}).content.decode()
    assert "Set when the image is made; no call changes it later." in page
    assert re.search(r'<input[^>]*name="min_disk"[^>]*disabled', page)
    assert re.search(r'<input[^>]*name="min_ram"[^>]*autofocus', page)
    form = entered(as_admin.get(url(image))) | {"min_disk": "1", "name": "web-2"}
    assert [one["attribute"] for one in changes_of(as_admin.post(url(image), form))] == ["name"]


def test_a_plain_glance_has_another_description_and_no_flags(as_admin, db):
    image = put(__description=None, description="plain", mine="x")
    image.project.kind = "openstack"
    image.project.save(update_fields=["kind"])
    form = entered(as_admin.get(url(image)))
    assert (form["description"], form["own_mine"]) == ("plain", "x")
    assert "__support_xen" not in form
    assert "Compatibility" not in as_admin.get(url(image)).content.decode()
    assert changes_of(as_admin.post(url(image), form | {"description": "new"})) == [
        {"attribute": "__description", "value": "new", "before": "plain"}
    ]


def test_the_cursor_stands_in_the_field_that_somebody_came_for(as_admin, db):
    image = put(__team="web")
    form = as_admin.get(url(image), {"field": "__team"}).content.decode()
    assert re.search(r'<input[^>]*name="own___team"[^>]*autofocus', form)


def test_a_name_that_is_there_is_not_called_optional(as_admin, image):
    page = as_admin.get(url(image)).content.decode()
    assert re.search(r'<label[^>]*for="id_name">Name</label>', page)
    assert re.search(r'<input[^>]*name="name"[^>]*required', page)
