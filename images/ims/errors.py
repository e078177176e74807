"""Everything that can go wrong in the client, as one family of exceptions.

IMSError
├── InvalidCall             refused here, before anything was sent (also a ValueError)
│   └── UnknownFilter       a list filter that the operation does not have
├── NotOffered              the service of this project has no such operation (capabilities.py)
├── ConnectionFailed        nothing was sent: refused, name unknown, TLS, connect timeout (`kind` tells which)
├── OutcomeUnknown          sent, but no complete answer: it may or may not have taken effect
│   └── TimedOut            ... because the service did not answer within the read timeout
├── ResponseError           the service answered with an error status
│   ├── BadRequest          400 and other 4xx without a code
│   │   └── Refused         any 4xx with an IMS code that says why
│   ├── Unauthorized 401 · Forbidden 403 · NotFound 404 · Conflict 409 · ServerError 5xx
│   ├── Throttled            429, or 413 that says when to come again
│   └── Redirected          3xx; redirects are not followed, for a token must not travel to another host
├── MalformedAnswer         an answer that is not what the reference promises (HTML, not JSON, wrong shape)
├── JobFailed, JobTimedOut  how waiting for a job can end badly (5.6.1)
├── FileFailed, FileTimedOut  the same for the file of an image (6.1.4)

str(error) is a sentence for people; everything else is in attributes.
"""

from http import HTTPStatus
from typing import Any

from images.ims.codes import lookup, measure_for


class IMSError(Exception):
    """Base of the family. `method`, `path` and `request_id` say which call failed; "" when none was made."""

    def __init__(self, sentence: str, *, method: str = "", path: str = "", request_id: str = "") -> None:
        super().__init__(sentence)
        self.method = method
        self.path = path
        self.request_id = request_id

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only arguments defeat the default; errors do travel between processes (workers, pytest-xdist).
        return (_rebuilt, (type(self), self.args, self.__dict__))

    @property
    def meaning(self) -> str:
        """What the error means, in the words of appendix B when it has a code."""
        return str(self)

    @property
    def measure(self) -> str:
        """What the reader can do about it."""
        return "Try again later."


def _rebuilt(family: type[IMSError], args: tuple[Any, ...], state: dict[str, Any]) -> IMSError:
    error = family.__new__(family)
    error.args = args
    error.__dict__.update(state)
    return error


class InvalidCall(IMSError, ValueError):
    """An argument that cannot be right; nothing was sent."""

    @property
    def measure(self) -> str:
        return "Correct the value and try again."


class UnknownFilter(InvalidCall):
    """A filter that neither 5.1.1 nor 6.1.1 has; `name` is what was asked for."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


class NotOffered(IMSError):
    """The service behind this client has no such operation (an OpenStack Glance knows chapter 6 only)."""

    @property
    def measure(self) -> str:
        return "Use a project whose images are served by IMS."


class ConnectionFailed(IMSError):
    """No connection came about, so nothing was sent and repeating is safe.

    `kind`: "refused", "dns", "tls", "timeout", "proxy", "blocked" or "other". `host` as host:port; `detail` is
    the cause as the system words it, which is often what an administrator needs.
    """

    def __init__(
        self, sentence: str, *, kind: str, host: str, detail: str = "", method: str = "", path: str = ""
    ) -> None:
        super().__init__(sentence, method=method, path=path)
        self.kind = kind
        self.host = host
        self.detail = detail

    @property
    def measure(self) -> str:
        return _CONNECTION_MEASURES.get(self.kind, "Check the network and the address of the endpoint.")


_CONNECTION_MEASURES = {
    "refused": "Check the port of the endpoint and that the service is running.",
    "dns": "Check the spelling of the host name and the name servers of this machine.",
    "tls": "Give the CA bundle that signed the certificate of the service, or have the certificate corrected.",
    "timeout": "Check the address and whether a firewall drops the connection.",
    "proxy": "Check the proxy settings of this machine.",
    "blocked": "Give the address of the service itself; metadata services are never spoken to.",
}


class OutcomeUnknown(IMSError):
    """The request went out and no complete answer came back: it may or may not have taken effect."""

    @property
    def measure(self) -> str:
        return "Look whether the action took effect before repeating it."


class TimedOut(OutcomeUnknown):
    """The service took the request and did not answer in time; `seconds` is the read timeout."""

    def __init__(
        self, sentence: str, *, seconds: float, method: str = "", path: str = "", request_id: str = ""
    ) -> None:
        super().__init__(sentence, method=method, path=path, request_id=request_id)
        self.seconds = seconds


class ResponseError(IMSError):
    """The service answered with an error status.

    `status`: HTTP status. `code`: "IMG.0028" and the like, "" without one. `message`: the service's own words, "" for
    empty and HTML bodies. `request_id`: the service's, else ours. `retry_after`: seconds, None when not said.
    `clock_skew`: seconds by which our clock is ahead of the service's, None when unknown (signatures expire by it).
    `after_unknown`: an earlier attempt of the same call had an unknown outcome.
    """

    def __init__(  # noqa: PLR0913 - an error carries all that was learnt
        self,
        sentence: str,
        *,
        status: int,
        code: str = "",
        message: str = "",
        retry_after: float | None = None,
        clock_skew: float | None = None,
        method: str = "",
        path: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(sentence, method=method, path=path, request_id=request_id)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.clock_skew = clock_skew
        self.after_unknown = False

    @property
    def meaning(self) -> str:
        """The meaning of the code in appendix B, else the service's message, else the sentence."""
        row = lookup(self.code)
        return row.meaning if row else self.message or str(self)

    @property
    def measure(self) -> str:
        return measure_for(self.code, self.status)


