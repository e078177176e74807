"""From exceptions of requests and urllib3 to ours, with a sentence each."""

import http.client
import ssl
from collections.abc import Iterator
from typing import Final

import requests
from urllib3 import exceptions as urllib3

from images.ims.connections import AddressBlocked, AnswerTooSlow
from images.ims.errors import ConnectionFailed, IMSError, InvalidCall, MalformedAnswer, OutcomeUnknown, TimedOut

#: All that sending a request and reading its answer can raise. ValueError: urllib3 on absurd headers or ports.
NETWORK_ERRORS = (requests.RequestException, urllib3.HTTPError, http.client.HTTPException, OSError, ValueError)


def translate(
    error: Exception, *, host: str, sent: bool, read_timeout: float, method: str, path: str, request_id: str
) -> IMSError:
    """The member of our family for a network failure. `sent`: whether any byte of the request went out."""
    if not sent:
        return _never_sent(error, host=host, method=method, path=path)
    causes = list(causes_of(error))
    if _is_garbage(causes):
        return MalformedAnswer(
            f"{host} answered with something that is not HTTP, or not packed as it says.",
            detail=str(causes[-1]),
            method=method,
            path=path,
            request_id=request_id,
        )
    for cause in causes:
        if isinstance(cause, AnswerTooSlow):
            return TimedOut(
                f"{host} did not complete its answer within {cause.seconds:g} seconds.",
                seconds=cause.seconds,
                method=method,
                path=path,
                request_id=request_id,
            )
    if any(isinstance(cause, urllib3.TimeoutError | requests.Timeout | TimeoutError) for cause in causes):
        return TimedOut(
            f"{host} took the request but did not answer within {read_timeout:g} seconds.",
            seconds=read_timeout,
            method=method,
            path=path,
            request_id=request_id,
        )
    return OutcomeUnknown(
        f"{host} took the request and then cut the connection before the answer was complete.",
        method=method,
        path=path,
        request_id=request_id,
    )


def _is_garbage(causes: list[BaseException]) -> bool:
    """An answer came, but its framing or compression is broken; a closed connection is another thing."""
    if any(isinstance(cause, http.client.RemoteDisconnected) for cause in causes):
        return False
    broken = (http.client.BadStatusLine, http.client.LineTooLong, http.client.UnknownProtocol, urllib3.DecodeError)
    return any(isinstance(cause, broken) or type(cause) is http.client.HTTPException for cause in causes)


def _never_sent(error: Exception, *, host: str, method: str, path: str) -> IMSError:
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return InvalidCall(f"The request cannot be sent: {error}", method=method, path=path)
    kind, sentence, detail = _classified(list(causes_of(error)), host)
    return ConnectionFailed(sentence, kind=kind, host=host, detail=detail, method=method, path=path)


def _classified(causes: list[BaseException], host: str) -> tuple[str, str, str]:
    """Kind, sentence and technical detail of a connection that never came about."""
    deepest = str(causes[-1])
    for families, kind, sentence in _KINDS:
        for cause in causes:
            if isinstance(cause, families):
                return kind, sentence.format(host=host, name=host.rpartition(":")[0], why=_why(cause)), deepest
    if any("CA certificate" in str(cause) or "TLS" in str(cause) for cause in causes):
        return "tls", f"The CA bundle for {host} cannot be read.", deepest
    return "other", f"No connection to {host}: {deepest}.", deepest


#: The first that fits any of the causes; certificates before other trouble with TLS.
_KINDS: Final[tuple[tuple[tuple[type[BaseException], ...], str, str], ...]] = (
    ((AddressBlocked,), "blocked", "{host} leads to an address that is never an image service."),
    (
        (urllib3.ProxyError, requests.exceptions.ProxyError),
        "proxy",
        "The proxy that should lead to {host} does not work.",
    ),
    (
        (urllib3.NameResolutionError, urllib3.LocationValueError, UnicodeError),
        "dns",
        "The host name {name} cannot be found.",
    ),
    ((ssl.SSLCertVerificationError,), "tls", "The certificate of {host} is not trusted: {why}."),
    ((ssl.SSLError,), "tls", "{host} does not speak TLS as it should: {why}."),
    ((ConnectionRefusedError,), "refused", "{host} refused the connection; nothing listens there."),
    # Not urllib3's ConnectTimeoutError, of which it makes every failed connection a kind.
    ((requests.ConnectTimeout, TimeoutError), "timeout", "{host} did not accept a connection in time."),
)


def _why(error: BaseException) -> str:
    """What OpenSSL says, in its own words: "self-signed certificate", "WRONG_VERSION_NUMBER"."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "it cannot be verified"
    return str(getattr(error, "reason", "") or "the handshake failed")


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The error and what lies beneath it: reasons and arguments (urllib3 wraps by them), causes and contexts."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        reason = getattr(current, "reason", None)
        inner = [arg for arg in current.args if isinstance(arg, BaseException)]
        waiting += [
            reason if isinstance(reason, BaseException) else None,
            *inner,
            current.__cause__,
            current.__context__,
        ]
