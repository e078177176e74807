"""Connections: one pooled requests.Session per process, thread and kind of TLS verification.

They know three things that requests does not: whether any byte of the request went out (so that "nothing was sent"
is a fact and not a guess from exception texts), whether the peer is an address that is never an image service, and how
long a whole answer may take, headers included. The timeout of a socket begins anew with each byte, so that a peer who
sends one a second would hold us as long as it likes.
"""

import http.client
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from images.ims.addresses import is_blocked

USER_AGENT: Final = "image-console"

_trace = threading.local()
_pool = threading.local()


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
        "https": type("_TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


_POOLS = _pools(is_blocked)


class _Adapter(HTTPAdapter):
    """Watched connections, and no retries of its own: ours know which calls may be repeated."""

    def __init__(self, pools: dict[str, type[HTTPConnectionPool]]) -> None:
        self._pools = pools  # before the parent, which makes its manager at once
        super().__init__(pool_connections=8, pool_maxsize=8, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def let_it_take_its_time(response: requests.Response) -> None:
    """The rest of this answer is a file: only each piece of it has a limit."""
    answer = getattr(response.raw, "_original_response", None)
    if isinstance(answer, _Answer):
        answer.be_patient()


def session_for(verify: bool | str) -> requests.Session:
    """This thread's session. A forked child gets its own, for sockets must not be shared between processes."""
    if getattr(_pool, "pid", None) != os.getpid():
        _pool.pid = os.getpid()
        _pool.sessions = {}
    sessions: dict[bool | str, requests.Session] = _pool.sessions
    if verify not in sessions:
        sessions[verify] = _new_session(verify)
    return sessions[verify]


@contextmanager
def own_session(verify: bool | str, refuses: Callable[[str], bool] = is_blocked) -> Iterator[requests.Session]:
    """A session whose connections nobody used before and nobody will after. `refuses`: whom it never speaks to."""
    session = _new_session(verify, _POOLS if refuses is is_blocked else _pools(refuses))
    try:
        yield session
    finally:
        session.close()


def _new_session(verify: bool | str, pools: dict[str, type[HTTPConnectionPool]] = _POOLS) -> requests.Session:
    session = requests.Session()
    session.verify = verify
    # The environment may name proxies (see proxies_for), but ~/.netrc must not add an Authorization to a signed call.
    session.trust_env = False
    # Accounts share a session: a cookie of one must never travel with the call of another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = USER_AGENT
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(pools))
    return session


def proxies_for(url: str) -> dict[str, str]:
    """Proxies of the environment (HTTPS_PROXY, NO_PROXY ...) for an address."""
    return dict(requests.utils.get_environ_proxies(url))
