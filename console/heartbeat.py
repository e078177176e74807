"""Workers and the scheduler say every few seconds that they are there (images/services/processes.py).

From the process that leads a worker, not from its pool: a pool that is busy for an hour is no dead worker.
"""

import logging
import time
from typing import Any

from celery import bootsteps
from celery.beat import PersistentScheduler
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from prometheus_client import CollectorRegistry, multiprocess, start_http_server

logger = logging.getLogger(__name__)


class Heartbeat(bootsteps.StartStopStep):
    """A step of each worker's start (celery: «Extensions and Bootsteps»)."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, parent: Any, **_options: object) -> None:
        super().__init__(parent)
        self._entry: Any = None

    def start(self, parent: Any) -> None:
        from images.services.processes import EVERY

        self._beat(parent)
        self._entry = parent.timer.call_repeatedly(EVERY, self._beat, (parent,))

    def stop(self, _parent: Any) -> None:
        from images.enums import ProcessKind
        from images.services.processes import leave

        if self._entry is not None:
            self._entry.cancel()
        _to_database(lambda: leave(ProcessKind.WORKER))

    def _beat(self, parent: Any) -> None:
        from images.enums import ProcessKind
        from images.services.processes import tell

        queues = list(parent.app.amqp.queues.consume_from)
        _to_database(lambda: tell(ProcessKind.WORKER, queues))


class Figures(bootsteps.StartStopStep):
    """Serves /metrics from a worker whose machine has no web process (WORKER_METRICS_PORT)."""

    def __init__(self, parent: Any, **_options: object) -> None:
        super().__init__(parent)
        self._server: Any = None

    def start(self, _parent: Any) -> None:
        if settings.WORKER_METRICS_PORT:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)
            self._server, _thread = start_http_server(settings.WORKER_METRICS_PORT, registry=registry)

    def stop(self, _parent: Any) -> None:
        if self._server is not None:
            self._server.shutdown()


class Scheduler(PersistentScheduler):
    """Celery's own, which also says that it is there."""

    _told = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        from images.enums import ProcessKind
        from images.services.processes import EVERY, tell

        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            _to_database(lambda: tell(ProcessKind.SCHEDULER))
        return float(super().tick(*args, **kwargs))

    def close(self) -> None:
        from images.enums import ProcessKind
        from images.services.processes import leave

        super().close()
        _to_database(lambda: leave(ProcessKind.SCHEDULER))


def _to_database(write: Any) -> None:
    """A database that is away is no reason for a worker to end. The connection is not kept: pools fork from here."""
    close_old_connections()
    try:
        write()
    except DatabaseError as error:
        logger.warning("no sign of life could be written: %s", error)
    finally:
        connection.close()
