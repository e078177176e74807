"""How the console itself is: database, broker, workers, scheduler; /readyz, the dashboard and `manage.py doctor` ask.

Nothing here raises: what is away is a `Part` that says so, and what to do about it.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from kombu.exceptions import OperationalError

from images import words
from images.enums import ProcessKind
from images.models import Lane, Process, Project, Region
from images.services.leases import is_dead

logger = logging.getLogger(__name__)

#: Silent for longer than this is away; three signs of life and a slow moment.
AWAY = timedelta(seconds=45)
#: The queues that somebody has to work on, and what does not happen otherwise.
QUEUES = {
    "celery": gettext_lazy("Images are not synchronised."),
    "operations": gettext_lazy("What people ask for waits."),
}
_COMMANDS = {
    "celery": "celery -A console worker",
    "operations": "celery -A console worker --queues operations",
}


@dataclass(frozen=True, slots=True)
class Part:
    """`tone` is good, wait or bad; `measure` is empty where nothing needs to be done.

    `vital`: without it this web process cannot answer people at all.
    """

    name: str
    label: str | Promise
    tone: str
    sentence: str
    measure: str = ""
    vital: bool = False


def parts() -> list[Part]:
    """All of them, the vital ones first. Asks the database, the broker and the cache once each."""
    base = database()
    if base.tone == "bad":
        return [base]
    return [base, broker(), *at_work(), shared_cache()]


def is_ready(found: Iterable[Part]) -> bool:
    """Whether this process can answer people."""
    return not any(part.vital and part.tone == "bad" for part in found)


# --- the parts -----------------------------------------------------------------------------------------------------
def database() -> Part:
    label = gettext_lazy("Database")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _check_migrations()
    except _Missing as missing:
        count = missing.args[0]
        sentence = ngettext("%(n)d migration is missing.", "%(n)d migrations are missing.", count) % {"n": count}
        return Part("database", label, "bad", sentence, _("Run: python manage.py migrate"), vital=True)
    except DatabaseError as error:
        logger.warning("the database does not answer: %s", error)
        sentence, measure = _("It does not answer."), _("Start it, and look at DATABASE_URL.")
        return Part("database", label, "bad", sentence, measure, vital=True)
    return Part("database", label, "good", connection.display_name, vital=True)


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


_IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 2}


def at_work() -> list[Part]:
    """Workers of each queue and the scheduler, from the signs of life that they give; one query when all are there."""
    rows = list(Process.objects.order_by("seen_at"))
    silent_since = timezone.now() - AWAY
    there = [row for row in rows if row.seen_at >= silent_since and not is_dead(f"{row.name}:")]
    return [*(_workers(queue, there) for queue in QUEUES), _scheduler(there, rows)]


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


def _workers(queue: str, there: Sequence[Process]) -> Part:
    label = gettext_lazy("Workers") if queue == "celery" else gettext_lazy("Carriers")
    count = sum(1 for row in there if row.kind == ProcessKind.WORKER and queue in row.queues.split(","))
    name = "workers" if queue == "celery" else "carriers"
    if count:
        return Part(name, label, "good", ngettext("%(n)d at work.", "%(n)d at work.", count) % {"n": count})
    if _is_held(queue):  # it works, but cannot say so just now
        return Part(name, label, "wait", _("One is at work, but has not said so for a while."))
    sentence = _("None is there. %(effect)s") % {"effect": QUEUES[queue]}
    return Part(name, label, "bad", sentence, _("Start one: %(command)s") % {"command": _COMMANDS[queue]})


def _is_held(queue: str) -> bool:
    now = timezone.now()
    holders = (Lane,) if queue == "operations" else (Project, Region)
    owners = (
        owner
        for rows in holders
        for owner in rows._default_manager.filter(lease_until__gt=now).values_list("lease_owner", flat=True)
    )
    return any(not is_dead(owner) for owner in owners)


def _scheduler(there: Sequence[Process], rows: Sequence[Process]) -> Part:
    label = gettext_lazy("Scheduler")
    count = sum(1 for row in there if row.kind == ProcessKind.SCHEDULER)
    if count:
        sentence = _("%(n)d are there; the work is done once all the same.") if count > 1 else _("It is there.")
        return Part("scheduler", label, "good", sentence % {"n": count})
    seen = [row.seen_at for row in rows if row.kind == ProcessKind.SCHEDULER]
    ago = words.ago(seen[-1], timezone.now()) if seen else ""
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
