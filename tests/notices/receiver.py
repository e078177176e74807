"""A receiver of webhooks on loopback that answers by a script, and verifies signatures as its owner would."""

import base64
import hashlib
import hmac
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RESET = "reset"


class Receiver:
    """`script`: statuses (or RESET) for the next requests, 204 after those. `heard`: (headers, body) of each."""

    def __init__(self) -> None:
        self.script: list[int | str] = []
        self.headers: dict[str, str] = {}
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self._server.server_port}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                answer = outer.script.pop(0) if outer.script else 204
                if answer == RESET:
                    # no lingering: the peer gets RST instead of an end
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    return
                self.send_response(int(answer))
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                text = b"" if answer == 204 else b"said \x00 no" * 400
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_arguments: object) -> None:
                """Nothing to the test's output."""

        return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/notices.md tells receivers to do it."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split())
