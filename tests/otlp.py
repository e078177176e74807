"""A collector of traces for tests: takes OTLP over HTTP, and notes the headers of whatever else it is asked for.

with Collector() as collector:
    collector.environment      # of a process that shall send its spans here
    collector.spans()          # those that have come
"""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Got:
    """A span as it came."""

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    links: tuple[str, ...]
    events: tuple[str, ...]
    said: dict[str, Any]
    process: dict[str, Any]


class Collector:
    """On a free port of this machine."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self._bodies: list[bytes] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Collector":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}

    def spans(self) -> list[Got]:
        return [span for body in list(self._bodies) for span in _read(body)]

    def bytes(self) -> bytes:
        """Everything that came, to look for what must not be in it."""
        return b"".join(self._bodies)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if self.path == "/v1/traces":
                    collector._bodies.append(body)
                self._answer()

            def do_GET(self) -> None:
                collector.asked.append({name.lower(): value for name, value in self.headers.items()})
                self._answer()

            def _answer(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_words: object) -> None:
                """Nobody reads it."""

        return Handler


def _read(body: bytes) -> list[Got]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    return [
        Got(
            name=span.name,
            trace=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            kind=span.kind,
            links=tuple(link.trace_id.hex() for link in span.links),
            events=tuple(event.name for event in span.events),
            said=_plain(span.attributes),
            process=_plain(resource.resource.attributes),
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _plain(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
