"""Uploading and registering on the screen: by pieces as the script sends them, by an ordinary form, refusals."""

import hashlib
import resource
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from images.cache.models.image import Image
from images.making.models import Upload
from images.operations.actions import staging
from images.operations.enums import OperationState
from images.operations.models.operation import Operation, OperationItem
from tests import factories
from tests.conftest import PASSWORD, person

pytestmark = pytest.mark.django_db

CHUNK = 1024
QCOW2 = b"QFI\xfb\0\0\0\3" + b"\0" * 16 + (2**30).to_bytes(8, "big") + b"\0" * 72 + b"0123456789abcdef" * 200


@pytest.fixture(autouse=True)
def staging_folder(settings, tmp_path):
    settings.UPLOAD_DIR, settings.UPLOAD_CHUNK = tmp_path / "uploads", CHUNK
    return settings.UPLOAD_DIR


@pytest.fixture
def project():
    return factories.project()


def waiting(project, **columns) -> Image:
    document = factories.document(1, project.project_id, status="queued", **{"disk_format": "qcow2"} | columns)
    factories.put(project, document)
    return Image.objects.get(image_id=document["id"])


def begun(client: Client, project, **typed: str) -> Upload:
    data = {"project": str(project.pk), "key": uuid.uuid4().hex, "name": "mine", **typed}
    answer = client.post("/images/create/?from=upload", data)
    assert answer.status_code == 302, answer.context["form"].errors
    upload = Upload.objects.get(key=data["key"])
    assert answer.url == f"/uploads/{upload.pk}/"
    assert client.post("/images/create/?from=upload", data).url == answer.url  # pressed twice
    again = client.get(f"/images/create/?from=upload&upload={upload.pk}").context["form"]
    assert {name: str(again[name].value()) for name in typed} == typed, "what was typed can be changed"
    return upload


def announce(client: Client, upload: Upload, data: bytes = QCOW2, name: str = "disk.qcow2"):
    head, tail = SimpleUploadedFile("head", data[:65536]), SimpleUploadedFile("tail", data[-512:])
    said = {"name": name, "size": len(data), "head": head, "tail": tail}
    return client.post(f"/uploads/{upload.pk}/announce/", said)


def put(client: Client, upload: Upload, offset: int, data: bytes = QCOW2, digest: str | None = None, **more):
    piece = data[offset : offset + CHUNK]
    if digest is None:
        before = staging.staged(upload.pk.hex)
        known = staging.digest_of(before, CHUNK) if before.exists() else ""
        digest = staging.next_digest(known, hashlib.sha256(piece).digest())
    headers = {"Upload-Digest": digest, **more}
    return client.put(
        f"/uploads/{upload.pk}/file/?offset={offset}", piece, content_type="application/octet-stream", headers=headers
    )


def test_piece_by_piece(as_admin, project):
    upload = begun(as_admin, project, min_disk="2", tag_0_key="made", tag_0_value="here", os_version="CentOS 7.0 64bit")
    said = announce(as_admin, upload).json()
    operation = Operation.objects.get()
    assert said == {
        "received": 0, "size": len(QCOW2), "chunk": CHUNK, "digest": "", "next": "",
        "operation": f"/operations/{operation.pk}/",
    }  # fmt: skip
    assert operation.state == OperationState.RECEIVING
    assert put(as_admin, upload, 0).json()["received"] == CHUNK
    assert as_admin.get(f"/uploads/{upload.pk}/file/").json()["received"] == CHUNK
    page = as_admin.get(f"/operations/{operation.pk}/").content.decode()
    assert f"{100 * CHUNK // len(QCOW2)} % of the file is here" in page
    assert f'href="/uploads/{upload.pk}/"' in page
    assert (
        f'value="{100 * CHUNK // len(QCOW2)}"'
        in as_admin.get("/operations/tray/", headers={"HX-Request": "true"}).content.decode()
    )
    assert "Choose the same file again" in as_admin.get(f"/uploads/{upload.pk}/").content.decode()
    for offset in range(CHUNK, len(QCOW2), CHUNK):
        said = put(as_admin, upload, offset).json()
    assert said["next"] == f"/operations/{operation.pk}/"
    assert as_admin.get(f"/uploads/{upload.pk}/").url == said["next"]
    operation.refresh_from_db()
    assert operation.state == OperationState.WAITING
    assert staging.staged(upload.pk.hex).read_bytes() == QCOW2
    parameters = OperationItem.objects.get().parameters
    assert parameters["fields"] == {
        "name": "mine", "min_disk": 2, "disk_format": "qcow2", "tags": [{"key": "made", "value": "here"}],
        "attributes": {"__os_version": "CentOS 7.0 64bit"},
    }  # fmt: skip
    assert parameters["digest"] == staging.digest_of(staging.staged(upload.pk.hex), CHUNK)


def test_what_does_not_fit(as_admin, project):
    upload = begun(as_admin, project)
    assert put(as_admin, upload, 0, digest="").status_code == 422, "it was not announced"
    assert announce(as_admin, upload, b"KDMV" + b"\0" * 3000).status_code == 200, (
        "the service turns a VMDK into its own"
    )
    other = begun(as_admin, project, disk_format="qcow2")
    wrong = announce(as_admin, other, b"KDMV" + b"\0" * 3000)
    assert (wrong.status_code, "This is a VMDK file" in wrong.json()["error"]) == (422, True)
    announce(as_admin, other)
    assert put(as_admin, other, 0, digest="0" * 64).status_code == 422
    assert put(as_admin, other, CHUNK, digest="").status_code == 409
    assert put(as_admin, other, 0, digest="", **{"Content-Length": "7"}).status_code == 409
    assert as_admin.put(f"/uploads/{other.pk}/file/?offset=x", b"", headers={"Content-Length": "0"}).status_code == 422
    assert as_admin.get(f"/uploads/{other.pk}/file/").json()["received"] == 0
    as_admin.post(f"/operations/{Upload.objects.get(pk=other.pk).operation_id}/cancel/")
    assert put(as_admin, other, 0, digest="").status_code == 410