class BadRequest(ResponseError):
    """400, and other 4xx that have no class of their own."""


class Refused(BadRequest):
    """The service understood and said no, with a code of appendix B in `code`."""


class Unauthorized(ResponseError):
    """401: wrong user, password or key, an expired token that could not be renewed, or a clock that is off."""


class Forbidden(ResponseError):
    """403: signed in, but without the right."""


class NotFound(ResponseError):
    """404: not there, or not visible to this project."""


class Conflict(ResponseError):
    """409: somebody else changes the same thing at this moment."""


class Throttled(ResponseError):
    """429: too many requests; `retry_after` when the service said how long to wait.

    So do services of OpenStack, and the gateways before them, that count requests by the older 413 and Retry-After
    (RFC 9110, 15.5.14: a condition that is temporary).
    """

    @property
    def measure(self) -> str:
        return measure_for(self.code, 429)


class ServerError(ResponseError):
    """5xx: the service failed inside."""


class Redirected(ResponseError):
    """3xx: the endpoint points elsewhere (`location`); the address given is not the service's own."""

    location = ""

    @property
    def measure(self) -> str:
        return "Give the address that the service itself uses, with https if it asks for it."


class MalformedAnswer(IMSError):
    """The answer is not what the API reference promises. `detail` says how, without quoting much of it."""

    def __init__(
        self,
        sentence: str,
        *,
        detail: str = "",
        method: str = "",
        path: str = "",
        request_id: str = "",
        status: int = 0,
    ) -> None:
        super().__init__(sentence, method=method, path=path, request_id=request_id)
        self.detail = detail
        self.status = status

    @property
    def measure(self) -> str:
        return "Check that the address is that of the service and not of a login page or a proxy."


class JobFailed(IMSError):
    """The job ended with FAIL; `code` and `reason` as the service gave them, `job_id` names it (5.6.1)."""

    def __init__(self, sentence: str, *, job_id: str, code: str = "", reason: str = "") -> None:
        super().__init__(sentence)
        self.job_id = job_id
        self.code = code
        self.reason = reason

    @property
    def meaning(self) -> str:
        row = lookup(self.code)
        return row.meaning if row else self.reason or str(self)

    @property
    def measure(self) -> str:
        return measure_for(self.code, HTTPStatus.BAD_REQUEST)


class JobTimedOut(IMSError):
    """We stopped waiting; the job itself goes on. `job_id` names it."""

    def __init__(self, sentence: str, *, job_id: str) -> None:
        super().__init__(sentence)
        self.job_id = job_id

    @property
    def measure(self) -> str:
        return "The job goes on at the service; look at it again later."


class FileFailed(IMSError):
    """The service could not store the file of an image: its status is killed. `image_id` names it (6.1.4)."""

    def __init__(self, sentence: str, *, image_id: str) -> None:
        super().__init__(sentence)
        self.image_id = image_id

    @property
    def measure(self) -> str:
        return "Check the format of the file, delete the image and upload it again."


class FileTimedOut(IMSError):
    """We stopped waiting for the image to turn active; the service goes on. `image_id` names it."""

    def __init__(self, sentence: str, *, image_id: str) -> None:
        super().__init__(sentence)
        self.image_id = image_id

    @property
    def measure(self) -> str:
        return "The service goes on storing the file; look at the image again later."


_BY_STATUS: dict[int, type[ResponseError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: Throttled,
}


def class_for(status: int, code: str, *, come_again: bool = False) -> type[ResponseError]:
    """The class of an error answer. A code tells more than the status 400, but less than 401, 403, 404, 409, 429.

    IMG.0087 (the token is wrong) is printed with 400 and means what 401 means. `come_again`: it says when
    (Retry-After).
    """
    if code == "IMG.0087":
        return Unauthorized
    if status == 413 and come_again:
        return Throttled
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ServerError
    if 300 <= status < 400:
        return Redirected
    return Refused if code else BadRequest
