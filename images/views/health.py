"""For machines that watch this one: is the process alive, can it answer people, and what do its figures say."""

import hmac
import ipaddress

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from images.services import metrics as figures
from images.services.standing import is_ready, parts


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
    found = parts()
    ready = is_ready(found) if "strict" not in request.GET else all(part.tone == "good" for part in found)
    told = {part.name: {"state": part.tone, "says": part.sentence, "measure": part.measure} for part in found}
    return JsonResponse({"ready": ready, "parts": told}, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus: with METRICS_TOKEN as bearer token; without a token in the settings, from this machine only."""
    if not _may_scrape(request):
        return HttpResponse("Forbidden: METRICS_TOKEN as bearer token is wanted.\n", "text/plain", status=403)
    try:
        return HttpResponse(figures.exposition(), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", "text/plain", status=503)


def _may_scrape(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    came_through_a_proxy = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not came_through_a_proxy and _is_this_machine(request.META.get("REMOTE_ADDR", ""))


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # gunicorn on a socket file says nothing: then only a token counts
        return False
