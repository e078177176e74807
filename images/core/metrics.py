"""Figures for Prometheus: requests, calls to clouds, and, read at each scrape, what waits and how fresh the copies are.

Counters live in files under METRICS_DIR, which the processes of a machine share (multiprocess mode of
prometheus_client), so that one scrape tells of all of them. Labels are few and bounded: never an id, a name
or a query.
"""

import hmac

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.registry import Collector

from images.ims import CallRecord

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

ROW_FAULTS = Counter(
    "console_row_faults_total", "Rows that the schedule or a carrier stumbled over and put off", ["sweep", "error"]
)

FINISHED = Counter("console_operations_finished_total", "Operations that ended", ["state"])
SIGN_INS = Counter("console_sign_ins_total", "Attempts to sign in", ["outcome"])
SYNCS = Histogram(
    "console_sync_seconds", "Synchronisations of a project or a region's public images", ["outcome"],
    buckets=(0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0),
)  # fmt: skip
# there from the start, so that a rule finds a zero instead of nothing
for _outcome in ("good", "failed", "second factor failed"):
    SIGN_INS.labels(_outcome)
for _outcome in ("good", "failed"):
    SYNCS.labels(_outcome)

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


def is_bearer(header: str) -> bool:
    """Whether an Authorization header carries METRICS_TOKEN; never without one in the settings."""
    scheme, _space, given = header.partition(" ")
    token = settings.METRICS_TOKEN
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def exposition(*collectors: Collector) -> bytes:
    """All of it in Prometheus' text format, with what these collectors read at this moment. Raises what they raise."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)
