"""One carrier for each project at a time: a claim in the project's lane, renewed while the carrier lives.

So nothing is sent twice at once, the parallel calls of a project have one bound, and throttling slows all of them. When
the carrier dies its claim runs out (at once when it is proved that its process is gone), and whoever takes the lane
finds in the rows what it left half done. All moments are those of the database's clock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from images.cache.services import leases
from images.cache.services.leases import new_owner
from images.clouds.models import Project
from images.core.clock import Now
from images.operations.models.operation import Lane

LEASE = timedelta(seconds=30)
RENEW_EVERY = 5.0

__all__ = ["claim", "give_back", "hold", "new_owner", "pause", "paused_until", "renew", "still_ours"]


def claim(project_id: int, owner: str) -> bool:
    """Whether the lane is ours now."""
    lane, _created = Lane.objects.get_or_create(project_id=project_id)
    rows = Lane.objects.filter(project_id=project_id)
    if rows.filter(leases.is_free(lane.lease_owner)).update(lease_owner=owner, lease_until=Now() + LEASE):
        return True
    leases.shorten(rows, lane.lease_until, LEASE)
    return False


def renew(project_ids: list[int], owner: str) -> set[int]:
    """Prolongs the claims; returns those that are still ours."""
    ours = Lane.objects.filter(project_id__in=project_ids, lease_owner=owner)
    ours.update(lease_until=Now() + LEASE)
    return set(ours.values_list("project_id", flat=True))


def still_ours(project_id: int, owner: str) -> bool:
    """Inside a transaction that writes; nobody can take the lane before it ends."""
    lane = Lane.objects.select_for_update().filter(project_id=project_id, lease_owner=owner)
    return lane.values_list("pk").first() is not None


def hold(project_ids: Iterable[int] | QuerySet[Any, Any]) -> None:
    """Inside a transaction: no carrier writes for these projects before it ends."""
    list(Lane.objects.select_for_update().filter(project__in=project_ids).order_by("pk").values_list("pk"))


def give_back(project_ids: list[int], owner: str) -> None:
    Lane.objects.filter(project_id__in=project_ids, lease_owner=owner).update(lease_owner="", lease_until=None)


def pause(project_id: int, seconds: float, reason: str) -> None:
    """Nobody sends anything to the project before this has passed; a longer pause that is on stays."""
    until = Now() + timedelta(seconds=seconds)
    Lane.objects.filter(Q(paused_until=None) | Q(paused_until__lt=until), project_id=project_id).update(
        paused_until=until, pause_reason=reason[:200]
    )


def paused_until(project_id: int) -> datetime | None:
    """None: not paused now."""
    lane = Lane.objects.filter(project_id=project_id, paused_until__gt=Now()).first()
    return lane.paused_until if lane else None


def projects_by_pk(pks: set[int]) -> dict[int, Project]:
    return Project.objects.select_related("account", "region").in_bulk(list(pks))
