"""How the console itself is: database, broker, workers, scheduler; /readyz, the dashboard and `manage.py doctor` ask.

Nothing here raises: what is away is a `Part` that says so, and what to do about it.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from kombu.exceptions import OperationalError

from images.clouds.models import Project, Region
from images.core import clock, humanize
from images.core.database_trouble import MEASURES, SENTENCES, Unwell, unwell
from images.core.enums import ProcessKind, RemarkKind
from images.core.models.process import Process
from images.core.models.remark import Remark
from images.core.process_identity import is_dead, is_here
from images.core.registries.schedule import Queue
from images.core.remarks import recent
from images.operations.models.operation import Lane

logger = logging.getLogger(__name__)

#: Silent for longer than this is away; three signs of life and a slow moment.
AWAY = timedelta(seconds=45)
#: The queues that somebody has to work on, and what does not happen otherwise.
QUEUES = {
    Queue.DEFAULT: gettext_lazy("Images are not synchronised."),
    Queue.OPERATIONS: gettext_lazy("What people ask for waits."),
    Queue.DELIVERIES: gettext_lazy("Nothing goes out by mail or to webhooks."),
}
#: Queue → name and words for who works on it.
_PEOPLE = {
    Queue.DEFAULT: ("workers", gettext_lazy("Workers")),
    Queue.OPERATIONS: ("carriers", gettext_lazy("Carriers")),
    Queue.DELIVERIES: ("couriers", gettext_lazy("Couriers")),
}
#: A process that was started again so often within a short time is not well.
KEEPS_DYING = 5
_COMMANDS = {
    Queue.DEFAULT: "celery -A console worker",
    Queue.OPERATIONS: "celery -A console worker --queues operations",
    Queue.DELIVERIES: "celery -A console worker --queues deliveries",
}


@dataclass(frozen=True, slots=True)
class Part:
    """`tone` is good, wait or bad; `measure` is empty where nothing needs to be done.

    `vital`: without it this web process cannot answer people at all. `alarm`: somebody should be woken while it is not
    good. `word`: the state in one, where it is neither there, quiet nor away.
    """

    name: str
    label: str | Promise
    tone: str
    sentence: str
    measure: str = ""
    vital: bool = False
    alarm: bool = True
    word: str = ""


def parts() -> list[Part]:
    """All of them, the vital ones first. Asks the database, the broker and the cache once each."""
    base = database()
    if base.tone == "bad":
        return [base]
    return [base, broker(), *worker_parts(), shared_cache(), *remark_parts()]


def is_ready(all_parts: Iterable[Part]) -> bool:
    """Whether this process can answer people."""
    return not any(part.vital and part.tone == "bad" for part in all_parts)


# --- the parts -----------------------------------------------------------------------------------------------------
def database() -> Part:
    label = gettext_lazy("Database")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _check_migrations()
        if _only_reads():
            return _unwell(label, Unwell.READ_ONLY)
    except _Missing as missing:
        count = missing.args[0]
        sentence = ngettext("%(n)d migration is missing.", "%(n)d migrations are missing.", count) % {"n": count}
        return Part("database", label, "bad", sentence, _("Run: python manage.py migrate"), vital=True)
    except DatabaseError as error:
        logger.warning("the database does not answer: %s", error)
        reason = unwell(error) or Unwell.AWAY
        if reason is not Unwell.AWAY:
            return _unwell(label, reason)
        sentence, measure = _("It does not answer."), _("Start it, and look at DATABASE_URL.")
        return Part("database", label, "bad", sentence, measure, vital=True)
    return Part("database", label, "good", connection.display_name, vital=True)


def _unwell(label: str | Promise, reason: Unwell) -> Part:
    return Part("database", label, "bad", str(SENTENCES[reason]), str(MEASURES[reason]), vital=True)


def _only_reads() -> bool:
    """A standby, or a server or file that takes no changes. Raises DatabaseError."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW transaction_read_only")
            return bool(cursor.fetchone()[0] == "on")
        cursor.execute("PRAGMA query_only")
        return bool(cursor.fetchone()[0]) or (not connection.in_atomic_block and _cannot_begin(cursor))


