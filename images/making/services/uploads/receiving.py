"""A file comes from a browser: begun, announced, received piece by piece or as a whole, handed on as an operation.

Nothing of it is held by a process: bytes are in the folder, how many of them count is in the row, and a piece counts
once both agree. So the web process may die, the line may break, and another tab or another day may go on.
"""

import errno
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from images.access.permissions import check_can_operate
from images.cache.models.image import Image
from images.clouds.enums import CredentialKind
from images.clouds.models import Project
from images.core import clock, humanize, ims_limits
from images.making.models import Upload
from images.making.rules.file_kinds import HEAD, TAIL, UNMARKED, check_file, sniff
from images.making.rules.files import check_upload_size
from images.operations.actions import staging
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Operation, OperationItem
from images.operations.rules.actions import problem_of_fill
from images.operations.services import SubmitRefused, Target, release, submit
from images.tags.services import policy

#: Bytes that the disk of the folder keeps for others.
SPARE: Final = 256 * 2**20


class UploadRefused(Exception):
    """It was not taken; the message says why, for people."""


class UploadEnded(UploadRefused):
    """The upload was cancelled or is over; nothing more is taken."""


class OutOfStep(Exception):
    """The piece does not follow what is here; `upload` says what does."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(upload.pk)
        self.upload = upload


def begin(
    *,
    actor: User,
    project: Project,
    name: str,
    key: str,
    fields: dict[str, Any] | None = None,
    disk_format: str = "",
    image: Image | None = None,
) -> Upload:
    """An upload that waits for its file. The same `key` again gives back the one that there is.

    `fields`: those of the image to make (6.1.6); or `image`: one that waits for its file. Raises PermissionDenied,
    UploadRefused when the image waits for none.
    """
    check_can_operate(actor, project)
    problem = problem_of_fill(image) if image else None
    if problem:
        raise UploadRefused(problem.message)
    upload = Upload(project=project, image=image, image_name=name[:255], fields=fields or {})
    broken = policy.guard(ActionKind.UPLOAD)(_target(upload, upload.fields))
    if broken is not None:
        raise UploadRefused(broken.message)
    upload, _created = Upload.objects.get_or_create(
        key=key,
        defaults={
            "actor": actor,
            "project": project,
            "image": image,
            "image_uid": image.image_id if image else "",
            "image_name": name[:255],
            "fields": fields or {},
            "disk_format": disk_format,
            "expires_at": _later(),
        },
    )
    if upload.actor_id != actor.pk:
        raise UploadRefused(_("This form belongs to somebody else's upload."))
    return upload


def begin_for(*, actor: User, image: Image) -> Upload:
    """An upload for an image of a project that waits for its file: the person's own that has not ended, or a new one.

    Raises PermissionDenied, UploadRefused.
    """
    assert image.project is not None  # noqa: S101 # the caller has looked
    check_can_operate(actor, image.project)
    open_ones = Upload.objects.filter(actor=actor, image=image, cleared_at=None, expires_at__gt=clock.now())
    begun: Upload | None = open_ones.filter(Q(operation=None) | Q(operation__state=OperationState.RECEIVING)).first()
    if begun is not None:
        return begun
    key = f"image-{image.pk}-{uuid.uuid4().hex}"
    return begin(actor=actor, project=image.project, name=image.name or image.image_id, key=key, image=image)


def announce(*, actor: User, upload: Upload, file_name: str, size: int, head: bytes, tail: bytes) -> Upload:
    """Takes note of the file that will come, by its first and last bytes (rules.sniffing.HEAD, TAIL), and begins its
    operation. Of a file that was announced before only the same is taken. Raises PermissionDenied, UploadRefused.
    """
    check_can_operate(actor, upload.project)
    if upload.operation_id is not None:
        return _same(upload, file_name, size)
    fields = _checked(upload, file_name, size, head, tail)
    with transaction.atomic():
        _hold_all()
        upload = _lock(upload)  # read again: another tab may have announced, and even sent, it meanwhile
        if upload.operation_id is not None:
            return _same(upload, file_name, size)
        _check_room(actor, size)
        upload.file_name, upload.size, upload.chunk = file_name[:255], size, settings.UPLOAD_CHUNK
        upload.expires_at = _later()
        try:
            upload.operation = submit(
                actor=actor,
                kind=ActionKind.UPLOAD,
                targets=[_target(upload, fields)],
                key=f"upload-{upload.pk.hex}",
                receiving=True,
            )
        except SubmitRefused as refusal:
            raise UploadRefused(str(refusal)) from refusal
        upload.save(update_fields=["file_name", "size", "chunk", "expires_at", "operation"])
        _tell(upload)
    return upload


def _same(upload: Upload, file_name: str, size: int) -> Upload:
    """What was announced before, when it is the same file. Raises UploadRefused."""
    _check_open(upload)
    if (upload.file_name, upload.size) != (file_name[:255], size):
        said = _("This is another file. Go on with %(name)s of %(size)d bytes, or cancel and begin again.")
        raise UploadRefused(said % {"name": upload.file_name, "size": upload.size or 0})
    return upload


def receive_piece(
    *, actor: User, upload: Upload, offset: int, stream: IO[bytes], length: int, digest: str = ""
) -> Upload:
    """The next piece, `length` bytes from `offset` on. `digest`: of the file up to its end (staging.py), "" if the
    browser cannot tell. A piece that is here already is thanked for and not taken again.

    Raises PermissionDenied, UploadEnded, OutOfStep, and UploadRefused for a piece that was damaged, cut short, or is
    of another file; then nothing has changed.
    """
    check_can_operate(actor, upload.project)
    _check_step(upload, offset, length)
    if offset < upload.received:
        return upload
    try:
        return _add(upload, offset, stream, length, digest)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full() from error
        raise


def _add(upload: Upload, offset: int, stream: IO[bytes], length: int, digest: str) -> Upload:
    with staging.part() as part:
        came, sha = staging.receive(stream, length, part)
        if came != length:
            raise UploadRefused(_("The piece was cut short on its way."))
        after = staging.next_digest(upload.digest, sha)
        if digest and digest != after:
            raise UploadRefused(_("The piece was damaged on its way, or it is from another file."))
        with transaction.atomic():
            held = _lock(upload)
            if (held.received, held.digest) != (upload.received, upload.digest):
                raise OutOfStep(held)  # another tab was quicker
            if _is_idle(held) and not _has_room((held.size or 0) - held.received):
                raise _full()  # others have got its room meanwhile
            staging.place(part, held.pk.hex, offset)
            _count(held, offset + length, after)
    return held


def receive_whole(*, actor: User, upload: Upload, path: Path, file_name: str) -> Upload:
    """The whole file, which lies at `path` in the folder and is moved. Raises PermissionDenied, UploadRefused."""
    head, tail = staging.ends(path, HEAD, TAIL)
    size = path.stat().st_size
    upload = announce(actor=actor, upload=upload, file_name=file_name, size=size, head=head, tail=tail)
    digest = staging.digest_of(path, upload.chunk)
    with transaction.atomic():
        held = _lock(upload)
        if not held.is_complete:
            path.replace(staging.staged(held.pk.hex))
            _count(held, size, digest)
    return held


def check_size(project: Project, size: int) -> None:
    """What can be said of a file before any of its bytes came. Raises UploadRefused."""
    for broken in check_upload_size(size, has_buckets=not project.is_native):
        raise UploadRefused(f"{broken.message} ({broken.code})")
    account = project.account
    if account.kind == CredentialKind.ACCESS_KEY and size > ims_limits.MAX_SIGNED_BODY:
        said = _("The account of this project signs with an access key; so the service takes files up to 12 MB only.")
        raise UploadRefused(said)
    if not _has_room(size):
        raise _full()


def formats_of(project: Project) -> tuple[str, ...]:
    """Formats of files that the project's service takes."""
    return ims_limits.GLANCE_FORMATS if project.is_native else ims_limits.UPLOAD_FORMATS


def _checked(upload: Upload, file_name: str, size: int, head: bytes, tail: bytes) -> dict[str, Any]:
    """The fields of the image to make, with the format of the file in them. Raises UploadRefused."""
    check_size(upload.project, size)
    found = sniff(head, tail)
    said = _said(upload)
    if not said and not found.format and _ending(file_name) in UNMARKED:
        said = _ending(file_name)
    min_disk = upload.fields.get("min_disk") or (upload.image.min_disk if upload.image else 0)
    for broken in check_file(found, said, taken=formats_of(upload.project), min_disk=min_disk):
        raise UploadRefused(f"{broken.message} ({broken.code})" if broken.code else broken.message)
    said = said or found.format
    known = ims_limits.GLANCE_FORMATS if upload.project.is_native else ims_limits.METADATA_FORMATS
    # What 6.1.6 does not know the service turns into its own
    fields: dict[str, Any] = dict(upload.fields)
    return fields | ({"disk_format": said} if fields and said in known else {})


def _ending(file_name: str) -> str:
    return file_name.rpartition(".")[2].lower()


def _said(upload: Upload) -> str:
    """Of an image of IMS that waits, zvhd2 is what it is when nobody has said anything."""
    if upload.image is None or (upload.image.disk_format == "zvhd2" and not upload.project.is_native):
        return upload.disk_format
    return upload.image.disk_format


def _target(upload: Upload, fields: dict[str, Any]) -> Target:
    parameters: dict[str, Any] = {"file": upload.pk.hex, "chunk": upload.chunk}
    if upload.image is None:
        parameters["fields"] = fields
    return Target(upload.project, upload.image, upload.image_name, parameters, upload.image_uid)


def _hold_all() -> None:
    """Inside the transaction that takes room: two at once wait for each other at the rows, in the same order."""
    list(Upload.objects.select_for_update().filter(cleared_at=None).order_by("pk").values_list("pk"))


def _check_room(actor: User, size: int) -> None:
    """Raises UploadRefused. A person has a share of the whole, so that nobody takes the room of all others."""
    theirs = sum(_reserved(Upload.objects.filter(actor=actor)))
    share = settings.UPLOAD_TOTAL * settings.UPLOAD_SHARE // 100
    if theirs and theirs + size > share:
        said = _("Your files here may take %(share)s together; end or cancel one of the others first.")
        raise UploadRefused(said % {"share": humanize.size(share)})
    if not _has_room(size):
        raise _full()


def _reserved(uploads: QuerySet[Upload]) -> Iterator[int]:
    """Bytes that each keeps room for: all of its file while pieces come, what has come when they no longer do."""
    kept = uploads.filter(cleared_at=None, size__isnull=False).select_related("operation")
    for upload in kept:
        yield upload.received if _is_idle(upload) else upload.size or 0


def _is_idle(upload: Upload) -> bool:
    """Whether no piece of it has come of late: each moves `expires_at` to UPLOAD_KEEP from then."""
    waits = upload.operation is not None and upload.operation.state == OperationState.RECEIVING
    last = upload.expires_at - timedelta(seconds=settings.UPLOAD_KEEP)
    return waits and last < clock.now() - timedelta(seconds=settings.UPLOAD_IDLE)


def _has_room(size: int) -> bool:
    taken = sum(_reserved(Upload.objects.all()))
    here = Upload.objects.filter(cleared_at=None).aggregate(n=Sum("received"))["n"] or 0
    to_come = taken - here
    most: int = settings.UPLOAD_TOTAL
    return taken + size <= most and staging.free_bytes() - SPARE >= to_come + size


def _full() -> UploadRefused:
    return UploadRefused(_("The console has no room for this file now. Try again when other uploads have ended."))


def _check_step(upload: Upload, offset: int, length: int) -> None:
    if upload.operation_id is None or upload.size is None:
        raise UploadRefused(_("Say first which file will come."))
    _check_open(upload)
    if offset % upload.chunk or length != min(upload.chunk, upload.size - offset):
        raise OutOfStep(upload)
    if offset > upload.received:
        raise OutOfStep(upload)


def _check_open(upload: Upload) -> None:
    operation = upload.operation
    if upload.cleared_at or (operation and operation.is_final and operation.state != OperationState.DONE):
        raise UploadEnded(_("This upload has ended: it was cancelled, or nothing came for too long."))


def _lock(upload: Upload) -> Upload:
    rows = Upload.objects.select_for_update(of=("self",)).select_related("operation", "project")
    held: Upload = rows.get(pk=upload.pk)
    _check_open(held)
    return held


def _count(upload: Upload, received: int, digest: str) -> None:
    """So much of it is here now; the last of it hands it on. Inside the transaction that has put it there."""
    upload.received, upload.digest, upload.expires_at = received, digest, _later()
    upload.save(update_fields=["received", "digest", "expires_at"])
    _tell(upload)
    if upload.is_complete:
        _hand_on(upload)


def _tell(upload: Upload) -> None:
    """Whoever looks at the operation sees how much has come."""
    rows = OperationItem.objects.filter(operation=upload.operation_id, state=ItemState.WAITING)
    if rows.exclude(percent=upload.percent).update(percent=upload.percent):
        Operation.objects.filter(upload=upload).update(version=F("version") + 1)


def _hand_on(upload: Upload) -> None:
    """All of it is here: from now on it is the carrier's."""
    item = OperationItem.objects.get(operation=upload.operation_id)
    parameters = {**item.parameters, "digest": upload.digest}
    OperationItem.objects.filter(pk=item.pk).update(parameters=parameters, next_at=clock.now())
    assert upload.operation is not None  # noqa: S101 # announced
    release(operation=upload.operation)


def _later() -> Any:
    return clock.now() + timedelta(seconds=settings.UPLOAD_KEEP)
