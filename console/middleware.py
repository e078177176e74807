"""What every request passes: an id, the reader's time zone, and what htmx must hear when a session has ended."""

import math
import re
import secrets
import time
import uuid
import zoneinfo
from collections.abc import Callable
from functools import cache
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import resolve
from django.utils import timezone, translation
from django_htmx.http import HttpResponseClientRedirect

from console import cookies
from console.client import address_of, missing_headers
from console.logs import client_address
from images.core.correlation import caused_by
from images.core.enums import RemarkKind
from images.core.metrics import observe_request
from images.core.remarks import note
from images.core.requests import Request
from images.signin.views.ended import session_ended

GetResponse = Callable[[HttpRequest], HttpResponse]
TIME_ZONE_COOKIE = "tz"
#: Exactly these paths, as their routes say them (images/system/urls.py).
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
#: Seconds between two notes of a process that a header is missing.
_NOTE_EVERY = 60.0
_SAFE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


@cache
def known_time_zones() -> set[str]:
    """Read once: the look-up walks the file system, some 10 ms."""
    return zoneinfo.available_timezones()


class RequestIdMiddleware:
    """Takes the caller's X-Request-Id when it is harmless, else makes one; answers with it and logs it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request.request_id = given if _SAFE_ID.match(given) else _new_id()
        with caused_by(request.request_id):
            response = self.get_response(request)
        response["X-Request-Id"] = request.request_id
        return response


def _new_id() -> str:
    """As OpenStack names them. Random throughout, which a UUID of version 4 is not: it is also the id of a trace
    (console/spans.py), by whose bits samplers choose."""
    return f"req-{uuid.UUID(int=secrets.randbits(128))}"


class ClientAddressMiddleware:
    """Keeps the client's address at hand for the audit, so that no service has to be handed it. Where our proxy does
    not say it, that is noted, for doctor is another process."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._noted: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in PROBES:
            self._look_for_headers(request)
        token = client_address.set(address_of(request))
        try:
            return self.get_response(request)
        finally:
            client_address.reset(token)

    def _look_for_headers(self, request: HttpRequest) -> None:
        for name in missing_headers(request):
            if time.monotonic() - self._noted.get(name, -math.inf) >= _NOTE_EVERY:
                self._noted[name] = time.monotonic()
                note(RemarkKind.PROXY, name)


class MetricsMiddleware:
    """Counts each request by view, method and status, and how long it took (images/core/metrics.py)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = match.view_name if match is not None else "none"
        observe_request(view, request.method or "", response.status_code, time.perf_counter() - began)
        return response


class ProbesMiddleware:
    """Answers those who watch this process by whatever name they call it, and asks nothing else of them.

    A kubelet sends the address of the pod as Host, compose's check loopback, a balancer nothing at all; ALLOWED_HOSTS
    knows none of these, and Django refuses them with 400 as soon as anything asks for the host. What the probes answer
    does not depend on the host, so that nothing is given away; every other path is looked at as before.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in PROBES:
            return self.get_response(request)
        request.resolver_match = match = resolve(request.path_info)
        with translation.override(settings.LANGUAGE_CODE):  # machines read it
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response


class NulMiddleware:
    """No text of ours holds a NUL, and PostgreSQL takes none: a path with one is no path, a query is read without."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        while "%00" in query:  # what is left of %0%000 is one again
            query = query.replace("%00", "")
        request.META["QUERY_STRING"] = query
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        if "\0" in request.path_info:
            raise Http404


class ReaderTimeZoneMiddleware:
    """Shows times in the zone the browser told us (static/js/timezone.js sets the cookie); UTC until then."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = cookies.read(request, TIME_ZONE_COOKIE)
        if name not in known_time_zones():
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return self.get_response(request)


class SessionEndedMiddleware:
    """Who has typed something and is sent to the sign-in page keeps it (images/signin/views/ended.py). Any other htmx
    request reloads the whole page there.

    Otherwise the browser would follow the redirect by itself and htmx would put the sign-in form inside a table.
    What looks on in the background (js/console.js marks it) gets nothing: it must not take away what is being typed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code not in {301, 302}:
            return response
        login, to = resolve_url(settings.LOGIN_URL), urlsplit(response["Location"])
        if to.path != login:
            return response
        if request.htmx and "Console-Background" in request.headers:
            return HttpResponse(status=204)
        if "next=" in to.query and _has_typed(request):
            return session_ended(request)
        if not request.htmx:
            return response
        return HttpResponseClientRedirect(f"{login}?next={quote(_came_from(request))}")


def _has_typed(request: Request) -> bool:
    """js/console.js says so of fields on the page; whoever sends a form of ours has been given the cookie with it."""
    if request.htmx:
        return request.method == "POST" or "Console-Typing" in request.headers
    return request.method == "POST" and settings.CSRF_COOKIE_NAME in request.COOKIES


def _came_from(request: Request) -> str:
    """The page that the browser shows, as htmx says; a header is whatever somebody writes into it."""
    try:
        return str(request.htmx.current_url_abs_path or "/")
    except ValueError:
        return "/"
