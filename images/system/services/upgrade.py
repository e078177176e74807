"""`manage.py upgrade`: brings database, static files and index to this release while the one before goes on serving.

A migration waits for its locks for less than PostgreSQL takes to look for deadlocks (1 s), and gives up and tries again
later instead: whoever works meanwhile waits no longer than that, and is never the one whom a deadlock is broken with.
"""

import fcntl
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.cache.services import index

#: Milliseconds that a migration waits for a lock, and with it everybody who comes after it for the same table.
LOCK_TIMEOUT = 400
#: Times that it is tried, with ever longer pauses of at most this many seconds: a table that is written without a pause
#: (the first synchronisation of a large project) is waited for some ten minutes.
ATTEMPTS = 120
_LONGEST_PAUSE = 5.0
#: Two upgrades at once take turns by this (any number of our own).
_ADVISORY = 0x1A6E
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


class UpgradeStopped(Exception):
    """It could not be finished; the message says why and what to do. What was done stays, and may be done again."""


def upgrade(*, static: bool = True) -> Iterator[str]:
    """Does it step by step, a sentence for each. Without `static` where the files came with the code (an image).

    May be repeated, and run from several machines at once. Raises UpgradeStopped.
    """
    _check_settings()
    yield _("Settings: good.")
    try:
        with _alone():
            yield _migrated()
            if static:
                call_command("collectstatic", interactive=False, verbosity=0)
                yield _("Static files: collected in %(folder)s.") % {"folder": settings.STATIC_ROOT}
            yield _indexed()
    except DatabaseError as error:
        raise UpgradeStopped(_("The database refused: %(error)s") % {"error": str(error).strip()}) from error


def _check_settings() -> None:
    try:
        call_command("check", deploy=True, fail_level="ERROR", verbosity=0)
    except CommandError as error:
        raise UpgradeStopped(str(error)) from error


@contextmanager
def _alone() -> Iterator[None]:
    """One upgrade at a time; another one waits, and finds everything done."""
    if connection.vendor != "postgresql":
        with Path(settings.VAR_DIR, "upgrade.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY])
    try:
        yield
    finally:
        if connection.is_usable():  # else it went with the connection
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY])


# --- database ------------------------------------------------------------------------------------------------------
def _migrated() -> str:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _impatient():
                call_command("migrate", interactive=False, verbosity=0)
            break
        except OperationalError as error:
            if _state(error) not in {_LOCK_NOT_AVAILABLE, _DEADLOCK}:
                raise
            if attempt == ATTEMPTS:
                raise UpgradeStopped(_busy()) from error
            time.sleep(random.uniform(0.5, 1.0) * min(_LONGEST_PAUSE, attempt))  # noqa: S311 # no secret
    if not missing:
        return _("Database: nothing to do.")
    return ngettext("Database: %(n)d migration.", "Database: %(n)d migrations.", missing) % {"n": missing}


def _busy() -> str:
    return _("A table was in use all the time. Run it again, and look for a transaction that does not end.")


@contextmanager
def _impatient() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_TIMEOUT}")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")


def _state(error: OperationalError) -> str:
    """The five characters of PostgreSQL; "" for others."""
    return str(getattr(error.__cause__, "sqlstate", None) or "")


# --- index ---------------------------------------------------------------------------------------------------------
def _indexed() -> str:
    if index.is_of_this_release():
        return _("Index: nothing to do.")
    index.rebuild()
    return _("Index: made anew.")
