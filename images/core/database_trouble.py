"""What keeps the console from writing at all: a database that only reads, a disk that is full, a database that is away.

None of them is the fault of a row or of a person: whoever goes through rows stops, whoever asks is told in plain words,
and all of it passes by itself once somebody has mended it.
"""

import errno
import sqlite3
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from images.ims.failures import causes_of


class Unwell(StrEnum):
    READ_ONLY = "read-only"
    FULL = "full"
    AWAY = "away"


SENTENCES: Final[dict[Unwell, str | Promise]] = {
    Unwell.READ_ONLY: gettext_lazy(
        "The database can only be read at the moment. Nothing can be changed until that is over."
    ),
    Unwell.FULL: gettext_lazy("The disk is full. Nothing can be changed until there is room again."),
    Unwell.AWAY: gettext_lazy("The database does not answer at the moment."),
}
MEASURES: Final[dict[Unwell, str | Promise]] = {
    Unwell.READ_ONLY: gettext_lazy(
        "If another server has taken over, point DATABASE_URL at it; else make this one writable again."
    ),
    Unwell.FULL: gettext_lazy("Make room on the disk of the database, and of VAR_DIR and UPLOAD_DIR."),
    Unwell.AWAY: gettext_lazy("Start it, and look at DATABASE_URL."),
}
#: SQLSTATE → meaning, on PostgreSQL.
_STATES: Final = {
    "25006": Unwell.READ_ONLY,
    "53100": Unwell.FULL,
    "57P01": Unwell.AWAY,
    "57P02": Unwell.AWAY,
    "57P03": Unwell.AWAY,
    "53300": Unwell.AWAY,
}
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def unwell(error: BaseException) -> Unwell | None:
    """Which of them is behind an error; None: another fault."""
    for cause in causes_of(error):
        if isinstance(cause, sqlite3.Error):
            found = _of_sqlite(cause)
        elif isinstance(cause, OSError):
            found = Unwell.FULL if cause.errno in _FULL else None
        else:
            found = _of_postgresql(cause)
        if found:
            return found
    return None


def _of_sqlite(error: sqlite3.Error) -> Unwell | None:
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_READONLY"):
        return Unwell.READ_ONLY
    if name in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}:
        return Unwell.FULL
    return Unwell.AWAY if name.startswith("SQLITE_CANTOPEN") else None


def _of_postgresql(error: BaseException) -> Unwell | None:
    """Without importing psycopg, which is not there where SQLite is used."""
    if type(error).__module__.partition(".")[0] != "psycopg":
        return None
    state = getattr(error, "sqlstate", None)
    if state is None:  # it came from no server
        return (
            Unwell.AWAY if type(error).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"} else None
        )
    return _STATES.get(state) or (Unwell.AWAY if state.startswith("08") else None)