def _cannot_begin(cursor: Any) -> bool:
    """Whether SQLite takes no writer. Somebody who writes at this moment is not waited for: then it does."""
    cursor.execute("PRAGMA busy_timeout")
    usual = cursor.fetchone()[0]
    cursor.execute("PRAGMA busy_timeout = 0")
    try:
        cursor.execute("BEGIN IMMEDIATE")  # SQLite takes this for a plain BEGIN where it can only read
        try:
            cursor.execute("PRAGMA user_version = 0")
        finally:
            cursor.execute("ROLLBACK")
    except DatabaseError as error:
        return unwell(error) is Unwell.READ_ONLY
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {int(usual)}")
    return False


def broker() -> Part:
    """A broker that is away loses nothing: the scheduler finds what is due as soon as it is back."""
    label = gettext_lazy("Broker")
    try:
        with current_app.connection_for_write(transport_options=_IMPATIENT) as link:
            link.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OperationalError, OSError) as error:
        logger.warning("the broker does not answer: %s", error)
        sentence = _("It does not answer. What is asked for is kept, and done as soon as it is back.")
        return Part("broker", label, "bad", sentence, _("Start it, and look at BROKER_URL."))
    return Part("broker", label, "good", settings.CELERY_BROKER_URL.partition(":")[0])


#: What a broker raises that is away.
BROKER_AWAY = (OperationalError, OSError)


def messages_waiting() -> dict[str, int]:
    """How many messages lie in each queue that nobody has taken. Raises one of BROKER_AWAY."""
    counts: dict[str, int] = {}
    with current_app.connection_for_write(transport_options=_IMPATIENT) as link:
        link.ensure_connection(max_retries=1, interval_start=0, timeout=2)
        for queue in QUEUES:
            with link.channel() as channel:  # of its own: RabbitMQ closes one in which a queue is not known
                try:
                    counts[queue] = int(channel.queue_declare(queue, passive=True).message_count)
                except link.channel_errors:
                    counts[queue] = 0
    return counts


_IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 2}


def worker_parts() -> list[Part]:
    """Workers of each queue and the scheduler, from the signs of life that they give; one query when all are there."""
    rows = list(Process.objects.order_by("seen_at"))
    silent_since = clock.now() - AWAY
    processes = [row for row in rows if row.seen_at >= silent_since and not is_dead(row.name)]
    return [*(_workers(queue, processes) for queue in QUEUES), _scheduler(processes, rows)]


def is_alive_here(kind: ProcessKind, queue: str = "") -> bool:
    """Whether a process of this kind (a worker: on this queue) has told of late that it is there, and has its VAR_DIR
    in common with us: in a container that is its only one. Raises DatabaseError when the database is away."""
    rows = Process.objects.filter(kind=kind, seen_at__gte=clock.Now() - AWAY)
    return any(is_here(row.name) and (not queue or queue in row.queues.split(",")) for row in rows)


def shared_cache() -> Part:
    label = gettext_lazy("Cache")
    try:
        caches["default"].set("standing", "there", 10)
        answers = caches["default"].get("standing") == "there"
    except Exception as error:  # noqa: BLE001 # each backend has a family of errors of its own
        logger.warning("the cache does not answer: %s", error)
        answers = False
    if answers:
        return Part("cache", label, "good", _("It answers."))
    return Part("cache", label, "bad", _("It does not answer."), _("Start it, and look at CACHE_URL."))


# --- what processes noticed ---------------------------------------------------------------------------------------
def remark_parts() -> list[Part]:
    """Only what was noticed of late. What works again is told, and wakes nobody."""
    now = clock.now()
    tell = {RemarkKind.CHILD: _child, RemarkKind.MESSAGE: _messages, RemarkKind.PROXY: _header}
    return [tell[RemarkKind(remark.kind)](remark, now) for remark in recent(*tell)]


