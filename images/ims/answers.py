"""What came back: a complete answer, read as what it should be, or a named error."""

import email.utils
import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

import msgspec

from images.ims.errors import MalformedAnswer, Redirected, ResponseError, Throttled, class_for
from images.ims.permissions import needed_for

T = TypeVar("T")

#: Longest message of a service that we show; some send whole pages.
_LONGEST_MESSAGE = 500

#: Services name their own request id in one of these.
_REQUEST_ID_HEADERS = ("X-Request-Id", "X-Openstack-Request-Id", "X-Iam-Trace-Id")


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `body` as bytes, decompressed; `request_id` is the service's, else the one we sent."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    request_id: str

    def read_as(self, shape: type[T]) -> T:
        """The JSON body as this type. Raises MalformedAnswer."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise self.malformed(str(error)) from error

    def read_object(self) -> dict[str, Any]:
        """The JSON body as an object. Raises MalformedAnswer."""
        return self.read_as(dict[str, Any])

    def malformed(self, detail: str) -> MalformedAnswer:
        """The error that says how this answer breaks its promise."""
        return MalformedAnswer(
            f"The answer to {self.method} {self.path} is {self._looks_like()}, not what the API promises"
            f" ({detail}; request {self.request_id}).",
            detail=detail,
            method=self.method,
            path=self.path,
            request_id=self.request_id,
            status=self.status,
        )

    def _looks_like(self) -> str:
        start = self.body[:200].lstrip().lower()
        if not start:
            return "empty"
        if start.startswith((b"<!doctype", b"<html")):
            return "a web page"
        try:
            msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return "broken JSON" if start[:1] in (b"{", b"[") else "no JSON"
        return "JSON of another shape"


def request_id_of(headers: Mapping[str, str], sent: str) -> str:
    """The service's own request id if it names one (its support asks for it), else ours."""
    return next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), sent)


def error_of(answer: Answer, operation: str = "") -> ResponseError:
    """The error of an answer with an error status: both shapes of the reference, HTML, text and nothing at all.

    `operation`: its section, when IAM decides about it; a 403 then says which actions it takes (chapter 8)."""
    code, message = _code_and_message(answer.body)
    retry_after = _retry_after(answer.headers)
    family = class_for(answer.status, code, come_again=retry_after is not None)
    sentence = _sentence(answer, 429 if family is Throttled else answer.status, code, message)
    needs = needed_for(operation) if answer.status == HTTPStatus.FORBIDDEN else ""
    error = family(
        f"{sentence} {needs}".rstrip(),
        status=answer.status,
        code=code,
        message=message,
        retry_after=retry_after,
        clock_skew=clock_skew_of(answer.headers.get("Date", "")),
        method=answer.method,
        path=answer.path,
        request_id=answer.request_id,
    )
    if isinstance(error, Redirected):
        error.location = answer.headers.get("Location", "")
    return error


def _code_and_message(body: bytes) -> tuple[str, str]:
    """Appendix B: {"error": {"code", "message"}}; chapter 3: {"error_code", "error_msg"}; Glance: HTML or text."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return "", _plain_text(body)
    if not isinstance(document, dict):
        return "", ""
    inner = document.get("error")
    if isinstance(inner, str):
        return "", _text(inner)
    fields = inner if isinstance(inner, dict) else document
    code = next((fields[name] for name in ("code", "error_code") if isinstance(fields.get(name), str)), "")
    message = next(
        (fields[name] for name in ("message", "error_msg", "title") if isinstance(fields.get(name), str)), ""
    )
    if _STATUS_LINE.match(code):
        return "", _text(html.unescape(_BREAK.sub(" ", message)))
    return _text(code), _text(message)


#: A Glance of OpenStack says in JSON what it would say on a web page: "409 Conflict", "...<br /><br />...".
_STATUS_LINE: Final = re.compile(r"[1-5]\d\d\b")
_BREAK: Final = re.compile(r"<br */?>")


def _plain_text(body: bytes) -> str:
    """The body when it is a short plain text; web pages and binary stuff are of no use to a reader."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return ""
    return "" if "<" in text or len(text) > _LONGEST_MESSAGE else _text(text)


def _text(value: str) -> str:
    # One line, no control characters: messages end up in logs and in sentences.
    return " ".join("".join(c if c.isprintable() else " " for c in value[:_LONGEST_MESSAGE]).split())


def _sentence(answer: Answer, status: int, code: str, message: str) -> str:
    """`status`: what it means, which need not be what it says."""
    about = f"{answer.method} {answer.path}"
    if 300 <= status < 400:
        return f"The service answered {about} with a redirect to {answer.headers.get('Location', 'nowhere')!r}."
    said = f": {message.rstrip('.')}" if message else ""
    named = f" ({code})" if code else ""
    return f"{_OPENINGS.get(status, _opening(status))}{named}{said}."


_OPENINGS = {
    400: "The service refused the request",
    401: "The service did not accept the sign-in",
    403: "The service does not allow this",
    404: "The service does not know what was asked for",
    409: "The service is busy with the same thing",
    429: "The service gets too many requests",
    500: "The service failed inside (500)",
    502: "The service is not reachable behind its gateway (502)",
    503: "The service is not available at the moment (503)",
    504: "The service did not answer its gateway in time (504)",
}


def _opening(status: int) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    return f"The service answered with {status}{phrase}"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: a number, or a date (RFC 9110, 10.2.3)."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    moment = http_date(value)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def clock_skew_of(date: str) -> float | None:
    """Seconds by which our clock is ahead of one that says this in a Date header just now; None: it says nothing."""
    moment = http_date(date)
    return time.time() - moment.timestamp() if moment else None


def http_date(value: str) -> datetime | None:
    """The moment of a header such as Date; None: it is none."""
    try:
        moment = email.utils.parsedate_to_datetime(value)
        # RFC 5322 writes "-0000" for a time whose zone is unknown; HTTP means UTC.
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
