"""I8: attributes are offered with the values of their tables, and one that excludes others can be set all the same."""

import re

import pytest

from images.cache.models.image import Image
from images.cache.rules.editing import CHANGEABLE, CHOICES, EXTENSION_FLAGS
from images.operations.enums import ActionKind, ItemState
from images.operations.models.operation import Operation
from images.operations.services import in_place
from tests.catalogue.test_act_views import hidden, text
from tests.catalogue.test_edit import changes_of, entered
from tests.clouds.projects import in_sandbox
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done
from tests.operations.test_fields import changes, put, send, url

KVM_OFF = {"attribute": "__support_kvm", "value": "", "before": "true"}
GPU = "__support_xen_gpu_type"


@pytest.fixture
def image(db) -> Image:
    return put(__support_kvm="true")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (GPU, ["M60_vGPU"]),
        ("__support_kvm_gpu_type", ["M60", "V100_vGPU", "P2V_V100", "P100", "V100"]),
        ("__support_xen_hana", ["true"]),
        ("__support_kvm", ["true"]),
        ("__is_config_init", ["true", "false"]),
        ("hw_vif_multiqueue_enabled", ["true", "false"]),
        ("hw_firmware_type", ["bios", "uefi"]),
    ],
)
def test_a_pencil_offers_the_values_of_the_table(as_admin, image, name, values):
    """I8: tables 9-2 and 9-3, and the flags of 5.1.1."""
    page = as_admin.get(url(image, name)).content.decode()
    assert [one for one in re.findall(r'<option value="([^"]*)"', page) if one] == values


def test_each_attribute_of_5_1_2_has_a_pencil_and_the_others_say_why_not(as_admin, image):
    """I8"""
    page = as_admin.get(f"/images/{image.pk}/").content.decode()
    assert {*CHANGEABLE, *EXTENSION_FLAGS} <= set(re.findall(r'id="edit-(\w+)"', page))
    why = text(as_admin.get(f"/images/{image.pk}/")).split("Why some attributes have no pencil")[1]
    assert "Set when the image is made; no call changes it later." in why
    assert "Minimum disk" in why
    assert "Changed by Protect and Unprotect." in why


def test_what_is_excluded_goes_with_a_word(as_admin, image):
    """I8: a GPU type on an image that runs on KVM (5.1.1: they cannot co-exist; 5.1.2: attributes can be deleted)."""
    refused = send(as_admin, image, GPU, **{GPU: "M60_vGPU"})
    assert refused.status_code == 422
    assert f"{GPU} excludes __support_kvm. (IMG.0035)" in text(refused)
    assert "Take off what it excludes: __support_kvm" in text(refused)
    assert not Operation.objects.exists()
    assert send(as_admin, image, GPU, **{GPU: "M60_vGPU", "take_off": "on"}).status_code == 200
    assert changes() == [KVM_OFF, {"attribute": GPU, "value": "M60_vGPU", "before": ""}]


def test_nothing_is_taken_off_for_a_value_that_is_removed(as_admin, db):
    """I8"""
    image = put(**{"__support_kvm": "true", GPU: "M60_vGPU"})  # a service that keeps its own rule badly
    assert send(as_admin, image, GPU, **{GPU: "", "take_off": "on"}).status_code == 200
    assert changes() == [{"attribute": GPU, "value": "", "before": "M60_vGPU"}]


def test_the_form_of_all_attributes_can_do_both_at_once(as_admin, image):
    """I8"""
    path = f"/images/{image.pk}/edit/"
    form = entered(as_admin.get(path))
    assert form["__support_kvm"] == "true"
    assert as_admin.post(path, form | {GPU: "M60_vGPU"}).status_code == 422
    assert changes_of(as_admin.post(path, form | {GPU: "M60_vGPU", "__support_kvm": ""})) == [
        KVM_OFF, {"attribute": GPU, "value": "M60_vGPU", "before": ""},
    ]  # fmt: skip


def test_many_images_at_once(as_admin, image):
    """I8"""
    path = "/images/act/edit/"
    form = hidden(as_admin.post(path, {"image": [image.pk]}))
    typed = {"attribute": GPU, "attribute_value": "M60_vGPU", "take_off": "on"}
    assert as_admin.post(path, form | typed).status_code == 302
    assert [(one["attribute"], one["value"]) for one in changes()] == [("__support_kvm", None), (GPU, "M60_vGPU")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_it_comes_to_the_image_and_back(sandbox, project, ask, operator):
    """I8: in the sandbox, and undo restores both."""
    image = Image.objects.filter(project=project, status="active", flags="kvm", member_status="").first()
    gpu = {"attribute": GPU, "value": "M60_vGPU", "before": ""}
    assert_done(carried(ask(ActionKind.EDIT, image, item={"changes": [KVM_OFF, gpu]})))
    document = in_sandbox(sandbox, project)[image.image_id][1]
    assert (document.get("__support_kvm"), document[GPU]) == (None, "M60_vGPU")
    undone = in_place.undo(actor=operator, operation=Operation.objects.get(), image=image, attribute=GPU, key="u")
    assert_done(carried(undone))
    document = in_sandbox(sandbox, project)[image.image_id][1]
    assert (document["__support_kvm"], document.get(GPU)) == ("true", None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_the_service_refuses_both_at_once(project, ask):
    """I8: the sandbox's own reading."""
    image = Image.objects.filter(project=project, status="active", flags="kvm", member_status="").last()
    operation = carried(ask(ActionKind.EDIT, image, item={"changes": [{"attribute": GPU, "value": "M60_vGPU"}]}))
    item = operation.items.get()
    assert (item.state, item.error_code) == (ItemState.FAILED, "IMG.0035")


def test_a_plain_glance_has_no_such_flags(as_admin, db):
    """I8: what the service at hand does not offer is not shown."""
    image = put(__support_kvm=None)
    image.project.kind = "openstack"
    image.project.save(update_fields=["kind"])
    offered = set(re.findall(r'id="edit-(\w+)"', as_admin.get(f"/images/{image.pk}/").content.decode()))
    assert not offered & ({*CHOICES} - {"hw_vif_multiqueue_enabled"})
