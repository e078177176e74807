"""When which holder is synchronised: every so often, when somebody asks for it, and again some time after a failure.

The rows say what is due; a ring only makes it happen sooner. Two rings for one holder are harmless: the second finds it
claimed.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from images.models import Project, Region
from images.services.cache import Holder
from images.services.doorbell import ring
from images.services.leases import free_what_died

logger = logging.getLogger(__name__)

#: After a failure nobody asks the service again before this, unless a person does.
PAUSE_AFTER_FAILURE = timedelta(seconds=60)
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
    ring(TASK, ref_of(holder))


def ring_for_due() -> int:
    """Rings for each holder that is due and that nobody is working on; returns how many."""
    for holders in (Project, Region):
        if free_what_died(holders):
            logger.warning("a synchronisation of a %s ended half-way", holders._meta.verbose_name)
    due = [*_due(Project.objects.managed()), *_due(Region.objects.filter(projects__enabled=True).distinct())]
    for holder in due:
        ring(TASK, ref_of(holder))
    return len(due)


def _due(holders: "QuerySet[Project] | QuerySet[Region]") -> list[Holder]:
    now = timezone.now()
    stale = Q(synced_at=None) | Q(synced_at__lt=now - timedelta(seconds=settings.SYNC_INTERVAL))
    may_try = Q(error_at=None) | Q(error_at__lt=now - PAUSE_AFTER_FAILURE)
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return list(holders.filter(free & (~Q(wanted="") | (stale & may_try))))


def full_is_due(holder: Holder) -> bool:
    """Deletions are looked for every SYNC_FULL_INTERVAL seconds, and when somebody asks for it."""
    limit = timezone.now() - timedelta(seconds=settings.SYNC_FULL_INTERVAL)
    return holder.wanted == "full" or holder.full_synced_at is None or holder.full_synced_at < limit
