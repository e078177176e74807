"""A file from a browser to an image: pieces, lost answers, dead processes, and what is left of it afterwards."""

import hashlib
import io
import os
import time
import tracemalloc
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from images.cache.models.image import Image
from images.making.models import Upload
from images.making.rules.file_kinds import HEAD, TAIL
from images.making.services.uploads import clearing, receiving
from images.making.services.uploads.receiving import OutOfStep, UploadEnded, UploadRefused
from images.operations.actions import staging
from images.operations.actions.files import Upload as UploadAct
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Operation, OperationItem
from images.operations.services import cancel, continuity, executor, retry_failed, scheduling
from tests.clouds.projects import in_cache, in_sandbox
from tests.conftest import person
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done
from tests.operations.test_making_and_sharing import made

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick", "staging_folder")]

CHUNK = 4096
QCOW2 = b"QFI\xfb\0\0\0\3" + b"\0" * 16 + (2**30).to_bytes(8, "big") + b"\0" * 72 + os.urandom(3 * CHUNK)


@pytest.fixture
def staging_folder(settings, tmp_path):
    settings.UPLOAD_DIR, settings.UPLOAD_CHUNK = tmp_path / "uploads", CHUNK
    return settings.UPLOAD_DIR


@pytest.fixture
def begin(operator, project):
    def begun(name: str = "", **more) -> Upload:
        name = name or f"up-{uuid.uuid4().hex[:8]}"
        more = {"fields": {"name": name, "min_disk": 1}} | more
        return receiving.begin(actor=operator, project=project, name=name, key=uuid.uuid4().hex, **more)

    return begun


def announced(upload: Upload, data: bytes = QCOW2, name: str = "disk.qcow2") -> Upload:
    return receiving.announce(
        actor=upload.actor, upload=upload, file_name=name, size=len(data), head=data[:HEAD], tail=data[-TAIL:]
    )


def send(upload: Upload, data: bytes = QCOW2, *, offset: int | None = None, **said) -> Upload:
    """The next piece, as a browser that reads the row would send it."""
    upload = Upload.objects.select_related("operation", "project__account", "actor").get(pk=upload.pk)
    offset = upload.received if offset is None else offset
    piece = data[offset : offset + upload.chunk]
    said = {"length": len(piece), "digest": staging.next_digest(upload.digest, hashlib.sha256(piece).digest())} | said
    return receiving.receive_piece(actor=upload.actor, upload=upload, offset=offset, stream=io.BytesIO(piece), **said)


def arrived(upload: Upload, data: bytes = QCOW2) -> Operation:
    upload = announced(upload, data)
    while not upload.is_complete:
        upload = send(upload, data)
    return upload.operation


def test_a_tab_that_announces_late_takes_nothing_back(begin):
    """Two tabs read the row before either announced; the first sends all of its file, then the second announces."""
    upload = begin()
    late = Upload.objects.select_related("operation", "project__account", "actor").get(pk=upload.pk)
    operation = arrived(upload)
    again = announced(late)
    upload.refresh_from_db()
    assert (again.operation_id, again.received) == (operation.pk, len(QCOW2))
    assert (upload.received, upload.is_complete) == (len(QCOW2), True)
    assert staging.staged(upload.pk.hex).read_bytes() == QCOW2
    with pytest.raises(UploadRefused, match="This is another file"):
        announced(Upload.objects.get(pk=late.pk), QCOW2[:-CHUNK], "other.qcow2")
    assert Operation.objects.filter(upload=upload).count() == 1


def test_the_files_of_one_person_take_their_share_and_no_more(begin, settings):
    settings.UPLOAD_TOTAL, settings.UPLOAD_SHARE = 10 * len(QCOW2), 30
    kept = [announced(begin()) for _file in range(3)]
    refused = begin()
    with pytest.raises(UploadRefused, match="Your files here may take"):
        announced(refused)
    other = person("neighbour", is_staff=True)
    theirs = receiving.begin(actor=other, project=refused.project, name="t", key=uuid.uuid4().hex, fields={"name": "t"})
    assert announced(theirs).operation_id, "others have room"
    cancel(actor=kept[0].actor, operation=kept[0].operation)
    clearing.clear()
    assert announced(refused).operation_id


