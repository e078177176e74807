"""Editing many images: the form says how they differ, and only what differs becomes an item."""

import pytest

from images.cache.models.image import Image
from images.clouds.enums import ProjectKind
from images.clouds.models import Project
from images.operations.models.operation import Operation
from tests import factories
from tests.catalogue.test_act_views import hidden, plain, text

EDIT = "/images/act/edit/"


@pytest.fixture
def shelf(db) -> list[int]:
    project = factories.project()
    factories.put(
        project,
        plain(0, project.project_id, min_ram=0, hw_firmware_type="bios", __description=""),
        plain(1, project.project_id, min_ram=4096, hw_firmware_type="uefi", __description=""),
        plain(2, project.project_id, min_ram=4096, hw_firmware_type="uefi", __description="", protected=True),
        plain(3, project.project_id, status="queued"),
    )
    return list(Image.objects.order_by("name").values_list("pk", flat=True))


def send(client, pks, **typed):
    return client.post(EDIT, hidden(client.post(EDIT, {"image": pks})) | typed)


def test_the_form_says_how_the_images_differ(as_admin, shelf):
    page = text(as_admin.post(EDIT, {"image": shelf}))
    assert "Edit 3 of 4 chosen images" in page
    assert "Now: 4096 MB 2, no limit 1." in page
    assert "Now: UEFI 2, BIOS 1." in page
    assert "All now: none." in page
    assert "its state is “queued”. IMG.0046" in page


def test_only_what_differs_becomes_an_item(as_admin, shelf):
    assert send(as_admin, shelf, firmware="uefi", min_ram="4096").status_code == 302
    operation = Operation.objects.get()
    assert (operation.total, operation.items.get().image_name) == (1, "web-0")
    assert operation.items.get().parameters["changes"] == [
        {"attribute": "min_ram", "value": 4096, "before": "0"},
        {"attribute": "hw_firmware_type", "value": "uefi", "before": "bios"},
    ]


def test_names_by_a_pattern_and_an_attribute_of_ones_own(as_admin, shelf):
    typed = {"name_pattern": "{name}-old", "attribute": "__support_xen", "attribute_value": "true"}
    assert send(as_admin, shelf, **typed).status_code == 302
    items = Operation.objects.get().items.values_list("image_name", "parameters")
    assert {name: said["changes"] for name, said in items}["web-1"] == [
        {"attribute": "name", "value": "web-1-old", "before": "web-1"},
        {"attribute": "__support_xen", "value": "true", "before": ""},
    ]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Enter what is to be changed"),
        ({"min_ram": "-1"}, "IMG."),
        ({"min_ram": "many"}, "Enter a whole number"),
        ({"description": "a", "no_description": "on"}, "Either give a description or empty it"),
        ({"attribute_value": "x"}, "Name the attribute that gets this value"),
        ({"attribute": "id", "attribute_value": "x"}, "This attribute cannot be changed. (IMG.0035)"),
        ({"attribute": "__support_amd"}, "This attribute cannot be removed. (IMG.0035)"),
        ({"attribute": "__support_xen", "attribute_value": "maybe"}, "Choose one of: true"),
        ({"name_pattern": "{nam}"}, "There is no {nam}"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(as_admin, shelf, typed, says):
    response = send(as_admin, shelf, **typed)
    assert response.status_code == 422
    assert says in text(response)
    assert all(f'value="{value}"' in response.content.decode() for value in typed.values() if value != "on")
    assert not Operation.objects.exists()


def test_when_all_are_so_already_it_is_said(as_admin, shelf):
    response = send(as_admin, shelf[1:3], firmware="uefi")
    assert response.status_code == 422
    assert "All of the images are so already" in text(response)


def test_a_viewer_may_not(as_viewer, shelf):
    response = as_viewer.post(EDIT, {"image": shelf})
    assert response.status_code == 403


def test_what_was_there_goes_along_so_that_nobody_is_overwritten(as_admin, db):
    project = factories.project()
    factories.put(
        project, plain(5, project.project_id, __description="old", __mine="1", hw_vif_multiqueue_enabled="false")
    )
    pk = Image.objects.get().pk
    typed = {"description": "new", "multiqueue": "true", "attribute": "__mine", "attribute_value": ""}
    assert send(as_admin, [pk], **typed).status_code == 302
    assert Operation.objects.get().items.get().parameters["changes"] == [
        {"attribute": "__description", "value": "new", "before": "old"},
        {"attribute": "hw_vif_multiqueue_enabled", "value": "true", "before": "false"},
        {"attribute": "__mine", "value": None, "before": "1"},
    ]


def test_an_attribute_that_is_so_already_or_not_there_is_not_sent(as_admin, db):
    project = factories.project()
    factories.put(project, plain(5, project.project_id, __mine="1"), plain(6, project.project_id))
    pks = list(Image.objects.values_list("pk", flat=True))
    assert send(as_admin, pks, attribute="__mine", attribute_value="1").status_code == 302
    assert Operation.objects.get().items.get().image_name == "web-6"
    assert send(as_admin, pks, attribute="__none", attribute_value="").status_code == 422


@pytest.fixture
def glance(db) -> Project:
    project = factories.project()
    Project.objects.filter(pk=project.pk).update(kind=ProjectKind.OPENSTACK)
    project.refresh_from_db()
    factories.put(project, plain(7, project.project_id, description="old", status="queued", colour="red"))
    return project


def test_a_glance_takes_attributes_of_any_name_in_any_state(as_admin, glance):
    pk = Image.objects.get().pk
    assert send(as_admin, [pk], attribute="colour", attribute_value="blue", description="new").status_code == 302
    assert Operation.objects.get().items.get().parameters["changes"] == [
        {"attribute": "__description", "value": "new", "before": "old"},
        {"attribute": "colour", "value": "blue", "before": "red"},
    ]


def test_beside_a_glance_the_stricter_service_decides(as_admin, glance):
    other = factories.project("eu-west-1_x", "eu-west-1")
    factories.put(other, plain(8, other.project_id))
    pks = list(Image.objects.values_list("pk", flat=True))
    response = send(as_admin, pks, attribute="colour", attribute_value="blue")
    assert response.status_code == 422
    assert "This attribute cannot be changed" in text(response)


def test_what_the_images_have_is_told_from_the_whole_value(as_admin, db):
    project = factories.project()
    flags = dict.fromkeys(
        ("__support_kvm", "__support_xen", "__support_largememory", "__support_highperformance"), "true"
    )
    long = {"__description": "x" * 40 + "y", "hw_vif_multiqueue_enabled": "true", **flags}
    factories.put(project, plain(5, project.project_id, **long), plain(6, project.project_id, **long))
    page = text(as_admin.post(EDIT, {"image": list(Image.objects.values_list("pk", flat=True))}))
    assert f"All now: “{'x' * 40}…”." in page
    assert "All now: on." in page
