"""Who is at the other end of a request."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The client's address; "" when it cannot be told.

    X-Forwarded-For is believed only as far as our own proxies wrote it (PROXY_COUNT entries from its end): what stands
    before them anybody can send. A header that is too short for that did not come through them.
    """
    told = _told(request)
    count = settings.PROXY_COUNT
    address = told[-count] if count and len(told) >= count else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def missing_headers(request: HttpRequest) -> list[str]:
    """What our own proxy should have written and did not: then everybody shares its address, and with it each limit; or
    nobody comes in, because every request is sent to HTTPS once more."""
    if not settings.PROXY_COUNT:
        return []
    missing = [] if len(_told(request)) >= settings.PROXY_COUNT else ["X-Forwarded-For"]
    return missing if "X-Forwarded-Proto" in request.headers else [*missing, "X-Forwarded-Proto"]


def _told(request: HttpRequest) -> list[str]:
    return [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
