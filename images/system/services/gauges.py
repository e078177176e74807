"""What the rows say at the moment of a scrape: what waits, how fresh the copies are, who is at work.

A dozen queries, none of which grows with the images; and a look at the broker and at the disks.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Max, Min, Sum
from django.db.models.functions import Coalesce
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from images.clouds.models import Project
from images.core import clock
from images.core.enums import RemarkKind
from images.core.models.process import Process
from images.core.models.setback import Setback
from images.core.processes import memory_here, name_here
from images.core.remarks import recent
from images.notices.queries.notices import overdue_since
from images.operations.enums import FINAL_OPERATIONS, OperationState
from images.operations.models.operation import Job, Operation, OperationItem
from images.system.services.health import BROKER_AWAY, messages_waiting


class DatabaseGauges(Collector):
    """Gauges that are read from the database each time."""

    def collect(self) -> Iterator[Metric]:
        """Raises DatabaseError."""
        now = clock.now()
        yield from _operations(now)
        yield from _jobs()
        yield from _projects(now)
        yield from _overdue(now)
        yield from _processes(now)
        yield from _noticed()
        yield from _broker()
        yield from _machine()
        yield from _set_back()


def _operations(now: datetime) -> Iterator[Metric]:
    states = _gauge("operations_open", "Operations that have not ended", "state")
    items = _gauge("operation_items_open", "Images of operations that wait or are under way", "state")
    oldest = _gauge("operation_waiting_seconds", "Age of the oldest operation that nobody has begun; 0 without one")
    counts = {str(state): 0 for state in OperationState if state not in FINAL_OPERATIONS}
    waiting = running = 0
    age = 0.0
    open_ones = Operation.objects.exclude(state__in=FINAL_OPERATIONS).order_by().values("state")
    for row in open_ones.annotate(
        n=Count("pk"), w=Sum("waiting"), r=Sum("running"), first=Min(Coalesce("released_at", "created_at"))
    ):
        counts[row["state"]] = row["n"]
        waiting, running = waiting + row["w"], running + row["r"]
        if row["state"] == OperationState.WAITING:
            age = _seconds(row["first"], now)
    for state, count in counts.items():
        states.add_metric([state], count)
    items.add_metric(["waiting"], waiting)
    items.add_metric(["running"], running)
    oldest.add_metric([], age)
    yield from (states, items, oldest)


def _jobs() -> Iterator[Metric]:
    followed = _gauge("jobs_followed", "Jobs of IMS that are asked about until they end")
    followed.add_metric([], Job.objects.filter(poll_at__isnull=False).count())
    yield followed


def _projects(now: datetime) -> Iterator[Metric]:
    """Names of projects are those of every account's cloud again; only all four labels together are one project."""
    labels = ("account", "region", "project", "project_id")
    age = _gauge("sync_age_seconds", "Since the last good synchronisation began", *labels)
    failing = _gauge("sync_failing", "1 where the last synchronisation failed", *labels)
    rows = Project.objects.managed().order_by()
    for account, region, name, project_id, synced_at, error in rows.values_list(
        "account__name", "region__name", "name", "project_id", "synced_at", "error"
    ):
        if synced_at:
            age.add_metric([account, region, name, project_id], _seconds(synced_at, now))
        failing.add_metric([account, region, name, project_id], int(bool(error)))
    yield from (age, failing)


def _overdue(now: datetime) -> Iterator[Metric]:
    overdue = _gauge(
        "overdue_seconds", "For how long the oldest work has been due that nobody has done; 0 without", "work"
    )
    oldest = {
        "items": OperationItem.objects.filter(finished_at=None, next_at__lte=now).aggregate(at=Min("next_at")),
        "deliveries": {"at": overdue_since(now)},
        "synchronisations": Project.objects.managed().filter(error="").aggregate(at=Min("synced_at")),
    }
    patience = {"synchronisations": settings.SYNC_INTERVAL}
    for work, row in oldest.items():
        since = _seconds(row["at"], now) - patience.get(work, 0) if row["at"] else 0.0
        overdue.add_metric([work], max(0.0, since))
    yield overdue


def _noticed() -> Iterator[Metric]:
    noticed = _gauge("noticed", "What processes noticed about the console itself of late, how often", "kind", "name")
    for remark in recent(*RemarkKind):
        noticed.add_metric([remark.kind, remark.name], remark.count)
    yield noticed


def _broker() -> Iterator[Metric]:
    """Messages that wait. Few brokers tell how old they are; how old the work is stands in the rows."""
    gauge = _gauge("broker_up", "1 when the broker answers")
    waiting = _gauge("broker_messages", "Messages that no worker has taken", "queue")
    try:
        for queue, count in messages_waiting().items():
            waiting.add_metric([queue], count)
        gauge.add_metric([], 1)
    except BROKER_AWAY:
        gauge.add_metric([], 0)
    yield from (gauge, waiting)


def _machine() -> Iterator[Metric]:
    """Room on the disks of this machine."""
    free = _gauge("disk_free_bytes", "Room left where the console keeps files", "place")
    size = _gauge("disk_size_bytes", "All room there", "place")
    for place, folder in (("var", settings.VAR_DIR), ("uploads", settings.UPLOAD_DIR)):
        if Path(folder).exists():
            usage = shutil.disk_usage(folder)
            free.add_metric([place], usage.free)
            size.add_metric([place], usage.total)
    yield from (free, size)


def _processes(now: datetime) -> Iterator[Metric]:
    silent = _gauge("process_silent_seconds", "Since a worker or scheduler last was heard of", "kind", "queues")
    for row in Process.objects.order_by().values("kind", "queues").annotate(last=Max("seen_at")):
        silent.add_metric([row["kind"], row["queues"]], _seconds(row["last"], now))
    memory = _gauge("process_resident_bytes", "Memory of each process", "kind", "queues", "process")
    for kind, queues, name, held in Process.objects.exclude(memory=None).values_list(
        "kind", "queues", "name", "memory"
    ):
        memory.add_metric([kind, queues, name], held or 0)
    if here := memory_here():
        memory.add_metric(["web", "", name_here()], here)
    yield from (silent, memory)


def _set_back() -> Iterator[Metric]:
    put_off = _gauge("rows_put_off", "Rows that the schedule could not get through and tries again later", "sweep")
    for row in Setback.objects.order_by().values("sweep").annotate(n=Count("pk")):
        put_off.add_metric([row["sweep"]], row["n"])
    yield put_off


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"console_{name}", text, labels=labels)


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
