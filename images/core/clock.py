"""The one clock that all machines share: the database's.

What one process writes and another compares (claims, due moments, deadlines, signs of life) is told by it, so that a
machine whose own clock is a day off neither takes what is others' nor keeps what is not its own. Statements that claim
use `Now()`, which PostgreSQL reads when the statement begins, not its transaction; `now()` is the same moment for
Python. On SQLite both are the clock of the one machine that everything runs on.
"""

import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.backends.signals import connection_created
from django.db.models.functions import Now

__all__ = ["Now", "ahead", "forget", "now"]

#: Seconds for which a reading serves; between two of them a counter goes on that nobody sets. It may be wrong by 500
#: millionths (what NTP slews at most), so by 5 ms.
FRESH: Final = 10.0
#: Goes on while the machine sleeps, where there is one that does.
_COUNTER: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
#: SQLite tells milliseconds.
_ROUNDED: Final = timedelta(milliseconds=50)
_lock = threading.Lock()
#: The counter, and the database's clock at that moment.
_reading: tuple[float, datetime] | None = None


def now() -> datetime:
    """This moment, in UTC. Asks the database every ten seconds and after each new connection, which may lead to
    another server. Raises DatabaseError; not for threads that have no business with the database."""
    reading = _reading
    passed = time.clock_gettime(_COUNTER) - reading[0] if reading else FRESH
    if reading is None or not 0 <= passed < FRESH:
        with _lock:
            reading = _read()
        passed = time.clock_gettime(_COUNTER) - reading[0]
    return reading[1] + timedelta(seconds=passed)


def ahead() -> float:
    """Seconds by which this machine's own clock is ahead of the database's; below 0 it is behind."""
    forget()
    return time.time() - now().timestamp()


def _read() -> tuple[float, datetime]:
    """Never ahead: the answer counts as that of the moment in which it arrived."""
    global _reading  # noqa: PLW0603 # one for the process; a race only asks twice
    connection.ensure_connection()
    with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
        there = _ask(cursor)
    _reading = time.clock_gettime(_COUNTER), there
    return _reading


def _ask(cursor: Any) -> datetime:
    """By a cursor of the driver: it is nobody's query, neither counted nor logged as one."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT clock_timestamp()", prepare=False)
        there: datetime = cursor.fetchone()[0]
        return there.astimezone(UTC)
    cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
    there = datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
    here = datetime.now(UTC)  # the same clock, but to the microsecond, unless somebody has set ours aside
    return here if abs(here - there) < _ROUNDED else there


def forget(**_signal: object) -> None:
    """The next `now` asks again."""
    global _reading  # noqa: PLW0603 # as above
    _reading = None


connection_created.connect(forget, dispatch_uid="images.core.clock")
