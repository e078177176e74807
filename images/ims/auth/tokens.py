"""Sign-in: IAM tokens (3.1, 3.2), kept for their life and shared between threads."""

import base64
import hashlib
import io
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import requests
from keystoneauth1 import exceptions as keystone
from keystoneauth1.session import Session
from requests.auth import AuthBase

from images.ims.answers import Answer, http_date
from images.ims.auth.credentials import PasswordCredentials, Scope, TokenCredentials, origin_of
from images.ims.connections import USER_AGENT, Verify
from images.ims.errors import IMSError, InvalidCall, MalformedAnswer
from images.ims.retry import RetryPolicy
from images.ims.tracing import Hook
from images.ims.transport import DEFAULT_TIMEOUT, Call, Timeout, Transport, json_body
from images.ims.values import parse_time

#: A token is replaced this long before its end, or a tenth of its life before if that is shorter.
_MARGIN: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as IAM gave it. `expires_at` by IAM's clock, `renew_at` by ours; `catalog` as in the body (3.1); the
    token itself is not in repr."""

    value: str = field(repr=False)
    expires_at: datetime
    renew_at: datetime
    project_id: str
    project_name: str
    project_domain_id: str
    domain_id: str
    user_id: str
    catalog: Sequence[Mapping[str, Any]] = field(repr=False, default=())

    @property
    def fingerprint(self) -> str:
        """Hash of the token, for logs."""
        return "token:" + hashlib.sha256(self.value.encode()).hexdigest()[:12]


def _now() -> datetime:
    return datetime.now(UTC)


class TokenAuth(AuthBase):
    """Signs in at IAM with a credential and puts X-Auth-Token on each request (POST /v3/auth/tokens, 3.1).

    Without a scope the token serves for discovery only, but for a credential that is bound to one project. One sign-in
    at a time, however many threads ask; the token is kept until shortly before its end, and replaced once when a
    service says 401.
    """

    def __init__(
        self,
        iam_endpoint: str,
        credentials: TokenCredentials,
        scope: Scope = Scope(),  # noqa: B008 - frozen
        *,
        verify: Verify = True,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        hooks: Sequence[Hook] = (),
        clock: Callable[[], datetime] = _now,
    ) -> None:
        endpoint = iam_endpoint.rstrip("/").removesuffix("/v3")
        self._transport = Transport(endpoint, None, verify=verify, timeout=timeout, retry=retry, hooks=hooks)
        self.credentials = credentials
        self.scope = scope
        self._plugin()  # says now what is incomplete
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.host}, {self.credentials!r})"

    @property
    def fingerprint(self) -> str:
        """Hash of the current token, for logs; "" before the first sign-in."""
        token = self._token
        return token.fingerprint if token else ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Auth-Token"] = self.token().value
        return request

    def token(self) -> Token:
        """A valid token, from memory or by signing in. Raises Unauthorized and any other IMSError."""
        token = self._token
        if token is not None and self._clock() < token.renew_at:
            return token
        with self._lock:
            if self._token is None or self._clock() >= self._token.renew_at:
                self._token = self._signed_in()
            return self._token

    def renew(self, rejected: requests.PreparedRequest) -> bool:
        """Forget the token of a request that was answered with 401, unless another thread has replaced it already."""
        with self._lock:
            if self._token is not None and rejected.headers.get("X-Auth-Token") == self._token.value:
                self._token = None
        return True

    def _plugin(self) -> Any:
        """A new one each time: those of OpenID Connect keep what they got."""
        return self.credentials.plugin(f"{self._transport.endpoint}/v3", self.scope)

    def _signed_in(self) -> Token:
        courier = _Courier(self._transport, self.credentials.addresses)
        try:
            access = self._plugin().get_auth_ref(courier)
            return _token_of(access.auth_token, courier.answer, self._clock())
        except IMSError:
            raise
        except _NO_TOKEN as error:
            raise self._no_token(error) from error

    def _no_token(self, error: Exception) -> MalformedAnswer:
        return MalformedAnswer(
            f"{self._transport.host} answered the sign-in with something that is no token; is this the address of an"
            " IAM (Keystone v3)?",
            detail=f"{type(error).__name__}: {error}"[:300],
            method="POST",
            path="/v3/auth/tokens",
        )


#: What keystoneauth and we make of an answer that is no token.
_NO_TOKEN = (keystone.ClientException, KeyError, TypeError, ValueError, AttributeError, AssertionError)


class PasswordAuth(TokenAuth):
    """A sign-in by user and password (3.1), in one line.

    The scope is the project given by id or name, or the domain with `domain_scope`; with neither the token is unscoped.
    """

    def __init__(  # noqa: PLR0913 - what a sign-in needs
        self,
        iam_endpoint: str,
        user: str,
        password: str,
        domain: str = "",
        *,
        project_id: str = "",
        project_name: str = "",
        project_domain: str = "",
        domain_scope: bool = False,
        verify: Verify = True,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        hooks: Sequence[Hook] = (),
        clock: Callable[[], datetime] = _now,
    ) -> None:
        super().__init__(
            iam_endpoint,
            PasswordCredentials(user, password, domain),
            Scope(project_id, project_name, project_domain, domain=domain_scope),
            verify=verify,
            timeout=timeout,
            retry=retry,
            hooks=hooks,
            clock=clock,
        )


class _Courier(Session):
    """Lets keystoneauth write the sign-in and find the token, and carries the requests over our own transport.

    So timeouts, retries, request ids, logging and the family of errors are the same as for every other call. Those of
    OpenID Connect go to their provider, too: to https, or where somebody has entered an address without.
    """

    def __init__(self, transport: Transport, addresses: Sequence[str] = ()) -> None:
        super().__init__(user_agent=USER_AGENT)
        self._transport = transport
        self._entered = frozenset(map(origin_of, addresses))
        self.answer: Answer | None = None

    def request(  # type: ignore[override]  # of its thirty options the sign-in uses five
        self,
        url: str,
        method: str,
        json: object | None = None,
        data: Mapping[str, str | None] | None = None,
        headers: Mapping[str, str] | None = None,
        requests_auth: tuple[str, str] | None = None,
        **_: Any,
    ) -> requests.Response:
        body, content_type = _form(data) if data is not None else json_body(json) if json is not None else (None, {})
        transport, path = self._towards(url)
        call = Call(
            method,
            path,
            body=body,
            headers={**(headers or {}), **content_type, **_basic(requests_auth)},
            repeatable=True,  # a second token does no harm
        )
        self.answer = transport.send(call)
        response = requests.Response()
        response.status_code = self.answer.status
        response.headers.update(self.answer.headers)
        response.raw = io.BytesIO(self.answer.body)
        response.encoding = "utf-8"
        return response

    def _towards(self, url: str) -> tuple[Transport, str]:
        own = self._transport
        if url.startswith(f"{own.endpoint}/"):
            return own, url.removeprefix(own.endpoint)
        origin = origin_of(url)
        if not origin.startswith("https://") and origin not in self._entered:
            raise InvalidCall(f"The provider wants the sign-in sent to {origin}, in the clear, which nobody entered.")
        return own.towards(origin), url.removeprefix(origin)


def _form(data: Mapping[str, str | None]) -> tuple[bytes, dict[str, str]]:
    fields = {name: value for name, value in data.items() if value is not None}
    return urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def _basic(pair: tuple[str, str] | None) -> dict[str, str]:
    """As keystoneauth sends it, without the encoding of RFC 6749, 2.3.1: what works there is to work here."""
    if pair is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(":".join(pair).encode()).decode()}


class _Named(msgspec.Struct):
    id: str = ""
    name: str = ""


class _InDomain(_Named):
    domain: _Named | None = None


class _Facts(msgspec.Struct):
    expires_at: str
    issued_at: str | None = None
    project: _InDomain | None = None
    domain: _Named | None = None
    user: _InDomain | None = None
    catalog: list[dict[str, Any]] | None = None


class _Body(msgspec.Struct):
    token: _Facts


def _token_of(value: str | None, answer: Answer | None, now: datetime) -> Token:
    """The token and what its body tells (3.1 prints no more than `expires_at` and the catalogue)."""
    if not value or answer is None:
        raise TypeError("the answer has no X-Subject-Token")
    if not value.isascii() or not value.isprintable():
        raise ValueError("X-Subject-Token holds characters that no header can carry")
    facts = answer.read_as(_Body).token
    expires_at = parse_time(facts.expires_at)
    if expires_at is None:
        raise ValueError(f"expires_at is no time: {facts.expires_at!r}")
    # two moments of one clock, IAM's; ours may be wrong, and only has to go on from here
    life = expires_at - (parse_time(facts.issued_at) or http_date(answer.headers.get("Date", "")) or now)
    project = facts.project or _InDomain()
    domain = facts.domain or (facts.user and facts.user.domain) or _Named()
    return Token(
        value=value,
        expires_at=expires_at,
        renew_at=now + life - min(_MARGIN, max(timedelta(0), life / 10)),
        project_id=project.id,
        project_name=project.name,
        project_domain_id=project.domain.id if project.domain else "",
        domain_id=domain.id,
        user_id=facts.user.id if facts.user else "",
        catalog=tuple(facts.catalog or ()),
    )
