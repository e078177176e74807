"""Spans of requests, their SQL, tasks, pieces of operations and calls to clouds (docs/adr/0016-traces.md).

The trace of a request follows from its request id, which operations keep: so a carrier goes on with the trace of a
click long after, and whoever has the id of a page or of a log line has the trace. In no span: paths and queries of
browsers' addresses (they may hold keys), headers, bodies, values of SQL, words of exceptions, who somebody is.
"""

import atexit
import hashlib
import math
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from console.logs import request_id, tell_trace_by
from console.middleware import PROBES
from console.version import VERSION
from images.core import correlation
from images.core.requests import Request
from images.ims import CallRecord, watch_all

#: Seconds for an export, where OTEL_EXPORTER_OTLP_TIMEOUT says nothing; after which a process that ends begins no more.
PATIENCE, LEAVING = 3, 2.0
#: Characters of a statement.
LONGEST_SQL = 2000

#: Ours (console/middleware.py) and nginx's are random throughout, as samplers want it. A UUID of version 4 is not.
_SPELLED = re.compile(r"req(-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|([0-9a-f]{32})")
_W3C = TraceContextTextMapPropagator()
#: Request id from which the ids of the span follow that is just being made.
_trace_from: ContextVar[str] = ContextVar("trace_from", default="")
_span_from: ContextVar[str] = ContextVar("span_from", default="")
_lock = threading.Lock()
_tasks: dict[str, tuple[Span, Token[contexts.Context]]] = {}


# --- ids --------------------------------------------------------------------------------------------------------------
def trace_of(cause: str) -> int:
    """The trace of a request id: the 32 hexadecimal digits in it where it is made of them, as ours and nginx's are."""
    spelled = _SPELLED.fullmatch(cause)
    digits = (spelled[1] or spelled[2]).replace("-", "") if spelled else "0"
    return int(digits, 16) or _digest("trace", cause, 16)


def span_of(cause: str) -> int:
    """The first span of a request's trace, under which whatever comes of it hangs."""
    return _digest("span", cause, 8)


def _digest(what: str, cause: str, size: int) -> int:
    """Other consoles that report to the same place have operations of the same number, too."""
    text = f"{settings.PUBLIC_URL} {what} {cause}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:size], "big") or 1


class _Ids(RandomIdGenerator):
    def generate_trace_id(self) -> int:
        cause = _trace_from.get()
        return trace_of(cause) if cause else super().generate_trace_id()

    def generate_span_id(self) -> int:
        cause = _span_from.get()
        return span_of(cause) if cause else super().generate_span_id()

    def is_trace_id_random(self) -> bool:
        return False


@contextmanager
def _following(*ids: ContextVar[str], cause: str) -> Iterator[None]:
    tokens = [(one, one.set(cause)) for one in ids]
    try:
        yield
    finally:
        for one, token in tokens:
            one.reset(token)


# --- the process ------------------------------------------------------------------------------------------------------
class _Exporter(OTLPSpanExporter):
    """Gives up soon when the process ends: a collector that is away keeps nobody from leaving."""

    until = math.inf

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.FAILURE if time.monotonic() > self.until else super().export(spans)


@dataclass(frozen=True)
class _Process:
    pid: int
    provider: TracerProvider
    tracer: trace.Tracer
    exporter: _Exporter


_here: _Process | None = None


