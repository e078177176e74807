"""HTTP/1.1 on a socket: keep-alive, one thread per connection, and full control over how an answer goes wrong.

Our own few lines instead of http.server, because faults must reach the socket (a reset before or after the effect, a
body cut in the middle), and because reading headers through email.parser costs more than most of our answers.
"""

import contextlib
import io
import logging
import os
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

from images.sandbox.errors import RefusedError, malformed
from images.sandbox.wire import BodyReader, Request, Response

log = logging.getLogger("images.sandbox")

Application = Callable[[Request], Response]

MAX_LINE = 64 * 1024
MAX_HEADERS = 200
# What a refused upload may still send before we close instead of reading on (keep-alive is worth that much).
MAX_DRAIN = 1024 * 1024
IDLE_SECONDS = 300


class AddressTakenError(Exception):
    """The address to listen on is in use or not ours to use."""


class _DisconnectedError(Exception):
    """The client went away in the middle of a request."""


class Server:
    """Listens, and answers with ``application``. ``start`` returns at once; ``stop`` closes all connections."""

    def __init__(self, application: Application, host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind and listen.

        :raises AddressTakenError: the port is occupied or may not be used; the message says which in a sentence.
        """
        self.application = application
        try:
            self._listener = socket.create_server((host, port), backlog=256)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise AddressTakenError(
                f"Cannot listen on {host} port {port}: {reason}. Choose another with --port."
            ) from error
        self.host, self.port = self._listener.getsockname()[:2]
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="sandbox-accept", daemon=True)

    @property
    def base_url(self) -> str:
        """Where clients reach us."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Begin to accept connections."""
        self._thread.start()

    def stop(self) -> None:
        """Close the listener and every connection; requests under way are cut off."""
        self._stopping.set()
        with contextlib.suppress(OSError):  # already shut down is what we want
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._thread.is_alive():
            self._thread.join(5)
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):  # the client may have closed first
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, peer = self._listener.accept()
            except OSError as error:
                if not self._stopping.is_set():
                    log.warning("Cannot accept a connection: %s", error)
                    time.sleep(0.05)
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection, peer[0]), daemon=True).start()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        try:
            connection.settimeout(IDLE_SECONDS)
            with io.BufferedReader(connection.makefile("rb", buffering=0), 64 * 1024) as reader:
                while _Exchange(connection, reader, peer, self.application).run():
                    pass
        except (OSError, _DisconnectedError, RefusedError) as error:
            log.debug("Connection from %s ended: %s", peer, error)
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()