def _child(remark: Remark, now: datetime) -> Part:
    """A process of the embedded mode that its parent started again (console/supervisor.py)."""
    words_ = {"n": remark.count, "ago": humanize.ago(remark.seen_at, now)}
    sentence = ngettext(
        "It ended by itself once, %(ago)s, and was started again.",
        "It ended by itself %(n)d times within a short time, the last time %(ago)s, and was started again each time.",
        remark.count,
    )
    label = gettext_lazy("Process %(name)s")
    keeps_dying = remark.count >= KEEPS_DYING
    measure = _("Look into %(log)s.") % {"log": f"{settings.VAR_DIR}/log/{remark.name}.log"}
    tone = "bad" if keeps_dying else "wait"
    return Part(f"process-{remark.name}", label % {"name": remark.name}, tone, sentence % words_, measure,
                alarm=keeps_dying, word=_("started again"))  # fmt: skip


def _header(remark: Remark, now: datetime) -> Part:
    """What the web processes saw, in the words of their settings (console/client.py)."""
    effect = {
        "X-Forwarded-For": _("All people share one address, in the audit and for limits."),
        "X-Forwarded-Proto": _("The console does not know that people come by HTTPS."),
    }
    sentence = _("Requests come without %(header)s, the last one %(ago)s. %(effect)s") % {
        "header": remark.name,
        "ago": humanize.ago(remark.seen_at, now),
        "effect": effect.get(remark.name, ""),
    }
    measure = _("Let the proxy set it (docs/deploy.md), correct PROXY_COUNT, or set BEHIND_PROXY=false without one.")
    name = f"proxy-{remark.name.lower()}"
    return Part(name, gettext_lazy("Proxy"), "wait", sentence, measure, alarm=False, word=_("says too little"))


def _messages(remark: Remark, now: datetime) -> Part:
    sentence = ngettext(
        "A message in queue %(queue)s could not be read, %(ago)s. Nothing was lost.",
        "%(n)d messages in queue %(queue)s could not be read, the last one %(ago)s. Nothing was lost.",
        remark.count,
    ) % {"n": remark.count, "queue": remark.name, "ago": humanize.ago(remark.seen_at, now)}
    measure = _("Find out who sends them. They are kept in var/broker/unreadable/ of the worker that met them.")
    return Part(f"messages-{remark.name}", gettext_lazy("Messages"), "wait", sentence, measure,
                alarm=False, word=_("unreadable"))  # fmt: skip


def _workers(queue: Queue, processes: Sequence[Process]) -> Part:
    name, label = _PEOPLE[queue]
    count = sum(1 for row in processes if row.kind == ProcessKind.WORKER and queue in row.queues.split(","))
    if count:
        return Part(name, label, "good", ngettext("%(n)d at work.", "%(n)d at work.", count) % {"n": count})
    if _is_held(queue):  # it works, but cannot say so just now
        return Part(name, label, "wait", _("One is at work, but has not said so for a while."))
    sentence = _("None is there. %(effect)s") % {"effect": QUEUES[queue]}
    return Part(name, label, "bad", sentence, _("Start one: %(command)s") % {"command": _COMMANDS[queue]})


def _is_held(queue: Queue) -> bool:
    if queue == Queue.DELIVERIES:
        return False
    holders = (Lane,) if queue == Queue.OPERATIONS else (Project, Region)
    owners = (
        owner
        for rows in holders
        for owner in rows._default_manager.filter(lease_until__gt=clock.Now()).values_list("lease_owner", flat=True)
    )
    return any(not is_dead(owner) for owner in owners)


def _scheduler(processes: Sequence[Process], rows: Sequence[Process]) -> Part:
    label = gettext_lazy("Scheduler")
    count = sum(1 for row in processes if row.kind == ProcessKind.SCHEDULER)
    if count:
        sentence = _("%(n)d are there; the work is done once all the same.") if count > 1 else _("It is there.")
        return Part("scheduler", label, "good", sentence % {"n": count})
    seen = [row.seen_at for row in rows if row.kind == ProcessKind.SCHEDULER]
    ago = humanize.ago(seen[-1], clock.now()) if seen else ""
    sentence = _("Last seen %(ago)s.") % {"ago": ago} if seen else _("It was never seen.")
    return Part("scheduler", label, "bad", sentence, _("Start it: celery -A console beat"))


class _Missing(Exception):
    """So many migrations have not been applied."""


@cache
def _check_migrations() -> None:
    """Raises _Missing. Remembered once none is missing: they do not go again, and the graph takes 50 ms to read."""
    executor = MigrationExecutor(connection)
    if missing := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
        raise _Missing(missing)
