"""When which holder is synchronised: every so often, when somebody asks for it, and again some time after a failure.

The rows say what is due; a ring only makes it happen sooner. Two rings for one holder are harmless: the second finds it
claimed.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Max, Q, QuerySet

from images.cache.services.leases import free_what_died
from images.cache.services.publication import Holder
from images.clouds.models import Project, Region
from images.core import clock
from images.core.wake import wake_up

logger = logging.getLogger(__name__)

TASK = "images.sync_holder"


def ref_of(holder: Holder) -> str:
    """How a message names a holder: "p12" or "r3"."""
    return f"{'p' if isinstance(holder, Project) else 'r'}{holder.pk}"


def holder_of(ref: str) -> Holder | None:
    """The holder that a message names; None when it was removed meanwhile."""
    pk = int(ref[1:])
    if ref[0] == "p":
        return Project.objects.select_related("region", "account").filter(pk=pk).first()
    return Region.objects.filter(pk=pk).first()


def managed_holders() -> list[Holder]:
    """Every managed project, and each of their regions once."""
    projects = list(Project.objects.managed().select_related("region", "account"))
    regions = {project.region_id: project.region for project in projects}
    return [*projects, *regions.values()]


def want(holder: Holder, *, full: bool = False) -> None:
    """Somebody asks for a synchronisation now: noted in the row first, then rung for. A full one is worth two quick."""
    rows = type(holder)._default_manager.filter(pk=holder.pk)
    if full:
        rows.update(wanted="full")
    else:
        rows.exclude(wanted="full").update(wanted="quick")
    wake_up(TASK, ref_of(holder))


def wake_for_due() -> int:
    """Rings for each holder that is due and that nobody is working on; returns how many."""
    for holders in (Project, Region):
        if free_what_died(holders):
            logger.warning("a synchronisation of a %s ended half-way", holders._meta.verbose_name)
    due = [*_due(Project.objects.managed()), *_due(Region.objects.filter(projects__enabled=True).distinct())]
    for holder in due:
        wake_up(TASK, ref_of(holder))
    return len(due)


def is_crowded(holder: Holder) -> bool:
    """Whether enough others of its cloud are being synchronised at this moment.

    A cloud that hardly answers holds each worker for minutes: it gets SYNC_PER_CLOUD of them, and one while nothing has
    answered since its last failure.
    """
    projects, regions = _of_cloud(holder)
    running = Q(lease_until__gt=clock.Now())
    if isinstance(holder, Project):
        others = projects.filter(running).exclude(pk=holder.pk).count() + regions.filter(running).count()
    else:
        others = projects.filter(running).count() + regions.filter(running).exclude(pk=holder.pk).count()
    return others >= (1 if _fails(projects) else settings.SYNC_PER_CLOUD)


def wake_for_next(holder: Holder) -> None:
    """A place has become free at this holder's cloud: whoever found it crowded comes next."""
    projects, regions = _of_cloud(holder)
    due = [*_due(projects), *_due(regions.filter(projects__enabled=True).distinct())]
    for one in [one for one in due if one != holder][: settings.SYNC_PER_CLOUD]:
        wake_up(TASK, ref_of(one))


def _of_cloud(holder: Holder) -> tuple["QuerySet[Project]", "QuerySet[Region]"]:
    cloud = holder.region.cloud if isinstance(holder, Project) else holder.cloud
    return Project.objects.managed().filter(region__cloud=cloud), Region.objects.filter(cloud=cloud)


def _fails(projects: "QuerySet[Project]") -> bool:
    """Whether the last that was heard of the cloud is a failure."""
    last = projects.order_by().aggregate(failed=Max("error_at"), answered=Max("contact_at"))
    return last["failed"] is not None and (last["answered"] is None or last["failed"] > last["answered"])


def _due(holders: "QuerySet[Project] | QuerySet[Region]") -> list[Holder]:
    now = clock.now()
    stale = Q(synced_at=None) | Q(synced_at__lt=now - timedelta(seconds=settings.SYNC_INTERVAL))
    may_try = Q(retry_at=None) | Q(retry_at__lte=now)
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return list(holders.filter(free & (~Q(wanted="") | (stale & may_try))))


def full_is_due(holder: Holder) -> bool:
    """Deletions are looked for every SYNC_FULL_INTERVAL seconds, and when somebody asks for it."""
    limit = clock.now() - timedelta(seconds=settings.SYNC_FULL_INTERVAL)
    return holder.wanted == "full" or holder.full_synced_at is None or holder.full_synced_at < limit
