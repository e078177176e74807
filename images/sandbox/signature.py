"""AK/SK authentication: verifying SDK-HMAC-SHA256 signatures (3.2).

The canonical request is method, path with a final slash, sorted query, signed headers and the SHA-256 of the body; the
signature is an HMAC-SHA256 over algorithm, date and its hash. Written from the description of the algorithm; the tests
compare it with the vendor's own signer.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit

from images.sandbox import cast
from images.sandbox.errors import unauthorised
from images.sandbox.wire import Request

ALGORITHM = "SDK-HMAC-SHA256"
# A signature is good for a quarter of an hour around its date, as at the vendor.
WINDOW_SECONDS = 15 * 60

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM}\s+Access=(?P<access>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>\w+)"
)
_UNSIGNED = "UNSIGNED-PAYLOAD"


def is_signed(request: Request) -> bool:
    """Whether the request carries a signature instead of a token."""
    return request.headers.get("authorization", "").startswith(ALGORITHM)


def covers_body(request: Request) -> bool:
    """Whether the body is part of what is signed, and therefore has to be read as a whole first."""
    return is_signed(request) and not _is_payload_unsigned(request)


def verify(request: Request, now: float) -> cast.User:
    """The user who signed the request.

    :raises RefusedError: 401, the signature is missing parts, is too old, or was not made with the key it names.
    """
    match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", "").strip())
    user = cast.user_by_access_key(match["access"]) if match else None
    if match is None or user is None:
        raise unauthorised()
    signed = match["headers"].split(";")
    date = request.headers.get("x-sdk-date", "")
    if "x-sdk-date" not in signed or abs(_epoch(date) - now) > WINDOW_SECONDS:
        raise unauthorised()
    expected = sign(user.secret_key, date, canonical_request(request, signed))
    if not hmac.compare_digest(expected, match["signature"]):
        raise unauthorised()
    return user


def sign(secret_key: str, date: str, canonical: str) -> str:
    """The signature of a canonical request, in hexadecimal."""
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def canonical_request(request: Request, signed: list[str]) -> str:
    """The text that is signed. Header values come from the wire as latin-1 and are UTF-8 beneath.

    :raises RefusedError: 401, a signed header is missing, or the body is not the one that was signed.
    """
    lines = []
    for name in signed:
        value = request.headers.get(name)
        if value is None:
            raise unauthorised()
        lines.append(f"{name}:{value.encode('latin-1').decode('utf-8', 'replace')}\n")
    path = "/".join(_quoted(unquote(part)) for part in urlsplit(request.target).path.split("/"))
    query = "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in sorted(request.query))
    return "\n".join(
        (
            request.method,
            path if path.endswith("/") else f"{path}/",
            query,
            "".join(lines),
            ";".join(signed),
            _body_hash(request),
        )
    )


def _body_hash(request: Request) -> str:
    if _is_payload_unsigned(request):
        return _UNSIGNED
    return hashlib.sha256(request.raw_document()).hexdigest()


def _is_payload_unsigned(request: Request) -> bool:
    """Files are sent unsigned, and say so in a header that is signed."""
    named = "x-sdk-content-sha256" in request.headers.get("authorization", "").lower()
    return named and request.headers.get("x-sdk-content-sha256") == _UNSIGNED and request.body.length != 0


def _quoted(text: str) -> str:
    return quote(text, safe="~")


def _epoch(date: str) -> float:
    try:
        return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