class _Exchange:
    """One request and its answer on a connection."""

    def __init__(
        self,
        connection: socket.socket,
        reader: "io.BufferedReader[socket.SocketIO]",
        peer: str,
        application: Application,
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._peer = peer
        self._application = application
        self._continue_wanted = False

    def run(self) -> bool:
        """Answer one request; whether the connection stays open for another."""
        line = self._line()
        while line in (b"\r\n", b"\n"):
            line = self._line()
        if not line:
            return False
        parts = line.decode("latin-1").split()
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            self._send(_refusal(malformed("The request line cannot be read.")), head=False, request_id="", keep=False)
            return False
        method, target, version = parts
        try:
            headers = self._headers()
            request = Request(method, target, headers, self._body(headers), self._peer)
        except RefusedError as refused:
            self._send(_refusal(refused), head=False, request_id="", keep=False)
            return False
        response = self._application(request)
        return self._finish(request, response, version)

    def _finish(self, request: Request, response: Response, version: str) -> bool:
        if response.sabotage == "reset":
            # Lingering for no time makes the kernel send RST, as a crashed proxy would.
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        wish = request.headers.get("connection", "").lower()
        keep = (version == "HTTP/1.1" and "close" not in wish) or "keep-alive" in wish
        keep = keep and response.sabotage != "truncate" and self._drain(request.body)
        request_id = request.headers.get("x-request-id") or f"req-{uuid.uuid4()}"
        self._send(response, head=request.method == "HEAD", request_id=request_id, keep=keep)
        return keep

    def _line(self) -> bytes:
        line = self._reader.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE:
            raise _DisconnectedError("a line without end")
        return line

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(MAX_HEADERS):
            line = self._line()
            if line in (b"\r\n", b"\n"):
                return headers
            if not line:
                raise _DisconnectedError("headers cut off")
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not name.strip():
                raise malformed("A header cannot be read.")
            headers[name.strip().lower()] = value.strip()
        raise malformed("Too many headers.")

    def _body(self, headers: dict[str, str]) -> BodyReader:
        self._continue_wanted = headers.get("expect", "").lower() == "100-continue"
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return BodyReader(_ChunkedBody(self._read).read, None)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 19):
            raise malformed("Content-Length is no number.")
        left = int(length)

        def read(size: int) -> bytes:
            nonlocal left
            if left == 0:
                return b""
            piece = self._read(min(size, left))
            left -= len(piece)
            return piece

        return BodyReader(read, left)

    def _read(self, size: int) -> bytes:
        if self._continue_wanted:
            self._continue_wanted = False
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        # read1 returns what has arrived, so that progress of a slow upload is seen and memory stays small.
        piece = self._reader.read1(size)
        if not piece:
            raise _DisconnectedError("body cut off")
        return piece

    def _drain(self, body: BodyReader) -> bool:
        """Read what the operation left of the body; whether the connection may be used again."""
        if body.finished:
            return True
        if self._continue_wanted or (body.length or 0) > MAX_DRAIN:
            return False
        size = 0
        for piece in body.chunks():
            size += len(piece)
            if size > MAX_DRAIN:
                return False
        return True

    def _drip(self, answer: bytes, pause: float) -> None:
        """Byte by byte, until the other side has had enough."""
        for place in range(len(answer)):
            self._connection.sendall(answer[place : place + 1])
            time.sleep(pause)

    def _send(self, response: Response, *, head: bool, request_id: str, keep: bool) -> None:
        length = len(response.body) if response.length is None else response.length
        lines = [
            f"HTTP/1.1 {response.status} {_phrase(response.status)}",
            f"Date: {_date()}",
            "Server: Web Server",
            f"Connection: {'keep-alive' if keep else 'close'}",
        ]
        if request_id:
            safe = "".join(char for char in request_id if " " < char < "\x7f")[:128]
            lines += [f"X-Request-Id: {safe}", f"X-Openstack-Request-Id: {safe}"]
        if response.status not in (204, 304):
            lines += [f"Content-Type: {response.content_type}", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        start = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        if response.drip:
            self._drip(start + (b"" if head else response.body), response.drip)
        elif head or response.status in (204, 304):
            self._connection.sendall(start)
        elif response.sabotage == "truncate":
            self._connection.sendall(start + response.body[: max(1, len(response.body) // 2)])
        elif response.stream is not None:
            self._connection.sendall(start)
            for piece in response.stream:
                self._connection.sendall(piece)
        else:
            self._connection.sendall(start + response.body)


class _ChunkedBody:
    """Transfer-Encoding: chunked, as streaming clients send files of unknown length."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._left = 0
        self._ended = False

    def read(self, size: int) -> bytes:
        if self._ended:
            return b""
        if self._left == 0:
            self._left = self._next_size()
            if self._left == 0:
                self._ended = True
                while self._text() != b"":  # trailers, up to the empty line
                    pass
                return b""
        piece = self._read(min(size, self._left))
        self._left -= len(piece)
        if self._left == 0:
            self._text()
        return piece

    def _next_size(self) -> int:
        number = self._text().partition(b";")[0].strip()
        try:
            size = int(number, 16)
        except ValueError as error:
            raise malformed("A chunk has no size.") from error
        if size < 0:
            raise malformed("A chunk has no size.")
        return size

    def _text(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n"):
            line += self._read(1)
            if len(line) > MAX_LINE:
                raise malformed("A chunk has no size.")
        return bytes(line).strip()


def _refusal(refused: RefusedError) -> Response:
    return Response(refused.status, refused.body(), headers=list(refused.headers))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


_date_cache: tuple[int, str] = (0, "")


def _date() -> str:
    global _date_cache  # noqa: PLW0603 -- one text a second, made once; a race only makes it twice
    now = int(time.time())
    if _date_cache[0] != now:
        _date_cache = (now, formatdate(now, usegmt=True))
    return _date_cache[1]
