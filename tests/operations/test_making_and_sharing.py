"""Creations of every kind, files, exports, shares: against the sandbox, also when the answer is lost."""

import hashlib
import uuid

import pytest

from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.operations.actions.files import staged
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.services import Target, submit
from tests.clouds.projects import in_cache, in_sandbox
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done, own

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]

SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
DISK = "b0c1d2e3-f405-4617-8829-3a4b5c6d7e10"
OTHER_PROJECT = "ac234de25c6741d2b1273da49eea1b9e"
FILE = "ims-image:centos70.qcow2"
TAGS = [{"key": "made", "value": "here"}]

ORDERS = {
    "SystemDisk": {"instance_id": SERVER, "tags": TAGS},
    "DataDisks": {"disks": [{"name": "first disk", "volume_id": DISK}]},
    "SystemFile": {"image_url": FILE, "min_disk": 40, "os_version": "CentOS 7.0 64bit"},
    "IsoFile": {"image_url": "ims-image:centos70.iso", "min_disk": 40, "os_version": "CentOS 7.0 64bit"},
    "Volume": {"volume_id": SERVER, "os_version": "CentOS 7.0 64bit"},
    "QuickSystemFile": {"image_url": "ims-image:centos70.zvhd2", "min_disk": 40, "os_version": "CentOS 7.0 64bit"},
    "QuickDataFile": {"image_url": "ims-image:centos70.zvhd2", "min_disk": 40},
    "WholeServer": {"instance_id": SERVER},
}


def made(sandbox, project, name: str) -> list[str]:
    return [key for key, (_state, document) in in_sandbox(sandbox, project).items() if document["name"] == name]


@pytest.mark.parametrize("fault", ["", "reset_after"])
@pytest.mark.parametrize("order", sorted(ORDERS))
def test_create(sandbox, project, ask, order, fault):
    name = f"{order} {fault}".strip()
    fields = {"name": name, **ORDERS[order]}
    if order == "DataDisks":
        del fields["name"]
        fields["disks"] = [{**disk, "name": name} for disk in fields["disks"]]
    if fault:
        for operation in ("5.1.3", "5.1.4", "5.1.5"):
            sandbox.fault(operation=operation, kind=fault, times=1)
    operation = carried(ask(ActionKind.CREATE, name=name, item={"order": order, "fields": fields}))
    assert_done(operation)
    assert made(sandbox, project, name) == [operation.items.get().image_uid]
    image = Image.objects.get(project=project, name=name)
    assert operation.items.get().image_id == image.pk
    if "tags" in fields:
        assert list(image.tags.values_list("key", "value")) == [("made", "here")]


def test_a_creation_that_is_refused_says_why_and_is_tried_again(sandbox, project, ask, operator):
    from images.operations.services import retry_failed

    fields = {"name": "refused-twice", "instance_id": "2f7a4d10-53c1-4c39-9a7e-61f0c8b7d220"}  # it runs
    operation = carried(ask(ActionKind.CREATE, name="refused-twice", item={"order": "SystemDisk", "fields": fields}))
    item = operation.items.get()
    assert (operation.state, item.error_code) == (OperationState.FAILED, "IMG.0008")
    again = carried(retry_failed(actor=operator, operation=operation, key=uuid.uuid4().hex))
    assert (again.retry_of, again.state) == (operation, OperationState.FAILED)
    assert made(sandbox, project, "refused-twice") == []


@pytest.mark.parametrize("fault", ["", "reset_after"])
def test_empty_image_then_its_file(sandbox, project, ask, fault):
    if fault:
        for operation in ("6.1.6", "6.1.4"):
            sandbox.fault(operation=operation, kind=fault, times=1)
    name = f"uploaded {fault}".strip()
    fields = {"name": name, "disk_format": "qcow2", "container_format": "bare", "min_disk": 1}
    empty = carried(ask(ActionKind.METADATA, name=name, item={"fields": fields}))
    assert_done(empty)
    image = Image.objects.get(project=project, name=name)
    assert image.status == "queued"
    path = staged(f"{uuid.uuid4().hex}.qcow2")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"QFI\xfb" + b"\0" * 100_000)
    assert_done(carried(ask(ActionKind.UPLOAD, image, item={"file": path.name})))
    image.refresh_from_db()
    assert image.status == "active"
    assert image.attributes["checksum"] == hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    path.unlink()


