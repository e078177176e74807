"""For machines that watch this one: is the process alive, can it answer people, and what do its figures say."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from images.core import metrics as figures
from images.core.metrics import is_bearer
from images.system.services.gauges import DatabaseGauges
from images.system.services.health import is_ready, parts


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process is alive."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when this process can answer people, else 503; the body tells of each part of the console.

    With `?strict` any part that is away makes it 503: for alarms. A balancer must not ask so: images can be looked at
    while a worker is away.
    """
    all_parts = parts()
    ready = (
        is_ready(all_parts)
        if "strict" not in request.GET
        else not any(part.alarm and part.tone != "good" for part in all_parts)
    )
    report = {part.name: {"state": part.tone, "says": part.sentence, "measure": part.measure} for part in all_parts}
    return JsonResponse({"ready": ready, "parts": report}, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with METRICS_TOKEN as bearer token. Where somebody comes from proves nothing: behind a proxy that
    sets no header everybody comes from this machine. So without a token in the settings nobody may."""
    if not is_bearer(request.headers.get("Authorization", "")):
        return HttpResponse("Forbidden: METRICS_TOKEN as bearer token is wanted.\n", "text/plain", status=403)
    try:
        return HttpResponse(figures.exposition(DatabaseGauges()), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", "text/plain", status=503)
