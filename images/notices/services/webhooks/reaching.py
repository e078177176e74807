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

from images.core.addresses import AddressRefused, may_be_plain
from images.ims.addresses import Address, is_blocked, is_public, leads_to, read
from images.ims.connections import AddressBlocked, AnswerTooSlow, begin_watching, own_session
from images.ims.failures import NETWORK_ERRORS, causes_of

#: Seconds to connect, to wait for an answer, and for all of it.
TIMEOUT = (5.0, 10.0)
PATIENCE = 20.0
#: So much of an answer is kept.
KEPT = 2000


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


def check_url(url: str) -> str:
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
    if read(host) is not None and is_refused(host, host):
        raise AddressRefused(_not_spoken_to(host))
    return bare


def is_refused(address: str, host: str) -> bool:
    """Whether webhooks may not speak to this address. `host`: the name by which it was asked for."""
    ip = read(address)
    if ip is None or is_blocked(address):
        return True
    return not all(is_public(target) or _is_allowed(target, host) for target in leads_to(ip))


def send(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """One POST. Never raises for what the other side does."""
    began = time.monotonic()
    host = (urlsplit(url).hostname or "").lower()
    try:
        check_url(url)
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
    begin_watching(max(0.0, deadline - time.monotonic()))
    with (
        own_session(True, refuses=lambda peer: is_refused(peer, host)) as session,
        session.post(
            url, data=body, headers=dict(headers), timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as answer,
    ):
        kept = b""
        for piece in answer.iter_content(KEPT):
            kept += piece
            if len(kept) >= KEPT:
                break
            if time.monotonic() > deadline:  # small pieces, each in time
                raise AnswerTooSlow(PATIENCE)
        text = kept[:KEPT].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        wait = _wait(answer.headers.get("Retry-After", ""))
        error = "" if answer.ok and answer.status_code < 300 else f"HTTP {answer.status_code}"
        return Reply(answer.status_code, text, error, wait=wait)


def _look_up(host: str) -> None:
    """Before connecting, so that nobody learns from us which ports of the own network are open."""
    for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
        address = str(info[4][0])
        if is_refused(address, host):
            raise AddressRefused(_not_spoken_to(host))


def _not_spoken_to(host: str) -> str:
    sentence = _(
        "%(host)s leads to a private, local or metadata address. The administrator of this console can name it in"
        " WEBHOOK_ALLOWED."
    )
    return sentence % {"host": host}


def _is_allowed(ip: Address, host: str) -> bool:
    for allowed in settings.WEBHOOK_ALLOWED:
        if allowed == host:
            return True
        try:
            if ip in ipaddress.ip_network(allowed, strict=False):
                return True
        except ValueError:
            continue  # a name
    return False


def _wait(header: str) -> float:
    """Retry-After, in seconds or as a date."""
    if header.isascii() and header.isdecimal() and len(header) < 7:
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - timezone.now()).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _words(error: Exception) -> str:
    """The innermost reason, without addresses of memory."""
    causes = list(causes_of(error))
    if any(isinstance(cause, AnswerTooSlow) for cause in causes):
        return _("The answer was not complete within %(n)d seconds.") % {"n": PATIENCE}
    sentence = str(causes[-1]) or type(error).__name__
    return sentence[:300]
