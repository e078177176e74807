"""Creations of several images: each image its own line and end, and only what failed is asked for again."""

import uuid

import pytest
from django.urls import reverse

from images import ims
from images.operations.actions.parts import NOT_ALONE, matched, parts_of
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Operation
from images.operations.services import SubmitRefused, retry_failed
from tests.catalogue.test_act_views import text
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done
from tests.operations.test_making_and_sharing import made

DISKS = ("b0c1d2e3-f405-4617-8829-3a4b5c6d7e10", "c1d2e3f4-0516-4728-993a-4b5c6d7e8f20")
SYSTEM = {"image_url": "ims-image:centos70.qcow2", "min_disk": 40, "os_version": "CentOS 7.0 64bit"}


def of_disks(*names: str) -> dict[str, object]:
    disks = [{"name": name, "volume_id": volume} for name, volume in zip(names, DISKS, strict=True)]
    return {"order": "DataDisks", "fields": {"description": "both", "disks": disks}}


def of_files(name: str, url: str, **more: object) -> dict[str, object]:
    data = [{"name": f"{name} data", "image_url": url, "min_disk": 50}]
    return {"order": "SystemFile", "fields": {"name": name, **SYSTEM, "data_images": data, **more}}


def lines(operation: Operation) -> list[tuple[str, str]]:
    return [(item.image_name, item.state) for item in operation.items.order_by("position")]


def alive(sandbox, project, name: str) -> list[str]:
    """Images of a name that are more than the rest of a failure."""
    documents = sandbox.dump(project.project_id)["images"]
    return [one["id"] for one in documents if one["name"] == name and one["status"] == "active"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", ["", "reset_after"])
def test_every_image_of_an_order_has_a_line_with_a_link(sandbox, project, ask, client, operator, fault):
    """I1; also when the answer to the call was lost and each image is looked for."""
    names = (f"one {fault}".strip(), f"two {fault}".strip())
    if fault:
        sandbox.fault(operation="5.1.3", kind=fault, times=1)
    operation = carried(ask(ActionKind.CREATE, name=names[0], item=of_disks(*names)))
    assert_done(operation)
    assert lines(operation) == [(name, ItemState.DONE) for name in names]
    client.force_login(operator)
    page = client.get(reverse("images:operation", args=[operation.pk])).content.decode()
    for name, item in zip(names, operation.items.order_by("position"), strict=True):
        assert made(sandbox, project, name) == [item.image_uid]
        assert item.image is not None
        assert item.image.name == name
        assert page.count(f'<a href="{reverse("images:detail", args=[item.image_id])}">{name}</a>') >= 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_only_what_failed_is_asked_for_again(sandbox, project, ask, operator):
    """I2: one of two disks fails; the good one is not made a second time."""
    sandbox.fault(operation="imsVolumeCreateImageJob", kind="job_fail", code="IMG.0057", times=1)
    operation = carried(ask(ActionKind.CREATE, name="bad", item=of_disks("bad", "good")))
    assert lines(operation) == [("bad", ItemState.FAILED), ("good", ItemState.DONE)]
    assert (operation.state, operation.total, operation.done, operation.failed) == (OperationState.PARTLY, 2, 1, 1)
    failed = operation.items.get(state=ItemState.FAILED)
    assert failed.error_code == "IMG.0057"
    assert failed.upstream_request_id
    again = carried(retry_failed(actor=operator, operation=operation, key=uuid.uuid4().hex))
    assert_done(again)
    assert lines(again) == [("bad", ItemState.DONE)]
    assert [len(alive(sandbox, project, name)) for name in ("bad", "good")] == [1, 1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("file", "alone"), [("data.zvhd2", True), ("data.qcow2", False)])
def test_the_file_of_a_data_disk_comes_alone_only_by_quick_import(sandbox, project, ask, operator, file, alone):
    """I2: 5.1.4 is the one way to ask for a data disk's file by itself, and takes RAW and ZVHD2 only."""
    name = f"files {file[5:]}"
    if alone:
        facts = {"size": 2**30, "project_id": project.project_id}
        sandbox.admin("PUT", "things", {"kind": "object", "id": f"ims-image:{file}", "facts": facts})
    sandbox.fault(operation="imsImportDataImageJob", kind="job_fail", times=1)
    operation = carried(ask(ActionKind.CREATE, name=name, item=of_files(name, f"ims-image:{file}")))
    assert lines(operation) == [(name, ItemState.DONE), (f"{name} data", ItemState.FAILED)]
    assert operation.state == OperationState.PARTLY
    if not alone:
        with pytest.raises(SubmitRefused, match="only together with its system disk"):
            retry_failed(actor=operator, operation=operation, key=uuid.uuid4().hex)
        return
    again = carried(retry_failed(actor=operator, operation=operation, key=uuid.uuid4().hex))
    assert_done(again)
    assert len(alive(sandbox, project, name)) == len(alive(sandbox, project, f"{name} data")) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_the_page_says_of_each_image_whether_it_is_encrypted(sandbox, project, ask, client, operator):
    """I13: a key beside data disks; what came of it is told image by image."""
    key = "bd66288c-9081-460a-8227-4cbd0c814cb4"
    item = of_files("kept secret", "ims-image:data.qcow2", cmk_id=key)
    operation = carried(ask(ActionKind.CREATE, name="kept secret", item=item))
    assert_done(operation)
    client.force_login(operator)
    shown = text(client.get(reverse("images:operation", args=[operation.pk])))
    assert f"Encrypted with the key {key}" in shown
    assert "Encryption not encrypted" in shown


def job(job_id: str, status: str = "SUCCESS", *, name: str = "", kind: str = "") -> ims.Job:
    return ims.Job(job_id, status, kind, image_name=name)


@pytest.mark.parametrize(
    ("told", "whose"),
    [
        # in the order of the request, names or not
        ([job("a", name="sys"), job("b", name="data")], ["a", "b"]),
        ([job("a"), job("b", "FAIL")], ["a", "b"]),
        # in another order: by name
        ([job("b", name="data"), job("a", name="sys")], ["a", "b"]),
        # one that failed tells no name: what is left over is its
        ([job("b", name="data"), job("a", "FAIL")], ["a", "b"]),
        # nothing is told of one
        ([job("b", name="data")], [None, "b"]),
    ],
)
def test_which_sub_job_is_whose(told, whose):
    """I1, I2: Table 5-36 does not say for which part of a request a sub-job is."""
    fields = {"name": "sys", **SYSTEM, "data_images": [{"name": "data", "image_url": "b:d.raw", "min_disk": 9}]}
    parts = matched(parts_of({"order": "SystemFile", "fields": fields}), told)
    assert [part.job.id if part.job else None for part in parts] == whose


def test_system_and_data_disk_of_one_name_are_told_apart_by_the_kind_of_job():
    fields = {"name": "same", **SYSTEM, "data_images": [{"image_url": "b:d.raw", "min_disk": 9}]}
    parts = parts_of({"order": "SystemFile", "fields": fields})
    told = [
        job("d", "FAIL", name="same", kind="imsImportDataImageJob"),
        job("s", name="same", kind="imsImportImageJob"),
        job("e", name="extra", kind="imsImportDataImageJob"),
    ]
    found = matched(parts, told)
    assert [(part.name, part.job.id if part.job else "") for part in found] == [
        ("same", "s"),
        ("same", "d"),
        ("extra", "e"),
    ]
    # what the service found besides in the file cannot be asked for
    assert [bool(part.parameters.get(NOT_ALONE)) for part in found] == [False, False, True]
