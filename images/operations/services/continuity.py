"""Whether the database was put back to an earlier state: a backup, a snapshot, a standby that was a moment behind.

Rows that say "not sent yet" are believed only as far back as the database has gone on unbroken; what was asked for
before that is looked for at the service first (services/work.py). A restore is recognised by what it cannot bring
back:

- PostgreSQL numbers its transactions, and whoever writes the anchor's row anew does so in another one (pg_restore, any
  other loading); it gives databases and tables new numbers when they are made; and it cannot be put back as a whole
  (files, a volume, a virtual machine, a point in time, a standby's promotion) without being started. A start alone is
  taken for a restore as well: it costs a look or two.
- SQLite has nothing of the kind. There each process believes only what was asked for since it began, for files cannot
  be put back under processes that run.
- On both, each carrier leaves a random mark before it sends anything that must not be sent twice, and remembers it. A
  database that shows it another one has been put back under it.
"""

import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection

from images.core import clock, process_identity
from images.operations.models.continuity import Continuity

_ANCHOR, _DATABASE = "anchor", "database"
#: Before anything was ever asked for.
ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
#: A process that has not sent anything for so long need not be remembered.
_FORGOTTEN: Final = timedelta(days=1)
_lock = threading.Lock()
#: Name of this process, the mark that it left last, and since when it has found what it left.
_own: tuple[str, str, datetime] | None = None


def unbroken_since() -> datetime:
    """Whatever was asked for after this moment, and is told to be unsent, is unsent. By the database's clock; leaves
    the mark of this process. Raises DatabaseError."""
    with _lock:
        return max(_by_the_server(), _by_our_own_mark())


def _by_our_own_mark() -> datetime:
    global _own  # noqa: PLW0603 # one for the process
    name, now = process_identity.own(), clock.now()
    found = Continuity.objects.filter(name=name).values_list("mark", flat=True).first()
    if _own is None or _own[0] != name:  # it has not sent anything yet
        since = now if connection.vendor == "sqlite" else ALWAYS
    else:
        since = _own[2] if found == _own[1] else now
    mark = secrets.token_hex(16)
    Continuity.objects.update_or_create(name=name, defaults={"mark": mark, "at": now})
    if found is None:
        stale = Continuity.objects.exclude(name__in=(_ANCHOR, _DATABASE))
        stale.filter(at__lt=now - _FORGOTTEN).delete()
    _own = name, mark, since
    return since


def _by_the_server() -> datetime:
    if connection.vendor != "postgresql":
        return ALWAYS
    here = _mark_of_the_server()
    row, made = Continuity.objects.get_or_create(name=_DATABASE, defaults={"mark": here, "at": clock.now()})
    if not made and row.mark != here:
        now = clock.now()
        rows = Continuity.objects.filter(name=_DATABASE, mark=row.mark)
        rows.update(mark=here, at=now)  # whoever is faster has found the same
        return now
    return row.at


def _mark_of_the_server() -> str:
    Continuity.objects.get_or_create(name=_ANCHOR, defaults={"at": clock.now()})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT concat_ws(' ', d.oid, a.tableoid::bigint, a.xmin, extract(epoch FROM pg_postmaster_start_time()))"
            " FROM images_continuity a, pg_database d WHERE a.name = %s AND d.datname = current_database()",
            [_ANCHOR],
        )
        return str(cursor.fetchone()[0])
