"""The console over HTTP for a browser: real templates and static files, on the database of the running test."""

import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread

Start = Callable[..., Any]


class OneAtATime:
    """A WSGI application that answers one request after the other.

    The suite's database lives in memory, on one connection that all threads of the server share; two requests inside
    one transaction would see each other's half-done work. Static files are served outside of the lock.
    """

    def __init__(self, application: Callable[[dict[str, Any], Start], Iterable[bytes]]) -> None:
        self._application = application
        self.lock = threading.RLock()

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        with self.lock:
            answer = self._application(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                close = getattr(answer, "close", None)
                if close:
                    close()


class Server:
    """Started once per worker, on a free port. `lock` is held while a request is answered."""

    def __init__(self) -> None:
        shared = {}
        for connection in connections.all():
            if connection.vendor == "sqlite" and connection.is_in_memory_db():
                connection.inc_thread_sharing()
                shared[connection.alias] = connection
        self._shared = shared
        self._answering: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._thread = LiveServerThread("127.0.0.1", self._with_static_files, connections_override=shared)
        self._thread.daemon = True
        self._thread.start()
        self._thread.is_ready.wait()
        if self._thread.error:
            raise self._thread.error
        self.url = f"http://127.0.0.1:{self._thread.port}"

    def _with_static_files(self, application: Any) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
        self._guarded = OneAtATime(application)
        answer = StaticFilesHandler(self._guarded)

        def remembering(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
            self._answering.add(threading.current_thread())
            return answer(environ, start_response)

        return remembering

    @property
    def lock(self) -> threading.RLock:
        return self._guarded.lock

    def stop(self) -> None:
        """After the browser has closed: its connections then end by themselves, and with them the threads that hold
        their sockets."""
        self._thread.terminate()
        for thread in list(self._answering):  # ours only: servers of other tests have such threads, too
            thread.join(5)
        for connection in self._shared.values():
            connection.dec_thread_sharing()
