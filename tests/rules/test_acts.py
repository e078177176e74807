"""What may be done to images: every rule on both sides of its edge, and beside the sandbox's reading of it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from images.cache.models.image import Image
from images.cache.rules.dialects import of_kind
from images.cache.rules.subject import COLUMNS, Facts
from images.cache.services.columns import read, row_of
from images.core.ims_limits import GIB
from images.operations.enums import ActionKind
from images.operations.rules import actions
from images.operations.rules.actions import ACTS, problem_of, problem_of_copy
from images.sandbox import cast
from images.sandbox.scenery import DEFAULT_KEY
from tests.rules import edges
from tests.rules.asking import PROJECT, new_image, said
from tests.rules.readings import codes
from tests.sandbox.conftest import Caller

PARTNER = cast.FOREIGN_PROJECTS[0]
OWN = Facts()
PUBLIC = Facts(image_type="gold", visibility="public", project_id=None, protected=True)
OFFERED = Facts(image_type="shared", visibility="shared", member_status="pending")
ACCEPTED = replace(OFFERED, member_status="accepted")
WHOLE = replace(OWN, whole_image=True)
ENCRYPTED = replace(OWN, key_id="key")
ISO = replace(OWN, env_type="IsoImage", disk_format="iso")
QUEUED, SAVING, KILLED = (replace(OWN, status=status) for status in ("queued", "saving", "killed"))
CSBS = replace(OWN, data_origin="server_backup,b")
CHARGED = replace(PUBLIC, platform="Windows")


@pytest.mark.parametrize(
    ("act", "image", "known", "code"),
    [
        ("delete", OWN, {}, ""), ("delete", PUBLIC, {}, "IMG.0094"), ("delete", ACCEPTED, {}, "IMG.0092"),
        ("delete", replace(OWN, protected=True), {}, "IMG.0028"), ("delete", SAVING, {}, "IMG.0090"),
        ("delete", QUEUED, {}, ""), ("delete", QUEUED, {"busy": True}, "IMG.0090"), ("delete", KILLED, {}, ""),
        ("delete", WHOLE, {}, ""), ("delete", replace(OWN, image_type="shared", visibility="shared"), {}, ""),
        ("share", OWN, {"members": 127}, ""), ("share", OWN, {"members": 128}, "IMG.0088"),
        ("share", PUBLIC, {}, "IMG.0089"), ("share", ACCEPTED, {}, "IMG.0047"), ("share", WHOLE, {}, "IMG.0135"),
        ("share", ENCRYPTED, {}, "IMG.0098"), ("share", QUEUED, {}, ""), ("share", ISO, {}, ""),
        ("share", replace(OWN, protected=True), {}, ""),
        ("unshare", OWN, {}, ""), ("unshare", ACCEPTED, {}, "IMG.0047"), ("unshare", PUBLIC, {}, "IMG.0047"),
        ("answer", OFFERED, {}, ""), ("answer", ACCEPTED, {}, ""), ("answer", OWN, {}, "IMG.0027"),
        ("export", OWN, {}, ""), ("export", PUBLIC, {}, "IMG.0077"), ("export", ACCEPTED, {}, "IMG.0047"),
        ("export", WHOLE, {}, "IMG.0128"), ("export", ISO, {}, "IMG.0167"), ("export", CSBS, {}, "IMG.0080"),
        ("export", replace(OWN, env_type="Isolmage"), {}, "IMG.0167"), ("export", KILLED, {}, "IMG.0046"),
        ("export", OWN, {"origin": CHARGED}, "IMG.0079"), ("export", OWN, {"origin": OWN}, ""),
        ("export", OWN, {"origin": replace(CHARGED, platform="CentOS")}, ""),
        ("export", OWN, {"origin": replace(OWN, platform="Windows")}, ""),
        ("export", replace(OWN, size=128 * GIB), {}, ""), ("export", replace(OWN, size=128 * GIB + 1), {}, "IMG.0160"),
        ("export", replace(OWN, size=128 * GIB + 1), {"quick": True}, ""),
        ("export", replace(OWN, size=1024 * GIB - 1), {"quick": True}, ""),
        ("export", replace(OWN, size=1024 * GIB), {"quick": True}, "IMG.0071"),
        ("export", OWN, {"busy": True}, "IMG.0148"), ("export", ENCRYPTED, {}, ""),
        ("copy", OWN, {}, ""), ("copy", PUBLIC, {}, ""), ("copy", ACCEPTED, {}, ""), ("copy", OFFERED, {}, "IMG.0196"),
        ("copy", replace(OFFERED, member_status="rejected"), {}, "IMG.0196"),
        ("copy", replace(ACCEPTED, key_id="key"), {}, "IMG.0197"), ("copy", WHOLE, {}, "IMG.0130"),
        ("copy", ISO, {}, "IMG.0167"), ("copy", SAVING, {}, "IMG.0046"), ("copy", ENCRYPTED, {"cmk_id": "other"}, ""),
        ("copy", ENCRYPTED, {"cmk_id": "key"}, "IMG.0096"), ("copy", ENCRYPTED, {}, ""),
        ("copy", OWN, {"cmk_id": ""}, ""),
        ("edit", OWN, {}, ""), ("edit", PUBLIC, {}, "IMG.0047"), ("edit", ACCEPTED, {}, "IMG.0047"),
        ("edit", QUEUED, {}, "IMG.0046"), ("edit", QUEUED, {"dialect": of_kind("openstack")}, ""),
        ("edit", PUBLIC, {"dialect": of_kind("openstack")}, "IMG.0047"),
        ("tag", OWN, {}, ""), ("tag", QUEUED, {}, ""), ("tag", PUBLIC, {}, "IMG.0047"),
        ("tag", OFFERED, {}, "IMG.0047"),
        ("protect", QUEUED, {}, ""), ("protect", PUBLIC, {}, "IMG.0047"), ("unprotect", OFFERED, {}, "IMG.0047"),
        ("upload", QUEUED, {}, ""), ("upload", OWN, {}, "IMG.1075"), ("upload", QUEUED, {"busy": True}, "IMG.1075"),
        ("register", QUEUED, {}, ""), ("register", SAVING, {}, "IMG.1075"), ("register", OFFERED, {}, "IMG.0047"),
    ],
)  # fmt: skip
def test_acts(act, image, known, code):
    problem = problem_of(act, image, **known)
    assert (problem.code if problem else "") == code
    name = {"upload": "fill", "register": "fill", "unprotect": "protect"}.get(act, act)
    assert getattr(actions, f"can_{name}")(image, **known) is (problem is None)
    assert problem is None or (problem.message and problem.rule)


def test_every_act_on_images_has_its_rule():
    assert set(ACTS) == set(ActionKind.values) - {"create", "metadata"}


def test_rows_of_the_cache_are_subjects():
    """No column is missing, and judging a row fetches nothing: there is no database in this test."""
    row = Image(status="active", image_type="private", visibility="private", project_id=1, protected=True)
    assert all(hasattr(row, column) for column in COLUMNS)
    assert [act for act in ACTS if ACTS[act](row)] == ["upload", "register", "delete", "answer"]


KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "protected": {"protected": True},
    "full-ECS": {"__whole_image": True, "__data_origin": "server_backup,b"},
    "of a CSBS backup": {"__data_origin": "server_backup,b"},
    "encrypted": {"__system__cmkid": edges.KEY},
    "ISO": {"disk_format": "iso", "virtual_env_type": "IsoImage"},
    "queued": {"status": "queued"},
    "saving": {"status": "saving"},
    "killed": {"status": "killed"},
    "128 GB": {"__image_size": str(128 * GIB)},
    "more": {"__image_size": str(128 * GIB + 1)},
    "1 TB": {"__image_size": str(1024 * GIB)},
}
CALLS: dict[str, tuple[str, str, Any]] = {
    "edit": ("PATCH", "/v2/cloudimages/{image}", [edges.step("min_ram", 1)]),
    "protect": ("PATCH", "/v2/images/{image}", [edges.step("protected", True)]),
    "tag": ("POST", "/v2/{project}/images/{image}/tags", {"tag": {"key": "k", "value": ""}}),
    "share": ("POST", "/v1/cloudimages/members", {"images": ["{image}"], "projects": [PARTNER.id]}),
    "unshare": ("DELETE", "/v1/cloudimages/members", {"images": ["{image}"], "projects": [PARTNER.id]}),
    "answer": (
        "PUT",
        "/v1/cloudimages/members",
        {"images": ["{image}"], "project_id": PROJECT.id, "status": "accepted"},
    ),
    "export": ("POST", "/v1/cloudimages/{image}/file", {"bucket_url": "ims-image:{image}", "file_format": "vhd"}),
    "copy": ("POST", "/v1/cloudimages/{image}/copy", {"name": "copy"}),
    "register": ("PUT", "/v1/cloudimages/{image}/upload", {"image_url": "ims-image:centos70.vhd"}),
    "delete": ("DELETE", "/v2/images/{image}", None),
}


def public_image(caller: Caller) -> str:
    answer = caller("POST", "/_sandbox/images", json={"action": "create", "region": PROJECT.region})
    return str(answer.json()["ids"][0])


def shared_image(caller: Caller, partner: Caller, status: str, **changes: Any) -> str:
    """An image of the partner, offered to the project."""
    image = new_image(partner, **changes)
    member = {"image_id": image, "project": PROJECT.id, "status": status}
    assert caller("POST", "/_sandbox/members", json=member).status_code == 204
    return image


@pytest.mark.parametrize("act", CALLS)
def test_acts_beside_the_sandbox(caller, partner, act):
    method, path, body = CALLS[act]
    offered = [
        (shared_image(caller, partner, "pending"), "pending"),
        (shared_image(caller, partner, "accepted"), "accepted"),
        (shared_image(caller, partner, "accepted", __system__cmkid=edges.KEY), "accepted"),
        (shared_image(caller, partner, "rejected"), "rejected"),
    ]
    images = [*((new_image(caller, **changes), "") for changes in KINDS.values()), (public_image(caller), ""), *offered]
    verdicts = []
    for image, member_status in images:
        raw = json.dumps(caller.get(f"/v2/images/{image}"))
        row = row_of(read(image, raw.encode()), raw, "", region_id=1, project_id=1, member_status=member_status)
        problem = ACTS[act](row)
        request = json.loads(json.dumps(body).replace("{image}", image))
        theirs = said(caller, method, path.format(project=PROJECT.id, image=image), request)
        verdicts.append((raw, codes([problem] if problem else []), theirs))
    assert [one for one in verdicts if one[1] != one[2]] == []
    assert {bool(one[1]) for one in verdicts} == {True, False}


@pytest.mark.parametrize("key_id", ["", edges.KEY])
@pytest.mark.parametrize("cmk_id", ["", edges.KEY, DEFAULT_KEY])
def test_keys_of_copies_beside_the_sandbox(caller, key_id, cmk_id):
    image = new_image(caller, **({"__system__cmkid": key_id} if key_id else {}))
    raw = json.dumps(caller.get(f"/v2/images/{image}"))
    row = row_of(read(image, raw.encode()), raw, "", region_id=1, project_id=1, member_status="")
    problem = problem_of_copy(row, cmk_id=cmk_id)
    theirs = said(caller, "POST", f"/v1/cloudimages/{image}/copy", {"name": "copy", "cmk_id": cmk_id})
    assert codes([problem] if problem else []) == theirs