@pytest.mark.parametrize("fault", ["", "reset_after"])
def test_empty_image_then_a_file_of_obs(sandbox, project, ask, fault):
    name = f"registered {fault}".strip()
    fields = {"name": name, "disk_format": "zvhd2", "container_format": "bare", "min_disk": 40}
    fields["attributes"] = {"__os_version": "CentOS 7.0 64bit"}
    assert_done(carried(ask(ActionKind.METADATA, name=name, item={"fields": fields})))
    image = Image.objects.get(project=project, name=name)
    if fault:
        sandbox.fault(operation="5.1.6", kind=fault, times=1)
    assert_done(carried(ask(ActionKind.REGISTER, image, item={"image_url": "ims-image:centos70.zvhd2"})))
    image.refresh_from_db()
    assert image.status == "active"


@pytest.mark.parametrize("fault", ["", "reset_after", "reset_before"])
def test_export(sandbox, project, ask, fault):
    image = own(project, size__lt=2**33)
    if fault:
        sandbox.fault(operation="5.1.7", kind=fault, times=1)
    url = f"ims-image:exported-{fault or 'plain'}.qcow2"
    operation = carried(ask(ActionKind.EXPORT, image, item={"bucket_url": url}, file_format="qcow2"))
    assert_done(operation)
    assert operation.items.get().result["file"] == url
    there = [thing for thing in sandbox.admin("GET", "things", kind="object") if url in str(thing)]
    assert len(there) == 1


@pytest.mark.parametrize("fault", ["", "reset_after"])
def test_share_and_stop_sharing(sandbox, project, ask, fault):
    image = own(project)
    for kind, operation in ((ActionKind.SHARE, "5.3.2"), (ActionKind.UNSHARE, "5.3.1")):
        if fault:
            sandbox.fault(operation=operation, kind=fault, times=1)
        assert_done(carried(ask(kind, image, project_ids=[OTHER_PROJECT])))
        offered = {offer["image"]["id"] for offer in sandbox.dump(OTHER_PROJECT)["shared"]}
        assert (image.image_id in offered) == (kind == ActionKind.SHARE)


@pytest.mark.parametrize("status", ["accepted", "rejected"])
def test_answer(sandbox, project, ask, status):
    image = Image.objects.filter(project=project, member_status="pending").first()
    assert_done(carried(ask(ActionKind.ANSWER, image, status=status)))
    image.refresh_from_db()
    assert image.member_status == status
    assert in_cache(project)[image.image_id][0] == in_sandbox(sandbox, project)[image.image_id][0] == status


def test_nobody_without_the_right_may_ask(project, viewer):
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied, match="not change them"):
        submit(actor=viewer, kind=ActionKind.DELETE, targets=[Target(project, own(project), "x")], key="k")


def test_one_form_makes_one_operation(project, operator):
    targets = [Target(project, own(project), "x")]
    first = submit(actor=operator, kind=ActionKind.PROTECT, targets=targets, key="once")
    assert submit(actor=operator, kind=ActionKind.PROTECT, targets=targets, key="once") == first
    assert first.items.count() == 1


def test_cancel_what_has_not_begun(project, operator, ask):
    from images.operations.services import cancel

    operation = ask(ActionKind.PROTECT, own(project), own(project))
    assert cancel(actor=operator, operation=operation) == 2
    operation.refresh_from_db()
    assert (operation.state, operation.cancelled) == (OperationState.CANCELLED, 2)
    assert carried(operation).items.exclude(state=ItemState.CANCELLED).count() == 0


def test_many_answers_go_in_one_call_and_one_that_is_refused_does_not_take_the_others_along(sandbox, project, ask):
    images = [
        sandbox.create_images("edc89b490d7d4392898e19b2deb34797", name=f"offered {number}")[0] for number in range(4)
    ]
    for image in images:
        sandbox.set_member(image, project.project_id, "pending")
    sync_holder(project)
    found = list(Image.objects.filter(project=project, image_id__in=images))
    sandbox.reset_calls()
    assert_done(carried(ask(ActionKind.ANSWER, *found, status="accepted")))
    assert (sandbox.calls().get("5.3.3"), sandbox.calls().get("6.4.2")) == (1, None)
    assert {in_cache(project)[image][0] for image in images} == {"accepted"}
    gone, *others = found
    sandbox.set_member(gone.image_id, project.project_id, None)
    operation = carried(ask(ActionKind.ANSWER, *found, status="rejected"))
    assert (operation.state, operation.done, operation.failed) == (OperationState.PARTLY, 3, 1)
    assert {in_sandbox(sandbox, project)[one.image_id][0] for one in others} == {"rejected"}
