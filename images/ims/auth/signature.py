"""AK/SK: requests signed with SDK-HMAC-SHA256 (3.2; the algorithm is that of the vendor's SDKs)."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import requests
from requests.auth import AuthBase

from images.ims.errors import InvalidCall

ALGORITHM: Final = "SDK-HMAC-SHA256"

#: Bodies of signed requests end here, bytes (3.2).
LONGEST_SIGNED_BODY: Final = 12 * 1024 * 1024

_UNSIGNED: Final = "UNSIGNED-PAYLOAD"


def _now() -> datetime:
    return datetime.now(UTC)


class AkSkAuth(AuthBase):
    """Signs each request with an access key. No token, nothing to renew; the clocks must agree within 15 minutes.

    `project_id` goes along as X-Project-Id, mandatory when the key can enter several projects; "" for calls to IAM.
    `domain_id` goes along as X-Domain-Id, for IAM calls that concern the whole account.
    """

    def __init__(
        self,
        access_key: str,
        secret_key: str,
        project_id: str = "",
        *,
        domain_id: str = "",
        clock: Callable[[], datetime] = _now,
    ) -> None:
        if not access_key or not secret_key:
            raise InvalidCall("An access key needs both its parts, AK and SK.")
        if not all(_fits_a_header(text) for text in (access_key, project_id, domain_id)):
            raise InvalidCall("Access keys, project IDs and domain IDs have no spaces, line breaks or special letters.")
        self.access_key = access_key
        self._secret_key = secret_key
        self.project_id = project_id
        self.domain_id = domain_id
        self._clock = clock

    def __repr__(self) -> str:
        return f"AkSkAuth({self.fingerprint}, project_id={self.project_id!r})"

    @property
    def fingerprint(self) -> str:
        """Hash of the access key, for logs."""
        return "ak:" + hashlib.sha256(self.access_key.encode()).hexdigest()[:12]

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds X-Sdk-Date, Host, X-Project-Id and Authorization. Raises InvalidCall for a body above 12 MB."""
        parts = urlsplit(request.url or "")
        request.headers["Host"] = parts.netloc
        request.headers["X-Sdk-Date"] = self._clock().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        if self.project_id:
            request.headers["X-Project-Id"] = self.project_id
        if self.domain_id:
            request.headers["X-Domain-Id"] = self.domain_id
        digest = _digest(request)
        signed = {name.lower(): request.headers[name] for name in _SIGNED if name in request.headers}
        canonical = canonical_request(request.method or "", request.url or "", signed, digest)
        request.headers["Authorization"] = (
            f"{ALGORITHM} Access={self.access_key}, SignedHeaders={';'.join(sorted(signed))}, "
            f"Signature={self._signature(canonical, request.headers['X-Sdk-Date'])}"
        )
        return request

    def renew(self, rejected: requests.PreparedRequest) -> bool:
        """A refused signature is refused again."""
        return False

    def _signature(self, canonical: str, date: str) -> str:
        to_sign = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        return hmac.new(self._secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


_SIGNED: Final = ("Content-Type", "Host", "X-Domain-Id", "X-Project-Id", "X-Sdk-Content-Sha256", "X-Sdk-Date")


def _fits_a_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _digest(request: requests.PreparedRequest) -> str:
    """SHA-256 of the body in hex; streams go unsigned and say so, for they can be read only once."""
    body: object = request.body.encode() if isinstance(request.body, str) else request.body
    if body is None or isinstance(body, bytes):
        if body and len(body) > LONGEST_SIGNED_BODY:
            raise InvalidCall(
                "A request signed with AK/SK carries at most 12 MB; sign in with a password to send more."
            )
        return hashlib.sha256(body or b"").hexdigest()
    length = int(request.headers.get("Content-Length", "0"))
    if length > LONGEST_SIGNED_BODY:
        raise InvalidCall("A request signed with AK/SK carries at most 12 MB; sign in with a password to send more.")
    request.headers["X-Sdk-Content-Sha256"] = _UNSIGNED
    return _UNSIGNED


def canonical_request(method: str, url: str, signed_headers: Mapping[str, str], digest: str) -> str:
    """The text that is signed: method, path with a slash at its end, sorted query, headers, their names, body hash."""
    parts = urlsplit(url)
    path = "/".join(quote(segment, safe="~") for segment in unquote(parts.path or "/").split("/"))
    if not path.endswith("/"):
        path += "/"
    pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    names = sorted(signed_headers)
    headers = "".join(f"{name}:{str(signed_headers[name]).strip()}\n" for name in names)
    return "\n".join((method.upper(), path, query, headers, ";".join(names), digest))