def test_only_its_owner_with_a_token(admin, project):
    other = Client()
    other.force_login(person("other", is_staff=True))
    owner = Client(enforce_csrf_checks=True)
    owner.login(username="admin", password=PASSWORD)
    upload = Upload.objects.create(
        actor=admin, project=project, image_name="x", key="k", expires_at="2100-01-01T00:00Z"
    )
    for client, status in ((other, 404), (owner, 403)):
        assert put(client, upload, 0, digest="").status_code == status
        assert announce(client, upload).status_code == status
        file = SimpleUploadedFile("disk.qcow2", QCOW2)
        assert client.post(f"/uploads/{upload.pk}/", {"file": file}).status_code == status
    assert not Operation.objects.exists()
    assert not any(staging.folder().iterdir()), "nothing is left of what was refused"


def test_whole_without_scripts(as_admin, project, settings):
    upload = begun(as_admin, project)
    path = f"/uploads/{upload.pk}/"
    refused = as_admin.post(path, {"file": SimpleUploadedFile("x.gz", b"\x1f\x8b" + b"\0" * 100)})
    assert refused.status_code == 422
    assert "The file is packed (gzip)" in refused.content.decode()
    assert "Choose a file." in as_admin.post(path, {}).content.decode()
    settings.UPLOAD_TOTAL = 100
    assert "no room" in as_admin.post(path, {"file": SimpleUploadedFile("d", QCOW2 * 3)}).content.decode()
    settings.UPLOAD_TOTAL = 10**6
    assert not any(staging.folder().iterdir())
    answer = as_admin.post(path, {"file": SimpleUploadedFile("disk.qcow2", QCOW2)})
    operation = Operation.objects.get()
    assert answer.url == f"/operations/{operation.pk}/"
    assert (operation.state, operation.items.get().percent) == (OperationState.WAITING, 100)
    assert [one.name for one in staging.folder().iterdir()] == [upload.pk.hex]
    assert staging.staged(upload.pk.hex).read_bytes() == QCOW2


def test_a_glance_takes_what_it_takes(as_admin, project):
    project.__class__.objects.update(kind="openstack")
    data = {"project": str(project.pk), "key": uuid.uuid4().hex, "name": "mine"}
    refused = as_admin.post("/images/create/?from=upload", data | {"os_version": "x", "disk_format": "zvhd"})
    assert set(refused.context["form"].errors) == {"os_version", "disk_format"}
    upload = begun(as_admin, project, disk_format="iso")
    assert announce(as_admin, upload, b"\0" * 32769 + b"CD001" + b"\0" * 10).status_code == 200
    fields = OperationItem.objects.get().parameters["fields"]
    assert fields == {"name": "mine", "disk_format": "iso", "container_format": "bare"}


def test_an_image_that_waits_offers_both_ways(as_admin, as_viewer, project):
    image = waiting(project)
    page = as_admin.get(f"/images/{image.pk}/").content.decode()
    assert "This image waits for its file" in page
    answer = as_admin.post(f"/images/{image.pk}/upload/")
    assert as_admin.post(f"/images/{image.pk}/upload/").url == answer.url, "the one that was begun goes on"
    upload = Upload.objects.get()
    assert announce(as_admin, upload).status_code == 200
    assert OperationItem.objects.get().image_id == image.pk
    page = as_admin.get(f"/images/{image.pk}/").content.decode()
    assert "is receiving one" in page, "one file at a time"
    refused = as_viewer.get(f"/images/{image.pk}/")
    assert "but not change them" in refused.content.decode()
    assert as_viewer.post(f"/images/{image.pk}/upload/").status_code == 403


def test_registering_a_file(as_admin, project):
    image = waiting(project)
    path = f"/images/{image.pk}/register/"
    project.__class__.objects.update(kind="openstack")
    assert "takes no files from OBS" in as_admin.get(path).content.decode()
    project.__class__.objects.update(kind="ims")
    typed = {"key": uuid.uuid4().hex, "image_url": "bucket:file.txt"}
    refused = as_admin.post(path, typed)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["image_url"]
    assert "bucket:file.txt" in refused.content.decode()
    typed["image_url"] = "bucket:file.vmdk"
    answer = as_admin.post(path, typed)
    operation = Operation.objects.get()
    assert (answer.url, operation.kind) == (f"/operations/{operation.pk}/", "register")
    again = as_admin.post(path, typed | {"key": uuid.uuid4().hex})
    assert again.status_code == 422
    assert "is receiving one" in again.content.decode()
    Image.objects.update(status="active")
    assert "waits for its file" not in as_admin.get(f"/images/{image.pk}/").content.decode()


@pytest.mark.also_on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_piece_that_finds_no_room_is_told_and_sent_again_later(project):
    """RLIMIT_FSIZE stands for a full disk: the same call fails in the same place (EFBIG for ENOSPC)."""
    client = Client(raise_request_exception=False)
    client.force_login(person("keeper", is_staff=True, is_superuser=True))
    upload = begun(client, project)
    assert announce(client, upload).status_code == 200
    assert put(client, upload, 0).status_code == 200
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK // 2, usual[1]))
    try:
        answer = put(client, upload, CHUNK)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert answer.status_code == 503
    assert "The disk is full." in answer.content.decode()
    upload.refresh_from_db()
    assert upload.received == CHUNK, "what was there counts"
    for offset in range(CHUNK, len(QCOW2), CHUNK):
        assert put(client, upload, offset).status_code == 200