def test_what_was_announced_and_never_sent_keeps_no_room(begin, settings):
    settings.UPLOAD_TOTAL, settings.UPLOAD_SHARE = 2 * len(QCOW2), 100
    idle, moving, waits = begin(), begin(), begin()
    announced(idle)
    send(announced(moving))
    other = person("neighbour", is_staff=True)
    theirs = receiving.begin(actor=other, project=idle.project, name="t", key=uuid.uuid4().hex, fields={"name": "t"})
    with pytest.raises(UploadRefused, match="no room"):
        announced(theirs)
    long_ago = timezone.now() + timedelta(seconds=settings.UPLOAD_KEEP - settings.UPLOAD_IDLE - 5)
    Upload.objects.filter(pk=idle.pk).update(expires_at=long_ago)
    assert announced(waits).operation_id
    with pytest.raises(UploadRefused, match="no room"):
        send(idle)  # its room is somebody else's by now
    cancel(actor=waits.actor, operation=Operation.objects.get(upload=waits))
    clearing.clear()
    assert send(idle).received == CHUNK


def assert_there_once(sandbox, project, operation: Operation, data: bytes = QCOW2) -> None:
    item = operation.items.get()
    assert made(sandbox, project, item.image_name) == [item.image_uid]
    image = Image.objects.get(project=project, image_id=item.image_uid)
    assert (image.status, item.image_id) == ("active", image.pk)
    assert image.attributes["checksum"] == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert in_cache(project) == in_sandbox(sandbox, project)


@pytest.mark.parametrize("fault", ["", "reset_after", "reset_before", "status"])
def test_pieces_become_an_image_once(sandbox, project, begin, fault):
    operation = announced(begin()).operation
    assert (operation.state, operation.waiting) == (OperationState.RECEIVING, 1)
    assert scheduling.next_due() is None, "nothing is sent before all of it is here"
    assert not scheduling.has_open_work()
    upload = send(operation.upload)
    assert operation.items.get().percent == upload.percent == 100 * CHUNK // len(QCOW2)
    if fault:
        for call in ("6.1.6", "6.1.4"):
            sandbox.fault(operation=call, kind=fault, times=1)
    operation = carried(arrived(upload))
    assert_done(operation)
    assert_there_once(sandbox, project, operation)
    assert clearing.clear() == 1
    assert list(staging.folder().iterdir()) == []


class Died(BaseException):
    """The process is gone at this line."""


@pytest.mark.parametrize("point", ["receive", "place"])
def test_the_web_process_dies_over_a_piece(begin, monkeypatch, point):
    """While it comes, when it is in its place but does not count yet: the next one makes it whole."""
    upload = send(announced(begin()))
    original = getattr(staging, point)

    def dying(*arguments):
        original(*arguments)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(staging, point, dying)
        with pytest.raises(Died):
            send(upload)
    upload.refresh_from_db()
    assert upload.received == CHUNK
    arrived(upload)
    assert staging.staged(upload.pk.hex).read_bytes() == QCOW2


