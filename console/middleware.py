"""What every request passes: an id, the reader's time zone, and what htmx must hear when a session has ended."""

import re
import time
import uuid
import zoneinfo
from collections.abc import Callable
from functools import cache
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from console.client import address_of
from console.logs import client_address
from images.services.correlation import caused_by
from images.services.metrics import observe_request

GetResponse = Callable[[HttpRequest], HttpResponse]
TIME_ZONE_COOKIE = "tz"
_SAFE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


@cache
def known_time_zones() -> set[str]:
    """Read once: the look-up walks the file system, some 10 ms."""
    return zoneinfo.available_timezones()


class RequestIdMiddleware:
    """Takes the caller's X-Request-Id when it is harmless, else makes one; answers with it and logs it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request.request_id = given if _SAFE_ID.match(given) else f"req-{uuid.uuid4()}"
        with caused_by(request.request_id):
            response = self.get_response(request)
        response["X-Request-Id"] = request.request_id
        return response


class ClientAddressMiddleware:
    """Keeps the client's address at hand for the audit, so that no service has to be handed it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = client_address.set(address_of(request))
        try:
            return self.get_response(request)
        finally:
            client_address.reset(token)


class MetricsMiddleware:
    """Counts each request by view, method and status, and how long it took (images/services/metrics.py)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = match.view_name if match is not None else "none"
        observe_request(view, request.method or "", response.status_code, time.perf_counter() - began)
        return response


class ReaderTimeZoneMiddleware:
    """Shows times in the zone the browser told us (static/js/timezone.js sets the cookie); UTC until then."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(TIME_ZONE_COOKIE, "")
        if name not in known_time_zones():
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return self.get_response(request)


class HtmxLoginMiddleware:
    """An htmx request that is sent to the sign-in page reloads the whole page there.

    Otherwise the browser would follow the redirect by itself and htmx would put the sign-in form inside a table.
    What looks on in the background (js/console.js marks it) gets nothing: it must not take away what is being typed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.htmx or response.status_code not in {301, 302}:
            return response
        login = resolve_url(settings.LOGIN_URL)
        if urlsplit(response["Location"]).path != login:
            return response
        if "Console-Background" in request.headers:
            return HttpResponse(status=204)
        came_from = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(f"{login}?next={quote(came_from)}")
