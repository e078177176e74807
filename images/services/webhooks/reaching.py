"""Which addresses webhooks may have, and one request to one of them.

Nothing on private, loopback, link-local or metadata addresses, but what WEBHOOK_ALLOWED names. What the text says is
checked when it is entered, what the name leads to before connecting, and the peer of the connected socket once more,
for a name may lead elsewhere a moment later (docs/adr/0005-outgoing-addresses.md). No redirects, no proxies.
"""

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from images.ims.connections import AddressBlocked, is_blocked, own_session
from images.ims.failures import NETWORK_ERRORS, causes_of
from images.services.addresses import AddressRefused, may_be_plain

#: Seconds to connect, to wait for an answer, and for all of it.
TIMEOUT = (5.0, 10.0)
PATIENCE = 20.0
#: So much of an answer is kept.
KEPT = 2000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request. `status` 0: no answer. `refused`: the address is none that we speak to."""

    status: int = 0
    answer: str = ""
    error: str = ""
    refused: bool = False
    #: Seconds, as the receiver asks for (Retry-After); 0: it does not.
    wait: float = 0.0
    duration_ms: int = 0

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def checked(url: str) -> str:
    """The address without blanks around it. Raises AddressRefused."""
    bare = url.strip()
    try:
        parts = urlsplit(bare)
        host, _port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise AddressRefused(_("This is not an address.")) from error
    if parts.scheme not in {"http", "https"} or not host or not bare.isprintable() or " " in bare:
        raise AddressRefused(_("This is not an address. Give one such as https://hooks.example.com/images."))
    if parts.username is not None or parts.fragment:
        raise AddressRefused(_("The address must not hold a user or a hash sign."))
    if parts.scheme == "http" and not may_be_plain(host):
        raise AddressRefused(_("Give an address that begins with https://."))
    if _is_address(host) and is_refused(host, host):
        raise AddressRefused(_not_spoken_to(host))
    return bare


def is_refused(address: str, host: str) -> bool:
    """Whether webhooks may not speak to this address. `host`: the name by which it was asked for."""
    if is_blocked(address):
        return True
    ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    if is_blocked(str(ip)):
        return True
    return not (ip.is_global or _is_allowed(ip, host))


def send(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """One POST. Never raises for what the other side does."""
    began = time.monotonic()
    host = (urlsplit(url).hostname or "").lower()
    try:
        checked(url)
        _look_up(host)
        reply = _post(url, host, body, headers, began + PATIENCE)
    except AddressRefused as error:
        reply = Reply(error=str(error), refused=True)
    except NETWORK_ERRORS as error:
        blocked = any(isinstance(cause, AddressBlocked) for cause in causes_of(error))
        reply = Reply(error=_not_spoken_to(host) if blocked else _words(error), refused=blocked)
    return Reply(
        reply.status, reply.answer, reply.error, reply.refused, reply.wait, int(1000 * (time.monotonic() - began))
    )


def _post(url: str, host: str, body: bytes, headers: Mapping[str, str], deadline: float) -> Reply:
    with (
        own_session(True, refuses=lambda peer: is_refused(peer, host)) as session,
        session.post(
            url, data=body, headers=dict(headers), timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as answer,
    ):
        kept = b""
        for piece in answer.iter_content(KEPT):
            kept += piece
            if len(kept) >= KEPT or time.monotonic() > deadline:
                break
        text = kept[:KEPT].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        wait = _wait(answer.headers.get("Retry-After", ""))
        error = "" if answer.ok and answer.status_code < 300 else f"HTTP {answer.status_code}"
        return Reply(answer.status_code, text, error, wait=wait)


def _look_up(host: str) -> None:
    """Before connecting, so that nobody learns from us which ports of the own network are open."""
    for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
        address = str(found[4][0])
        if is_refused(address, host):
            raise AddressRefused(_not_spoken_to(host))


def _not_spoken_to(host: str) -> str:
    said = _(
        "%(host)s leads to a private, local or metadata address. The administrator of this console can name it in"
        " WEBHOOK_ALLOWED."
    )
    return said % {"host": host}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _unwrapped(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside of an IPv6 one that only leads there."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _is_allowed(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, host: str) -> bool:
    for allowed in settings.WEBHOOK_ALLOWED:
        if allowed == host:
            return True
        try:
            if ip in ipaddress.ip_network(allowed, strict=False):
                return True
        except ValueError:
            continue  # a name
    return False


def _wait(said: str) -> float:
    """Retry-After, in seconds or as a date."""
    if said.isascii() and said.isdecimal() and len(said) < 7:
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - timezone.now()).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _words(error: Exception) -> str:
    """The innermost reason, without addresses of memory."""
    said = str(list(causes_of(error))[-1]) or type(error).__name__
    return said[:300]
