"""Sends calls: one place for timeouts, retries, sign-in, request ids, logging and the family of errors."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import requests

from images.ims import service_clock
from images.ims.answers import Answer, error_of, request_id_of
from images.ims.connections import (
    Verify,
    begin_watching,
    let_it_take_its_time,
    own_session,
    proxies_for,
    session_for,
    something_was_sent,
)
from images.ims.errors import IMSError, InvalidCall, OutcomeUnknown, ResponseError, Unauthorized
from images.ims.failures import NETWORK_ERRORS, translate
from images.ims.retry import REPEATABLE, RetryPolicy, budget_of
from images.ims.tracing import CallRecord, Hook, new_request_id, tell

#: Seconds to wait for a connection, and for each next piece of an answer.
DEFAULT_TIMEOUT: Final = (5.0, 60.0)

#: Longest answer that is read into memory, bytes. A page of 1,000 images with ten tags each has about 2 MB.
LONGEST_ANSWER: Final = 64 * 1024 * 1024

#: A whole answer, headers included, may take this many read timeouts however it trickles in.
_PATIENCE: Final = 2

_CHUNK: Final = 256 * 1024

R = TypeVar("R")

Timeout = tuple[float, float]
Query = Sequence[tuple[str, str]]


class Auth(Protocol):
    """How a request proves who sends it: TokenAuth or AkSkAuth (signature)."""

    @property
    def fingerprint(self) -> str:
        """Who, for the log: a hash, never the secret."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the headers. May sign in first, and raise any IMSError."""

    def renew(self, rejected: requests.PreparedRequest) -> bool:
        """The service answered 401 to this request; whether another try with new headers makes sense."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation to be sent.

    `body`: bytes, or for streams a function that starts the stream anew (each attempt needs its own).
    `repeatable` None: by the method. `success`: statuses besides 2xx that mean success (300 of 6.5.1). `operation`: its
    section, for what a refusal says of permissions; "" when IAM actions are no matter.
    """

    method: str
    path: str
    query: Query = ()
    body: bytes | Callable[[], Iterable[bytes]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool | None = None
    success: frozenset[int] = frozenset()
    timeout: Timeout | None = None
    operation: str = ""

    @property
    def may_repeat(self) -> bool:
        return (self.method in REPEATABLE) if self.repeatable is None else self.repeatable


def path_of(*segments: str) -> str:
    """A path from segments, each percent-encoded. Raises InvalidCall for those that would lead elsewhere.

    "", "." and ".." vanish when URLs are normalised: DELETE .../tags/.. would delete the image instead of a tag.
    """
    for segment in segments:
        if segment in {"", ".", ".."}:
            raise InvalidCall(f"{segment!r} cannot be part of an address.")
    try:
        return "/" + "/".join(quote(segment, safe="") for segment in segments)
    except UnicodeEncodeError as error:
        raise InvalidCall("Half a character (a lone surrogate) cannot be part of an address.") from error


def json_body(value: object, content_type: str = "application/json") -> tuple[bytes, dict[str, str]]:
    """Body and header of a JSON request. Raises InvalidCall for what JSON cannot say."""
    try:
        return msgspec.json.encode(value), {"Content-Type": content_type}
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidCall(f"The request cannot be written as JSON: {error}.") from error


def endpoint_of(address: str) -> str:
    """The address without trailing slash. Raises InvalidCall unless it is http(s)://host[:port][/path]."""
    try:
        parts = urlsplit(address.strip())
        port_is_sane = parts.port is None or parts.port > 0
    except ValueError as error:
        raise InvalidCall(f"{address!r} is not an address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_sane:
        raise InvalidCall(f"{address!r} is not an address that begins with https:// and names a host.")
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidCall("An endpoint has no user, no question mark and no hash sign in it.")
    return address.strip().rstrip("/")


class Transport:
    """Sends calls to one endpoint as one identity. Cheap, safe to share between threads; connections are pooled.

    Every call has a connect and a read timeout; redirects are not followed; repetition follows RetryPolicy; a 401 is
    answered with new headers once. Errors are members of the IMSError family only.
    """

    def __init__(
        self,
        endpoint: str,
        auth: Auth | None,
        *,
        verify: Verify = True,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        hooks: Sequence[Hook] = (),
    ) -> None:
        self.endpoint = endpoint_of(endpoint)
        parts = urlsplit(self.endpoint)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self.host = f"{parts.hostname}:{port}"
        self.auth = auth
        self.verify = verify
        self.timeout = timeout
        self.retry = retry or RetryPolicy()
        self._hooks = tuple(hooks)
        self._proxies = proxies_for(self.endpoint)

    def towards(self, endpoint: str) -> "Transport":
        """The same manners, to another endpoint. Raises InvalidCall."""
        return Transport(
            endpoint, self.auth, verify=self.verify, timeout=self.timeout, retry=self.retry, hooks=self._hooks
        )

    def send(self, call: Call) -> Answer:
        """The complete answer of a call that succeeded. Raises IMSError."""
        return self._repeat(call, self._read_all)

    def open(self, call: Call) -> "OpenAnswer":
        """A call that succeeded, its body still to be read piece by piece. Raises IMSError. Close it."""
        return self._repeat(call, self._leave_open)

    def _repeat(self, call: Call, read: "_Reader[R]") -> R:
        request_id = new_request_id()
        budget = budget_of(self.host)
        attempt, spent, renewed, unknown = 1, 0, False, False
        while True:
            prepared = self._prepare(call, request_id)
            try:
                result = self._exchange(prepared, call, read, request_id, attempt)
            except IMSError as error:
                if isinstance(error, ResponseError):
                    error.after_unknown = unknown
                if isinstance(error, Unauthorized) and not renewed and self._renew(prepared):
                    renewed = True
                    continue
                pause = self.retry.pause(error, repeatable=call.may_repeat, attempt=attempt)
                price = budget.draw(error) if pause is not None else 0
                if pause is None or not price:
                    raise
                unknown = unknown or isinstance(error, OutcomeUnknown)
                spent += price
                self.retry.sleep(pause)
                attempt += 1
            else:
                budget.give_back(spent)
                return result

    def _renew(self, rejected: requests.PreparedRequest) -> bool:
        return self.auth is not None and self.auth.renew(rejected)

    def _prepare(self, call: Call, request_id: str) -> requests.PreparedRequest:
        body = call.body() if callable(call.body) else call.body
        headers = {"Accept": "application/json", **call.headers, "X-Request-Id": request_id}
        try:
            query = "?" + urlencode(call.query, quote_via=quote, safe="") if call.query else ""
            session = session_for(self.verify)
            prepared = requests.PreparedRequest()  # by itself: Session.prepare_request takes as long as all the rest
            prepared.prepare(
                call.method,
                self.endpoint + call.path + query,
                headers={**session.headers, **headers},
                data=body,
                cookies=session.cookies,
            )
        except (requests.RequestException, ValueError) as error:
            raise InvalidCall(f"The request cannot be sent: {error}", method=call.method, path=call.path) from error
        return self.auth(prepared) if self.auth else prepared

    def _exchange(
        self, prepared: requests.PreparedRequest, call: Call, read: "_Reader[R]", request_id: str, attempt: int
    ) -> R:
        """One attempt, logged. Raises IMSError only."""
        started = time.monotonic()
        status, problem, date = 0, "", ""
        begin_watching(self._patience(call))
        try:
            with self._session(call) as session:
                response = session.send(
                    prepared,
                    timeout=call.timeout or self.timeout,
                    allow_redirects=False,
                    stream=True,
                    proxies=self._proxies,
                )
                status, request_id = response.status_code, request_id_of(response.headers, request_id)
                date = response.headers.get("Date", "")
                service_clock.heard(self.host, date)
                return read(response, call, request_id)
        except IMSError as error:
            problem = type(error).__name__
            raise
        except NETWORK_ERRORS as error:
            translated = self._translate(error, call, request_id)
            problem = type(translated).__name__
            raise translated from error
        finally:
            tell(
                CallRecord(
                    method=call.method,
                    path=call.path,
                    host=self.host,
                    status=status,
                    milliseconds=(time.monotonic() - started) * 1000,
                    request_id=request_id,
                    attempt=attempt,
                    error=problem,
                    signed_as=self.auth.fingerprint if self.auth else "",
                    date=date,
                ),
                self._hooks,
            )

    def _patience(self, call: Call) -> float:
        """Seconds for a whole answer."""
        return _PATIENCE * (call.timeout or self.timeout)[1]

    def _session(self, call: Call) -> AbstractContextManager[requests.Session]:
        """This thread's, for most calls. A file travels on a connection of its own: a service that refuses it (Glance,
        409 and 415) closes without having read it, and would take the next call on that connection with it."""
        return own_session(self.verify) if callable(call.body) else nullcontext(session_for(self.verify))

    def _translate(self, error: Exception, call: Call, request_id: str) -> IMSError:
        return translate(
            error,
            host=self.host,
            sent=something_was_sent(),
            read_timeout=(call.timeout or self.timeout)[1],
            method=call.method,
            path=call.path,
            request_id=request_id,
        )

    def _read_all(self, response: requests.Response, call: Call, request_id: str) -> Answer:
        with closing(response):
            body = self._body_of(response, call, request_id)
        answer = Answer(call.method, call.path, response.status_code, response.headers, body, request_id)
        if not (200 <= answer.status < 300 or answer.status in call.success):
            raise error_of(answer, call.operation)
        return answer

    def _body_of(self, response: requests.Response, call: Call, request_id: str) -> bytes:
        pieces: list[bytes] = []
        length = 0
        for piece in response.iter_content(_CHUNK):
            pieces.append(piece)
            length += len(piece)
            if length > LONGEST_ANSWER:
                answer = Answer(call.method, call.path, response.status_code, response.headers, pieces[0], request_id)
                raise answer.malformed(f"it is longer than {LONGEST_ANSWER >> 20} MB")
        return b"".join(pieces)

    def _leave_open(self, response: requests.Response, call: Call, request_id: str) -> "OpenAnswer":
        if not 200 <= response.status_code < 300:
            self._read_all(response, call, request_id)
        let_it_take_its_time(response)
        return OpenAnswer(response, lambda error: self._translate(error, call, request_id))


_Reader = Callable[[requests.Response, Call, str], R]


class OpenAnswer:
    """A successful answer whose body is read piece by piece. Use as a context manager."""

    def __init__(self, response: requests.Response, translate_error: Callable[[Exception], IMSError]) -> None:
        self._response = response
        self._translate = translate_error
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def __enter__(self) -> "OpenAnswer":
        return self

    def __exit__(self, *_exc: object) -> None:
        self._response.close()

    def pieces(self, size: int = _CHUNK) -> Iterator[bytes]:
        """The body in pieces of at most `size` bytes. Raises OutcomeUnknown when it is cut off."""
        try:
            yield from self._response.iter_content(size)
        except NETWORK_ERRORS as error:
            raise self._translate(error) from error
