"""The bytes of an image: upload (6.1.4) and download, never the whole file in memory."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from images.ims.capabilities import DOWNLOAD
from images.ims.changing import ImageChanges
from images.ims.errors import FileFailed, FileTimedOut, InvalidCall, MalformedAnswer
from images.ims.image import Image
from images.ims.transport import Call, Timeout, path_of

#: Bytes that are in memory at a time.
PIECE: Final = 1024 * 1024

#: A service may take minutes to store what it has received, and stall in between: (send, read) seconds.
FILE_TIMEOUT: Final[Timeout] = (60.0, 900.0)

_HOPELESS: Final = frozenset({"killed", "deleted", "pending_delete"})

#: Called with (bytes so far, bytes in all or None when not known).
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Download:
    """What was read: length in bytes and MD5 in hex, compared with what the service promised if it did."""

    bytes: int
    md5: str


class ImageFiles(ImageChanges):
    """Files of images, as streams."""

    def upload(self, image_id: str, source: Path | BinaryIO, *, progress: Progress | None = None) -> None:
        """Fill an image made by create_metadata (PUT /v2/images/{image_id}/file, 6.1.4).

        IMS takes less than 2 GB this way (more by `register`). Done when the image turns active. `source` is a path
        or a seekable file, read from where it stands. Raises Conflict when the image has or gets a file already,
        InvalidCall when the source cannot be read; never repeated once bytes went out.
        """
        path = path_of("v2", "images", image_id, "file")
        self._service.capabilities.require("6.1.4")
        with closing(_Source(source, progress)) as stream:
            self._service.transport.send(
                Call(
                    "PUT",
                    path,
                    body=stream.again,
                    headers={"Content-Type": "application/octet-stream"},
                    repeatable=False,
                    timeout=FILE_TIMEOUT,
                    operation="6.1.4" if self._service.capabilities.extension else "",
                )
            )

    def wait_until_active(
        self,
        image_id: str,
        *,
        timeout: float = 3600.0,
        interval: float = 1.0,
        slowest: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Image:
        """The image once its file is stored (6.1.4 and 5.1.6: the status turns active), asked less and less often.

        Raises FileFailed when the status is killed, FileTimedOut after `timeout` seconds, NotFound when it is gone.
        """
        deadline = clock() + timeout
        while True:
            image = self.get(image_id)
            if image.usable:
                return image
            if image.status in _HOPELESS:
                raise FileFailed(
                    f"The file of the image was not stored; its status is {image.status}.", image_id=image_id
                )
            left = deadline - clock()
            if left <= 0:
                raise FileTimedOut(
                    f"The image is still {image.status} after {timeout:g} seconds; we stopped waiting.",
                    image_id=image_id,
                )
            sleep(min(interval, left))
            interval = min(slowest, interval * 1.5)

    def pieces(self, image_id: str) -> Iterator[bytes]:
        """The file of an image, piece by piece (GET /v2/images/{image_id}/file of Glance; not in the reference).

        Raises NotFound, Forbidden; OutcomeUnknown when it is cut off; MalformedAnswer when its MD5 is not the
        promised one.
        """
        return self._pieces(image_id, hashlib.md5(usedforsecurity=False))

    def download(self, image_id: str, target: BinaryIO, *, progress: Progress | None = None) -> Download:
        """Write the file of an image to `target`; as `pieces`. OSErrors of the target are the caller's."""
        digest = hashlib.md5(usedforsecurity=False)
        length = 0
        for piece in self._pieces(image_id, digest):
            target.write(piece)
            length += len(piece)
            if progress is not None:
                progress(length, None)
        return Download(length, digest.hexdigest())

    def _pieces(self, image_id: str, digest: "hashlib._Hash") -> Iterator[bytes]:
        path = path_of("v2", "images", image_id, "file")
        self._service.capabilities.require(DOWNLOAD)
        call = Call("GET", path, headers={"Accept": "application/octet-stream"}, timeout=FILE_TIMEOUT)
        with self._service.transport.open(call) as answer:
            for piece in answer.pieces(PIECE):
                digest.update(piece)
                yield piece
            promised = answer.headers.get("Content-MD5", "")
        if promised and promised.lower() != digest.hexdigest():
            raise MalformedAnswer(
                "The file of the image arrived damaged: its checksum is not the one that the service names.",
                detail=f"MD5 {digest.hexdigest()} instead of {promised}",
                method="GET",
                path=path,
            )


class _Source:
    """A local file that can be sent again from its start; its length goes ahead as Content-Length."""

    def __init__(self, source: Path | BinaryIO, progress: Progress | None) -> None:
        self._progress = progress
        try:
            self._file: BinaryIO = source.open("rb") if isinstance(source, Path) else source
            self._ours = self._file if isinstance(source, Path) else None
            self._start = self._file.tell()
            self._length = self._file.seek(0, 2) - self._start
        except OSError as error:
            raise InvalidCall(f"The file cannot be read: {error}.") from error

    def close(self) -> None:
        if self._ours is not None:
            self._ours.close()

    def again(self) -> "_Source":
        self._file.seek(self._start)
        return self

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        while sent < self._length:
            piece = self._read(min(PIECE, self._length - sent))
            yield piece
            sent += len(piece)
            if self._progress is not None:
                self._progress(sent, self._length)

    def _read(self, size: int) -> bytes:
        try:
            piece = self._file.read(size)
        except OSError as error:
            raise InvalidCall(f"The file cannot be read further: {error}.") from error
        if not piece:
            raise InvalidCall("The file became shorter while it was being sent.")
        return piece
