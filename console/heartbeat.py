"""Workers and the scheduler say every few seconds that they are there: to all who ask the database
(images/core/processes.py), and to whoever started them (console/alive.py).

From the process that leads a worker, not from its pool: a pool that is busy for an hour is no dead worker.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from celery import bootsteps
from celery.beat import PersistentScheduler
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from prometheus_client import CollectorRegistry, make_wsgi_app, multiprocess

from console import alive

logger = logging.getLogger(__name__)


class Heartbeat(bootsteps.StartStopStep):  # type: ignore[misc] # celery has no types
    """A step of each worker's start (celery: «Extensions and Bootsteps»)."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, parent: Any, **_options: object) -> None:
        super().__init__(parent)
        self._entry: Any = None
        self._ended = threading.Event()

    def start(self, parent: Any) -> None:
        from images.core.processes import EVERY

        self._beat(parent)
        self._entry = parent.timer.call_repeatedly(EVERY, self._beat, (parent,))
        self._ended.clear()
        threading.Thread(target=self._while_connecting, args=(parent,), daemon=True).start()

    def stop(self, _parent: Any) -> None:
        from images.core.enums import ProcessKind
        from images.core.processes import leave

        self._ended.set()
        if self._entry is not None:
            self._entry.cancel()
        _to_database(lambda: leave(ProcessKind.WORKER))

    def _beat(self, parent: Any) -> None:
        from images.core.enums import ProcessKind
        from images.core.processes import report_alive

        queues = self._go_on(parent)
        _to_database(lambda: report_alive(ProcessKind.WORKER, queues))

    def _go_on(self, parent: Any) -> list[str]:
        queues = list(parent.app.amqp.queues.consume_from)
        for queue in queues:
            alive.beat(queue)
        return queues

    def _while_connecting(self, parent: Any) -> None:
        """The timer stands still while a worker looks for its broker, which may take an hour; that is no hanging."""
        while not self._ended.wait(alive.EVERY):
            consumer = getattr(parent, "consumer", None)
            if consumer is not None and consumer.connection is None:
                self._go_on(parent)


class Figures(bootsteps.StartStopStep):  # type: ignore[misc] # celery has no types
    """Serves /metrics from a worker whose machine has no web process (WORKER_METRICS_PORT)."""

    def __init__(self, parent: Any, **_options: object) -> None:
        super().__init__(parent)
        self._server: WSGIServer | None = None

    def start(self, _parent: Any) -> None:
        if settings.WORKER_METRICS_PORT:
            self._server = serve_figures(settings.WORKER_METRICS_PORT)

    def stop(self, _parent: Any) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def serve_figures(port: int) -> WSGIServer:
    """In a thread of its own, until it is shut down; the figures of the processes of this machine."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    server = make_server("", port, _for_bearers(make_wsgi_app(registry)), _Threading, _Silent)
    threading.Thread(target=server.serve_forever, name="figures", daemon=True).start()
    return server


def _for_bearers(application: WSGIApplication) -> WSGIApplication:
    from images.core.metrics import is_bearer

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if is_bearer(environ.get("HTTP_AUTHORIZATION", "")):
            return application(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"Forbidden: METRICS_TOKEN as bearer token is wanted.\n"]

    return answer


class _Threading(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    timeout = 10  # seconds that somebody may take to ask

    def log_message(self, *_words: object) -> None:
        """Scrapes are no news."""


class Scheduler(PersistentScheduler):  # type: ignore[misc] # celery has no types
    """Celery's own, which also says that it is there. It rings for what the rooms have registered."""

    _told = float("-inf")

    def setup_schedule(self) -> None:
        from images.core.registries.schedule import rhythm

        self.app.conf.beat_schedule = rhythm()
        super().setup_schedule()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        from images.core.enums import ProcessKind
        from images.core.processes import EVERY, report_alive

        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            alive.beat("scheduler")
            _to_database(lambda: report_alive(ProcessKind.SCHEDULER))
            self._right_by_now()
        return float(super().tick(*args, **kwargs))

    def _right_by_now(self) -> None:
        """A clock that was ahead has been set right: what was last run "tomorrow" would not be run before that."""
        for entry in self.schedule.values():
            if entry.last_run_at is not None and entry.last_run_at > self.app.now():
                logger.warning("the clock has been set back; %s is due again from now on", entry.name)
                entry.last_run_at = self.app.now()
                self._heap = None  # made anew by the next tick

    def close(self) -> None:
        from images.core.enums import ProcessKind
        from images.core.processes import leave

        super().close()
        _to_database(lambda: leave(ProcessKind.SCHEDULER))


def _to_database(write: Callable[[], object]) -> None:
    """A database that is away is no reason for a worker to end. The connection is not kept: pools fork from here."""
    close_old_connections()
    try:
        write()
    except DatabaseError as error:
        logger.warning("no sign of life could be written: %s", error)
    finally:
        connection.close()
