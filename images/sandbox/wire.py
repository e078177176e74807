"""Requests and responses as the operations see them, between the socket (server.py) and the service (service.py)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from images.sandbox.errors import RefusedError, malformed

# Bodies that are documents. Files are streamed and have no such limit (F21 of our notes: AK/SK bodies end at 12 MB).
MAX_DOCUMENT = 12 * 1024 * 1024
CHUNK = 256 * 1024

Headers = list[tuple[str, str]]


class BodyReader:
    """The body of one request, read from the socket at most once, in pieces or as a whole.

    ``read`` gives the next bytes of the body, at most so many, and ``b""`` at its end.
    """

    def __init__(self, read: Callable[[int], bytes], length: int | None) -> None:
        self._read = read
        self.length = length
        self.finished = length == 0

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """The body in pieces of at most ``size`` bytes."""
        while not self.finished:
            piece = self._read(size)
            if not piece:
                self.finished = True
                return
            yield piece

    def whole(self, limit: int = MAX_DOCUMENT) -> bytes:
        """The whole body.

        :raises RefusedError: IMG.0001 with status 400, it is longer than ``limit`` bytes.
        """
        pieces = []
        size = 0
        for piece in self.chunks():
            size += len(piece)
            if size > limit:
                raise malformed("The body is too large.")
            pieces.append(piece)
        return b"".join(pieces)


@dataclass(slots=True)
class Request:
    """One request. Header names are in lower case; ``query`` keeps order and repetitions."""

    method: str
    target: str
    headers: dict[str, str]
    body: BodyReader
    peer: str
    path: str = ""
    query: list[tuple[str, str]] = field(default_factory=list)
    _document: bytes | None = None

    def __post_init__(self) -> None:
        try:
            split = urlsplit(self.target)
        except ValueError as error:
            raise malformed("The address cannot be read.") from error
        self.path = split.path
        self.query = parse_qsl(split.query, keep_blank_values=True)

    @property
    def base_url(self) -> str:
        """Scheme, host and port as the client addressed us, for links in answers."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    def raw_document(self) -> bytes:
        """The body, kept: the signature needs it as well as the operation."""
        if self._document is None:
            self._document = self.body.whole()
        return self._document

    def document(self) -> Any:
        """The JSON body.

        :raises RefusedError: IMG.0007 when there is none, IMG.0001 when it is not JSON.
        """
        raw = self.raw_document()
        if not raw.strip():
            raise RefusedError("IMG.0007")
        try:
            return msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise malformed("The body is not JSON.") from error

    def fields(self) -> dict[str, Any]:
        """The JSON body, which has to be an object.

        :raises RefusedError: as :meth:`document`, and IMG.0001 for anything that is no object.
        """
        value = self.document()
        if not isinstance(value, dict):
            raise malformed("The body must be a JSON object.")
        return value

    def last(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), None)


@dataclass(slots=True)
class Response:
    """One response. ``stream`` replaces ``body`` for files; ``length`` is then their size in bytes."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Headers = field(default_factory=list)
    stream: Iterator[bytes] | None = None
    length: int | None = None
    # What a fault does to the socket: "reset" closes it hard instead of answering, "truncate" cuts the body.
    sabotage: str = ""
    # Seconds between two bytes of the answer, headers among them.
    drip: float = 0.0


_encoder = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """A value as JSON bytes."""
    return _encoder.encode(value)


def answer(value: Any, status: int = 200, headers: Headers | None = None) -> Response:
    """A JSON response."""
    return Response(status, _encoder.encode(value), headers=headers or [])


def empty(status: int = 204) -> Response:
    """A response without a body."""
    return Response(status)


def path_parts(path: str) -> list[str]:
    """The decoded parts of a path. Clients look for versions with and without a slash at the end (``/v3/``); below that
    it is an empty part, so that ``/v2/images/`` is an image without an id and not the list."""
    parts = path.removeprefix("/").split("/")
    if len(parts) == 2 and not parts[1]:
        parts.pop()
    return [unquote(part, errors="replace") for part in parts]
