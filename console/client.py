"""Who is at the other end of a request."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The client's address; "" when it cannot be told.

    X-Forwarded-For is believed only as far as our own proxies wrote it (PROXY_COUNT entries from its end): what stands
    before them anybody can send. A header that is too short for that did not come through them.
    """
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    count = settings.PROXY_COUNT
    address = told[-count] if count and len(told) >= count else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""