@pytest.mark.parametrize("point", ["_fly", "_write"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_carrier_dies_between_the_two_calls(sandbox, project, begin, monkeypatch, point, nth):
    """Before a call, or with its answer unwritten: of the metadata (first) and of the file (second)."""
    operation = arrived(begin())
    original, met = getattr(executor.Executor, point), []

    def dying(*arguments, **more):
        met.append(point)
        if len(met) == nth:
            raise Died
        return original(*arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(executor.Executor, point, dying)
        with pytest.raises(Died):
            executor.execute(30.0)
    assert_done(carried(operation))
    assert_there_once(sandbox, project, operation)


def test_of_an_image_that_waits_and_of_a_file_in_obs(sandbox, project, ask, begin):
    fields = {"name": "waits", "disk_format": "qcow2"}
    assert_done(carried(ask(ActionKind.METADATA, name="waits", item={"fields": fields})))
    image = Image.objects.get(project=project, name="waits")
    assert_done(carried(arrived(begin("waits", image=image, fields={}))))
    image.refresh_from_db()
    assert image.status == "active"
    with pytest.raises(UploadRefused, match="has a file already"):
        begin("waits", image=image)
    said = {"fields": {"name": "from obs", "min_disk": 40}, "image_url": "ims-image:centos70.zvhd2"}
    for call in ("6.1.6", "5.1.6"):
        sandbox.fault(operation=call, kind="reset_after", times=1)
    operation = carried(ask(ActionKind.REGISTER, name="from obs", item=said))
    assert_done(operation)
    assert made(sandbox, project, "from obs") == [operation.items.get().image_uid]


def test_pieces_that_do_not_fit_change_nothing(begin, operator):
    upload = announced(begin())
    other = b"x" * len(QCOW2)
    for piece in (
        {"digest": "0" * 64},  # damaged
        {"data": other, "digest": staging.next_digest("", hashlib.sha256(QCOW2[:CHUNK]).digest())},  # another file
    ):
        with pytest.raises(UploadRefused, match="another file"):
            send(upload, **piece)
    with pytest.raises(UploadRefused, match="cut short"):
        receiving.receive_piece(actor=operator, upload=upload, offset=0, stream=io.BytesIO(QCOW2[:100]), length=CHUNK)
    for offset, length in ((CHUNK, CHUNK), (1, CHUNK), (0, CHUNK + 1), (0, 1)):
        with pytest.raises(OutOfStep):
            send(upload, offset=offset, length=length)
    assert (send(upload).received, send(upload, offset=0).received) == (CHUNK, CHUNK), "a piece counts once"
    with pytest.raises(UploadRefused, match="another file"):
        announced(upload, other + b"x")
    upload.refresh_from_db()
    assert announced(upload).received == CHUNK, "the same file goes on"
    viewer = person("looker")
    with pytest.raises(PermissionDenied):
        receiving.receive_piece(actor=viewer, upload=upload, offset=CHUNK, stream=io.BytesIO(), length=CHUNK)
    assert [path.name for path in staging.folder().iterdir()] == [upload.pk.hex], "no part is left behind"


def test_what_is_wrong_with_a_file_is_said_before_it_comes(begin):
    upload = begin(disk_format="qcow2", fields={"name": "x", "min_disk": 1})
    for data, words in (
        (b"KDMV" + b"\0" * 2000, "This is a VMDK file"),
        (b"", "empty"),
        (QCOW2[:24] + (2**31).to_bytes(8, "big"), "has 2 GB"),
    ):
        with pytest.raises(UploadRefused, match=words):
            announced(upload, data)
    assert not Operation.objects.exists()
    known = announced(begin(), b"\0" * 2000, "disk.raw").operation.items.get()
    assert known.parameters["fields"]["disk_format"] == "raw", "the ending tells what has no mark"


def test_room_and_size(begin, operator, settings):
    upload = begin()
    with pytest.raises(UploadRefused, match=r"2 GB or more .* register"):
        receiving.announce(actor=operator, upload=upload, file_name="x", size=2**31, head=QCOW2, tail=b"")
    settings.UPLOAD_TOTAL = len(QCOW2) + 10
    announced(upload)
    with pytest.raises(UploadRefused, match="no room"):
        announced(begin())
    upload.project.account.kind = "aksk"
    with pytest.raises(UploadRefused, match="12 MB"):
        receiving.check_size(upload.project, 2**24)


def test_cancelled_and_abandoned_uploads_are_cleared(begin, operator):
    never, cancelled, late = begin(), send(announced(begin())), send(announced(begin()))
    assert cancel(actor=operator, operation=cancelled.operation) == 1
    with pytest.raises(UploadEnded):
        send(cancelled)
    assert clearing.clear() == 1
    Upload.objects.exclude(pk=cancelled.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    orphan = staging.staged("0" * 32)
    orphan.write_bytes(b"left")
    os.utime(orphan, (time.time() - 90_000,) * 2)
    assert clearing.clear() == 3
    assert list(staging.folder().iterdir()) == []
    item = late.operation.items.get()
    assert (item.state, item.error) == (ItemState.CANCELLED, "The rest of the file did not come in time.")
    never.refresh_from_db()
    assert never.cleared_at


def test_a_failed_upload_is_tried_again_with_the_same_file(sandbox, project, begin, operator):
    sandbox.fault(operation="6.1.4", kind="status", status=403, code="IMG.0026", times=1)
    operation = carried(arrived(begin()))
    assert operation.state == OperationState.FAILED
    assert clearing.clear() == 0, "somebody may try again"
    again = carried(retry_failed(actor=operator, operation=operation, key=uuid.uuid4().hex))
    assert_done(again)
    assert_there_once(sandbox, project, again)
    assert clearing.clear() == 1


def test_a_file_that_was_damaged_here_is_not_sent(sandbox, project, begin):
    operation = arrived(begin())
    with staging.staged(operation.upload.pk.hex).open("r+b") as file:
        file.seek(5000)
        file.write(b"worm")
    operation = carried(operation)
    assert "damaged" in operation.items.get().error
    assert "6.1.4" not in sandbox.calls() or operation.state == OperationState.FAILED


def test_others_do_not_wait_for_files(sandbox, project, ask, begin, monkeypatch):
    """Two files travel at once; a third and the time that the carrier has wait for them, other acts do not."""
    monkeypatch.setattr(executor, "NOTE_EVERY", 0.05)
    sandbox.latency(8.0, operation="6.1.4")  # so that a busy machine, too, has begun before
    continuity.unbroken_since()
    files = [arrived(begin()) for _number in range(3)]
    looked = {"known": {"ids": [], "at": timezone.now().isoformat()}}  # what else is there has been found out
    OperationItem.objects.filter(operation__in=files).update(result=looked)
    image = Image.objects.filter(project=project, status="active", protected=False, member_status="").first()
    edit = ask(ActionKind.PROTECT, image)
    assert executor.execute(4.0), "the third file is left to the next"
    states = [OperationItem.objects.get(operation=one).state for one in files]
    assert states.count(ItemState.WAITING) == 1
    edit.refresh_from_db()
    assert edit.state == OperationState.DONE
    sandbox.clear_faults()
    for one in files:
        assert_done(carried(one))
    assert 100 in OperationItem.objects.filter(operation__in=files).values_list("percent", flat=True)


def test_memory_stays_flat(project, begin, settings, monkeypatch):
    """32 MB in pieces of 8 MB, and on to the service: three pieces of it would not fit into what is allowed."""
    settings.UPLOAD_CHUNK = 8 * 2**20
    data = QCOW2[:32] + bytes(32 * 2**20)
    operation = announced(begin(), data).operation
    sent = []
    monkeypatch.setattr(UploadAct, "fill", _weighed(UploadAct.fill, sent))
    peak = 0
    upload = operation.upload
    while not upload.is_complete:
        offset, length = upload.received, min(upload.chunk, upload.size - upload.received)
        stream = io.BytesIO(data[offset : offset + length])
        tracemalloc.start()
        upload = receiving.receive_piece(actor=upload.actor, upload=upload, offset=offset, stream=stream, length=length)
        peak = max(peak, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert_done(carried(operation))
    assert max(peak, *sent) < 6 * 2**20


def _weighed(fill, sent: list[int]):
    def filling(*arguments):
        tracemalloc.start()
        try:
            return fill(*arguments)
        finally:
            sent.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    return filling