def begin() -> None:
    """Once for each process that makes spans. Also called with each task, for a pool forks."""
    global _here  # noqa: PLW0603 # there is one process
    with _lock:
        if _here is not None and _here.pid == os.getpid():
            return
        is_first = _here is None
        said = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") or os.environ.get("OTEL_EXPORTER_OTLP_TIMEOUT")
        exporter = _Exporter(timeout=None if said else PATIENCE)
        provider = TracerProvider(resource=_resource(), id_generator=_Ids(), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        _here = _Process(os.getpid(), provider, provider.get_tracer("image-console", VERSION), exporter)
    if is_first:
        atexit.register(end)
        tell_trace_by(present_trace)
        watch_all(_tell_call)
        correlation.surround(_piece_of_work)


def end() -> None:
    """Sends what is left. Takes a few seconds at most."""
    if _here is not None and _here.pid == os.getpid():
        _here.exporter.until = time.monotonic() + LEAVING
        _here.provider.shutdown()


def _process() -> _Process:
    if _here is None:
        raise RuntimeError("begin() was not called in this process")
    return _here


def _resource() -> Resource:
    """Who reports; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win."""
    ours: dict[str, str | int] = {
        "service.name": "image-console",
        "service.version": VERSION,
        "host.name": socket.gethostname(),
        "process.pid": os.getpid(),
    }
    return Resource.create(ours).merge(OTELResourceDetector().detect())


# --- requests ---------------------------------------------------------------------------------------------------------
class SpanMiddleware:
    """A span for each request that is neither a probe nor a static file. After RequestIdMiddleware.

    A `traceparent` of whoever asks is linked to, never taken over: strangers decide neither ids nor what is recorded.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        begin()

    def __call__(self, request: Request) -> HttpResponse:
        if request.path_info in PROBES or request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        method = request.method or ""
        attributes = {"http.request.method": method, "console.request_id": request.request_id}
        with _following(_trace_from, _span_from, cause=request.request_id):
            span = _process().tracer.start_span(
                method, contexts.Context(), SpanKind.SERVER, attributes, links=_from_outside(request)
            )
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            with connection.execute_wrapper(_statement):
                response = self.get_response(request)
            _describe(span, method, request, response)
        return response


def _describe(span: Span, method: str, request: HttpRequest, response: HttpResponse) -> None:
    """By the route, not by the path: that of a new password holds its key."""
    match = request.resolver_match
    if match is not None:
        route = f"/{match.route.removeprefix('^')}"
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.route": route, "console.view": match.view_name or ""})
    span.set_attribute("http.response.status_code", response.status_code)
    if response.status_code >= 500:
        span.set_status(StatusCode.ERROR)


def _from_outside(request: HttpRequest) -> list[Link]:
    given = _W3C.extract({"traceparent": request.headers.get("traceparent", "")}, contexts.Context())
    said = trace.get_current_span(given).get_span_context()
    return [Link(said)] if said.is_valid else []


def _statement(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
    """SQL of a request, with places for its values instead of them."""
    attributes = {"db.system.name": connection.vendor, "db.query.text": str(sql)[:LONGEST_SQL]}
    with _span(str(sql).split(" ", 1)[0][:20].upper() or "SQL", SpanKind.CLIENT, attributes):
        return execute(sql, params, many, context)


# --- tasks ------------------------------------------------------------------------------------------------------------
def into(headers: dict[str, Any]) -> None:
    """Who rings is told to whoever hears it."""
    if trace.get_current_span().get_span_context().is_valid:
        trace.get_current_span().add_event("ring", {"messaging.destination.name": str(headers.get("task", ""))})
        _W3C.inject(headers)


def task_begins(task_id: str, task: Any) -> None:
    given = getattr(task.request, "traceparent", None) or (task.request.headers or {}).get("traceparent", "")
    parent = _W3C.extract({"traceparent": str(given)}, contexts.Context())
    span = _process().tracer.start_span(task.name, parent, SpanKind.CONSUMER, {"messaging.message.id": task_id})
    _tasks[task_id] = span, contexts.attach(trace.set_span_in_context(span))


def task_ends(task_id: str, state: str | None) -> None:
    if task_id not in _tasks:
        return
    span, token = _tasks.pop(task_id)
    if state == "FAILURE":
        span.set_status(StatusCode.ERROR)
    contexts.detach(token)
    span.end()


# --- operations and calls ---------------------------------------------------------------------------------------------
@contextmanager
def _piece_of_work(cause: str, work: str) -> Iterator[None]:
    """What a carrier does long after the request, in the request's trace."""
    with _span(work, SpanKind.INTERNAL, {"console.request_id": cause}, _context_of(cause), cause):
        yield


def _tell_call(record: CallRecord) -> None:
    """A span for each attempt of a call, afterwards. What the log line says, and nothing more."""
    ended = time.time_ns()
    host, _, port = record.host.rpartition(":")
    attributes: dict[str, str | int] = {
        "http.request.method": record.method,
        "server.address": host,
        "server.port": int(port),
        "url.path": record.path,
        "console.request_id": record.request_id,
    }
    if record.attempt > 1:
        attributes["http.request.resend_count"] = record.attempt - 1
    if record.status:
        attributes["http.response.status_code"] = record.status
    if record.error:
        attributes["error.type"] = record.error
    began = ended - int(record.milliseconds * 1e6)
    name = f"{record.method} {host}"
    span = _process().tracer.start_span(name, None, SpanKind.CLIENT, attributes, start_time=began)
    if record.error or record.status >= 400:
        span.set_status(StatusCode.ERROR)
    span.end(ended)


def present_trace() -> str:
    """The trace that this thread works for, as 32 digits; "" for none."""
    present = trace.get_current_span().get_span_context()
    cause = request_id.get()
    if present.is_valid:
        return f"{present.trace_id:032x}"
    return f"{trace_of(cause):032x}" if cause != "-" else ""


def _context_of(cause: str) -> contexts.Context:
    """Under the span of the request that was the cause; what no request was the cause of is a trace of its own."""
    if cause.startswith("operation-"):
        return contexts.Context()
    nobody = contexts.Context()
    sampled = _process().provider.sampler.should_sample(nobody, trace_of(cause), "").decision.is_sampled()
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    parent = SpanContext(trace_of(cause), span_of(cause), is_remote=True, trace_flags=flags)
    return trace.set_span_in_context(NonRecordingSpan(parent), nobody)


@contextmanager
def _span(
    name: str, kind: SpanKind, attributes: dict[str, Any], context: contexts.Context | None = None, cause: str = ""
) -> Iterator[Span]:
    """Without the words of an exception, only its class. `cause`: of a root, whose trace follows from it."""
    with _following(_trace_from, cause=cause):
        span = _process().tracer.start_span(name, context, kind, attributes)
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise
