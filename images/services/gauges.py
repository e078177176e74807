"""What the rows say at the moment of a scrape: what waits, how fresh the copies are, who is at work.

Four queries, none of which grows with the images.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Max, Min, Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from images.enums import FINAL_OPERATIONS, OperationState
from images.models import Job, Operation, Process, Project


class Standing(Collector):
    """Gauges that are read from the database each time."""

    def collect(self) -> Iterator[Metric]:
        """Raises DatabaseError."""
        now = timezone.now()
        yield from _operations(now)
        yield from _jobs()
        yield from _projects(now)
        yield from _processes(now)


def _operations(now: datetime) -> Iterator[Metric]:
    states = _gauge("operations_open", "Operations that have not ended", "state")
    items = _gauge("operation_items_open", "Images of operations that wait or are under way", "state")
    oldest = _gauge("operation_waiting_seconds", "Age of the oldest operation that nobody has begun; 0 without one")
    waiting = running = 0
    age = 0.0
    open_ones = Operation.objects.exclude(state__in=FINAL_OPERATIONS).order_by().values("state")
    for row in open_ones.annotate(n=Count("pk"), w=Sum("waiting"), r=Sum("running"), first=Min("created_at")):
        states.add_metric([row["state"]], row["n"])
        waiting, running = waiting + row["w"], running + row["r"]
        if row["state"] == OperationState.WAITING:
            age = _seconds(row["first"], now)
    items.add_metric(["waiting"], waiting)
    items.add_metric(["running"], running)
    oldest.add_metric([], age)
    yield from (states, items, oldest)


def _jobs() -> Iterator[Metric]:
    followed = _gauge("jobs_followed", "Jobs of IMS that are asked about until they end")
    followed.add_metric([], Job.objects.filter(poll_at__isnull=False).count())
    yield followed


def _projects(now: datetime) -> Iterator[Metric]:
    age = _gauge("sync_age_seconds", "Since the last good synchronisation began", "project", "region")
    failing = _gauge("sync_failing", "1 where the last synchronisation failed", "project", "region")
    rows = Project.objects.managed().order_by().values_list("name", "region__name", "synced_at", "error")
    for name, region, synced_at, error in rows:
        if synced_at:
            age.add_metric([name, region], _seconds(synced_at, now))
        failing.add_metric([name, region], int(bool(error)))
    yield from (age, failing)


def _processes(now: datetime) -> Iterator[Metric]:
    silent = _gauge("process_silent_seconds", "Since a worker or scheduler last was heard of", "kind", "queues")
    for row in Process.objects.order_by().values("kind", "queues").annotate(last=Max("seen_at")):
        silent.add_metric([row["kind"], row["queues"]], _seconds(row["last"], now))
    yield silent


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"console_{name}", text, labels=labels)


def _seconds(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
