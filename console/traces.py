"""Whether traces are wanted, as OpenTelemetry's own variables say, and where they begin. As long as nobody wants them
nothing of OpenTelemetry is imported; what makes spans is in console/spans.py (docs/adr/0016-traces.md)."""

import os
from urllib.parse import urlsplit

from celery import signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from console.env import env

#: The one for everything, and the one for traces, which wins; the same with the protocol.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def wanted() -> bool:
    """Whether an endpoint is named and nothing switches it off. Raises ImproperlyConfigured for what cannot be, and
    when the packages are missing."""
    name, endpoint = _first(ENDPOINTS)
    if not endpoint or env.bool("OTEL_SDK_DISABLED", False) or env.str("OTEL_TRACES_EXPORTER", "otlp") == "none":
        return False
    if urlsplit(endpoint).scheme not in {"http", "https"} or not urlsplit(endpoint).hostname:
        raise ImproperlyConfigured(f"{name} must be an address that begins with http:// or https:// and names a host")
    if env.str("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        raise ImproperlyConfigured("OTEL_TRACES_EXPORTER is otlp or none")
    name, protocol = _first(PROTOCOLS)
    if protocol not in {"", "http/protobuf"}:
        raise ImproperlyConfigured(f"{name} is http/protobuf; the console does not speak {protocol}")
    _insist_on_packages()
    return True


def tell_who_rings(headers: dict[str, object], **_message: object) -> None:
    if settings.TRACES:
        from console import spans

        spans.into(headers)


signals.before_task_publish.connect(tell_who_rings, weak=False)


def task_begins(task_id: str, task: object, **_call: object) -> None:
    """The process that leads a pool makes no spans: each that works begins with its first task, after the fork."""
    if settings.TRACES:
        from console import spans

        spans.begin()
        spans.task_begins(task_id, task)


signals.task_prerun.connect(task_begins, weak=False)


def task_ends(task_id: str, state: str | None = None, **_call: object) -> None:
    if settings.TRACES:
        from console import spans

        spans.task_ends(task_id, state)


signals.task_postrun.connect(task_ends, weak=False)


def worker_ends(**_process: object) -> None:
    """Processes of a pool leave without what Python does at the end."""
    if settings.TRACES:
        from console import spans

        spans.end()


signals.worker_process_shutdown.connect(worker_ends, weak=False)


def _first(names: tuple[str, ...]) -> tuple[str, str]:
    """The first variable that says something, and what; the last one and "" when none does."""
    said = ((name, os.environ.get(name, "").strip()) for name in names)
    return next((pair for pair in said if pair[1]), (names[-1], ""))


def _insist_on_packages() -> None:
    try:
        import opentelemetry.exporter.otlp.proto.http
        import opentelemetry.sdk  # noqa: F401 # that they are there is what is asked
    except ImportError as error:
        raise ImproperlyConfigured(
            f"{_first(ENDPOINTS)[0]} wants traces, but the packages for them are not installed ({error}). Install "
            "them: pip install --require-hashes -r requirements-traces.lock, or take the variable away."
        ) from error
