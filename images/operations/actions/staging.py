"""Where files wait that browsers have sent: one file an upload, in a folder that web processes and workers share.

A file grows at its end only, and its digest with it: the digest of nothing is "", and each piece of `chunk` bytes makes
of it SHA-256(digest so far, SHA-256 of the piece). So a browser that goes on can be asked for the digest of all that is
here and of its next piece in one value, and never continues with another file; a carrier sees whether the disk still
holds what was sent.
"""

import hashlib
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from django.conf import settings

#: Bytes in memory at a time.
PIECE: Final = 256 * 1024
#: Ending of what is being written; such files are swept when nobody writes them any more.
PART: Final = ".part"


def folder() -> Path:
    path = Path(settings.UPLOAD_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


def staged(name: str) -> Path:
    """Where a file waits. Names are ours and never hold a folder."""
    return Path(settings.UPLOAD_DIR) / Path(name).name


def free_bytes() -> int:
    """On the disk of the folder."""
    return shutil.disk_usage(folder()).free


def next_digest(digest: str, piece: bytes) -> str:
    """`piece`: the SHA-256 of the piece that follows, as bytes."""
    return hashlib.sha256(bytes.fromhex(digest) + piece).hexdigest()


def digest_of(path: Path, chunk: int) -> str:
    """Of a whole file; 2 GB take some seconds, most of them without the interpreter."""
    digest, left = "", path.stat().st_size
    with path.open("rb") as file:
        while left > 0:
            piece = hashlib.sha256()
            for data in pieces(file, min(chunk, left)):
                piece.update(data)
            digest = next_digest(digest, piece.digest())
            left -= chunk
    return digest


def pieces(stream: IO[bytes], length: int) -> Iterator[bytes]:
    """So many bytes of a stream, or fewer when it ends before."""
    while length > 0:
        data = stream.read(min(PIECE, length))
        if not data:
            return
        yield data
        length -= len(data)


def new_part() -> Path:
    """The name of a file of one's own to write to."""
    return folder() / f"{uuid.uuid4().hex}{PART}"


@contextmanager
def part() -> Iterator[Path]:
    """The same, gone afterwards unless it was moved."""
    path = new_part()
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def receive(stream: IO[bytes], length: int, path: Path) -> tuple[int, bytes]:
    """Writes at most `length` bytes of a stream to `path`; how many came, and their SHA-256."""
    piece, came = hashlib.sha256(), 0
    with path.open("wb") as file:
        for data in pieces(stream, length):
            file.write(data)
            piece.update(data)
            came += len(data)
    return came, piece.digest()


def place(part_path: Path, name: str, offset: int) -> None:
    """Puts a piece where it belongs; what stood there from an attempt that died is overwritten."""
    target = staged(name)
    with part_path.open("rb") as source, target.open("r+b" if target.exists() else "w+b") as file:
        file.seek(offset)
        file.truncate()
        shutil.copyfileobj(source, file, PIECE)


def ends(path: Path, head: int, tail: int) -> tuple[bytes, bytes]:
    """The first and the last bytes of a file."""
    with path.open("rb") as file:
        first = file.read(head)
        file.seek(max(0, path.stat().st_size - tail))
        return first, file.read(tail)


def remove(name: str) -> None:
    staged(name).unlink(missing_ok=True)
