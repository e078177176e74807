"""Connections: one pooled requests.Session per process, thread and kind of TLS verification.

They know three things that requests does not: whether any byte of the request went out (so that "nothing was sent"
is a fact and not a guess from exception texts), whether the peer is an address that is never an image service, and how
long a whole answer may take, headers included. The timeout of a socket begins anew with each byte, so that a peer who
sends one a second would hold us as long as it likes.
"""

import http.client
import io
import os
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from images.ims.addresses import is_blocked

USER_AGENT: Final = "image-console"

_trace = threading.local()
_pool = threading.local()


@dataclass(frozen=True, slots=True)
class Trust:
    """What TLS rests on: whom we believe, and the certificate by which we say who we are.

    `verify`: True for the public authorities, the path of a CA bundle, or False for anybody. `certificate` and `key`:
    PEM, "" for none; the key is not in repr, and no file of ours holds it longer than OpenSSL needs to read it.
    """

    verify: bool | str = True
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    def context(self) -> ssl.SSLContext | None:
        """With the certificate; None without one. Raises ValueError for what is no certificate with its key."""
        if not self.certificate:
            return None
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if self.verify else ssl.CERT_NONE)
        with tempfile.NamedTemporaryFile("w", encoding="ascii", suffix=".pem") as file:  # readable by us alone
            file.write(f"{self.certificate}\n{self.key}\n")
            file.flush()
            try:
                context.load_cert_chain(file.name, password=_refuse_encrypted)
            except ssl.SSLError as error:
                raise ValueError("The certificate and its key do not belong together, or one is damaged.") from error
        return context


def _refuse_encrypted() -> bytes:
    raise ValueError("The key of the certificate is encrypted. Give it without a passphrase.")


#: As of requests, or all of it.
Verify = bool | str | Trust


class AddressBlocked(NewConnectionError):
    """The name leads to an address that we never speak to."""


class AnswerTooSlow(TimeoutError):
    """The whole answer did not come within `seconds`, although the peer may go on sending."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the answer was not complete within {seconds:g} seconds")
        self.seconds = seconds


def begin_watching(patience: float | None = None) -> None:
    """Forget what this thread has sent; call before each attempt. `patience`: seconds for the whole answer, from when
    the request has been sent; None: no limit but that of each piece."""
    _trace.sent = False
    _trace.patience = patience


def something_was_sent() -> bool:
    """Whether this thread has handed any byte of a request to the network since `begin_watching`."""
    return bool(getattr(_trace, "sent", False))


class _Answer(http.client.HTTPResponse):
    """Reads status line, headers and body within the patience of the thread that waits for them."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        patience = getattr(_trace, "patience", None)
        if patience is not None:
            self._reader = _Reader(self.fp.detach(), sock, patience)
            self.fp = io.BufferedReader(self._reader)

    def be_patient(self) -> None:
        """From here on each piece counts for itself: a file may take as long as its line needs."""
        if (reader := getattr(self, "_reader", None)) is not None:
            reader.until = float("inf")


class _Reader(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: Any, patience: float) -> None:
        self._raw, self._sock, self._patience = raw, sock, patience
        self._each = sock.gettimeout()
        self.until = time.monotonic() + patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise AnswerTooSlow(self._patience)
        within = left < (self._each if self._each is not None else float("inf"))
        self._sock.settimeout(left if within else self._each)
        try:
            return self._raw.readinto(buffer)
        except TimeoutError as error:
            if within:
                raise AnswerTooSlow(self._patience) from error
            raise

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Watched(HTTPConnection):
    response_class = _Answer
    refuses: Callable[[str], bool] = staticmethod(is_blocked)

    def _new_conn(self) -> Any:
        sock = super()._new_conn()
        # Asked of the connected socket, not of the name: a name may resolve differently a moment later.
        peer = str(sock.getpeername()[0])
        if self.refuses(peer):
            sock.close()
            raise AddressBlocked(self, f"{peer} is an address that is not spoken to")
        return sock

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            # CONNECT to a proxy went through send() as well, but that is not the request.
            _trace.sent = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _trace.sent = True
        super().send(data)


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


def _pools(refuses: Callable[[str], bool]) -> dict[str, type[HTTPConnectionPool]]:
    """Pools whose connections speak to no peer that `refuses` says yes to."""
    told = {"refuses": staticmethod(refuses)}
    plain, tls = type("_Plain", (_Watched,), told), type("_TLS", (_WatchedTLS,), told)
    return {
        "http": type("_Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("_TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": tls, "_validate_conn": _connected}),
    }


def _connected(_pool: HTTPSConnectionPool, connection: HTTPSConnection) -> None:
    """Without urllib3's warning in the log at each call to a service whose certificate is not looked at: the page of
    accounts says so."""
    if connection.is_closed:
        connection.connect()


_POOLS = _pools(is_blocked)


class _Adapter(HTTPAdapter):
    """Watched connections, and no retries of its own: ours know which calls may be repeated."""

    def __init__(self, pools: dict[str, type[HTTPConnectionPool]], context: ssl.SSLContext | None = None) -> None:
        self._pools, self._context = pools, context  # before the parent, which makes its manager at once
        super().__init__(pool_connections=8, pool_maxsize=8, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **{**kwargs, **self._tls()})
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **{**kwargs, **self._tls()})
        manager.pool_classes_by_scheme = self._pools
        return manager

    def _tls(self) -> dict[str, Any]:
        return {"ssl_context": self._context} if self._context else {}


def let_it_take_its_time(response: requests.Response) -> None:
    """The rest of this answer is a file: only each piece of it has a limit."""
    answer = getattr(response.raw, "_original_response", None)
    if isinstance(answer, _Answer):
        answer.be_patient()


def session_for(verify: Verify) -> requests.Session:
    """This thread's session. A forked child gets its own, for sockets must not be shared between processes."""
    if getattr(_pool, "pid", None) != os.getpid():
        _pool.pid = os.getpid()
        _pool.sessions = {}
    sessions: dict[Verify, requests.Session] = _pool.sessions
    if verify not in sessions:
        sessions[verify] = _new_session(verify)
    return sessions[verify]


@contextmanager
def own_session(verify: Verify, refuses: Callable[[str], bool] = is_blocked) -> Iterator[requests.Session]:
    """A session whose connections nobody used before and nobody will after. `refuses`: whom it never speaks to."""
    session = _new_session(verify, _POOLS if refuses is is_blocked else _pools(refuses))
    try:
        yield session
    finally:
        session.close()


def _new_session(verify: Verify, pools: dict[str, type[HTTPConnectionPool]] = _POOLS) -> requests.Session:
    trust = verify if isinstance(verify, Trust) else Trust(verify)
    context = trust.context()
    session = requests.Session()
    session.verify = trust.verify
    # The environment may name proxies (see proxies_for), but ~/.netrc must not add an Authorization to a signed call.
    session.trust_env = False
    # Accounts share a session: a cookie of one must never travel with the call of another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = USER_AGENT
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(pools, context))
    return session


def proxies_for(url: str) -> dict[str, str]:
    """Proxies of the environment (HTTPS_PROXY, NO_PROXY ...) for an address."""
    return dict(requests.utils.get_environ_proxies(url))
