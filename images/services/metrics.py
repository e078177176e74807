"""Figures for Prometheus: requests, calls to clouds, and, read at each scrape, what waits and how fresh the copies are.

Counters live in files under METRICS_DIR, which the processes of a machine share (multiprocess mode of
prometheus_client), so that one scrape tells of all of them. Labels are few and bounded: never an id, a name
or a query.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from images.ims import CallRecord
from images.services.gauges import Standing

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Histogram(
    "console_request_seconds", "Requests answered by the console", ["view", "method", "status"], buckets=_SECONDS
)
CALLS = Histogram("console_upstream_seconds", "Attempts of calls to clouds", ["host", "operation"], buckets=_SECONDS)
CALL_ERRORS = Counter(
    "console_upstream_errors_total",
    "Attempts that failed, by status or kind of failure",
    ["host", "operation", "error"],
)

#: Words of the API's paths; everything else in a path is an id or a name.
_WORDS = frozenset(
    {"v1", "v1.0", "v2", "v3", "cloudimages", "images", "image", "tags", "members", "action", "jobs", "job", "quota"}
    | {"schemas", "member", "file", "metadata", "resource_instances", "upload", "copy", "cross_region_copy", "count"}
    | {"quickimport", "dataimages", "wholeimages", "os_version", "auth", "tokens", "projects", "catalog", "usage"}
    | {"info", "import", "stage", "tasks", "stores", "filter"}
)


def observe_call(record: CallRecord) -> None:
    """The hook of each client (images.ims.tracing.Hook)."""
    operation = operation_of(record.method, record.path)
    CALLS.labels(record.host, operation).observe(record.milliseconds / 1000)
    if record.error or record.status >= 400:
        CALL_ERRORS.labels(record.host, operation, record.error or str(record.status)).inc()


def observe_request(view: str, method: str, status: int, seconds: float) -> None:
    REQUESTS.labels(view, method if method in _METHODS else "other", str(status)).observe(seconds)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def operation_of(method: str, path: str) -> str:
    """`GET /v2/images/{}`: the path with what is not of the API's own words left out."""
    parts = [part if part in _WORDS else "{}" for part in path.strip("/").split("/")]
    return f"{method} /{'/'.join(parts)}"


def exposition() -> bytes:
    """All of it in Prometheus' text format. Raises DatabaseError."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(Standing())
    return generate_latest(registry)
