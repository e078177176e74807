"""The bytes of an image: upload (6.1.4), and download from the address that ``file`` names."""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from images.sandbox import signature
from images.sandbox.call import Call
from images.sandbox.errors import RefusedError, not_found
from images.sandbox.library import Row
from images.sandbox.operations.details import image_of_path
from images.sandbox.refusals.sharing import check_owner
from images.sandbox.things import GIB
from images.sandbox.wire import CHUNK, Response, empty

MAX_UPLOAD = 2 * GIB
SECONDS = 3.0


def upload(call: Call) -> Response:
    """PUT /v2/images/{image_id}/file (6.1.4): fill the metadata of 6.1.6. Streamed, whatever its size.

    :raises RefusedError: 409 with IMG.1075 when the image is not waiting for a file, IMG.0059 from 2 GB, IMG.0057 for
        an empty file.
    """
    with call.world.lock:
        row = image_of_path(call)
        check_owner(call.project, row)
        if row.status != "queued" or call.jobs.working_on(row.id):
            raise RefusedError("IMG.1075", 409)
        if (call.request.body.length or 0) >= MAX_UPLOAD:
            raise RefusedError("IMG.0059")
        _set_status(call, row, "saving")
        # Should the process end now, the next one finds this mark and lets the image wait for a file again.
        call.world.store.put_thing("upload", row.id, {"project_id": row.owner})
    path = call.world.file_path(row.id)
    part = path.with_suffix(".part")
    try:
        size, digest = _receive(call, part)
    except BaseException:
        part.unlink(missing_ok=True)
        with call.world.lock:
            _set_status(call, row, "queued")
            call.world.store.delete_thing("upload", row.id)
        raise
    part.replace(path)
    _finish(call, row, size, digest)
    return empty()


def download(call: Call) -> Response:
    """GET /v2/images/{image_id}/file: the bytes that were uploaded; 204 while an image waits for them. Images made
    otherwise have none here."""
    with call.world.lock:
        row = image_of_path(call)
        if row.status == "queued":
            return empty()
        checksum = call.world.document(row).get("checksum")
        path = call.world.file_path(row.id)
        if not path.exists():
            raise not_found("The image has no file in this sandbox.")
        file = path.open("rb")
    headers = [("Content-Md5", checksum)] if checksum else []
    length = path.stat().st_size
    pieces = iter(lambda: file.read(CHUNK), b"")
    return Response(
        content_type="application/octet-stream", headers=headers, stream=_closing(file, pieces), length=length
    )


def _closing(file: contextlib.AbstractContextManager[object], pieces: Iterator[bytes]) -> Iterator[bytes]:
    with file:
        yield from pieces


def _receive(call: Call, part: Path) -> tuple[int, str]:
    """Write the body to a file; its size and MD5."""
    part.parent.mkdir(parents=True, exist_ok=True)
    size, digest = 0, hashlib.md5(usedforsecurity=False)
    with part.open("wb") as file:
        for piece in _pieces(call):
            size += len(piece)
            if size >= MAX_UPLOAD:
                raise RefusedError("IMG.0059")
            digest.update(piece)
            file.write(piece)
    if size == 0:
        raise RefusedError("IMG.0057")
    return size, digest.hexdigest()


def _pieces(call: Call) -> Iterator[bytes]:
    if signature.covers_body(call.request):
        # Read already, to verify the signature: it ends at 12 MB.
        return iter((call.request.raw_document(),))
    return call.request.body.chunks()


def _finish(call: Call, row: Row, size: int, digest: str) -> None:
    changes = {"__image_size": str(size), "checksum": digest, "__root_origin": "file"}
    last = {"image_id": row.id, "changes": changes}
    with call.world.lock, call.world.store.transaction():
        call.world.store.delete_thing("upload", row.id)
        call.jobs.start(
            row.owner,
            "imsNativeImportImageJob",
            SECONDS,
            image_id=row.id,
            failed="killed",
            entities={"image_name": row.name, "current_task": "ImportImageTask"},
            events=[[1.0, "active", last]],
        )


def _set_status(call: Call, row: Row, status: str) -> None:
    current = call.world.find(row.id)
    if current is not None:
        call.world.save(call.world.document(current) | {"status": status}, current.shelf)
