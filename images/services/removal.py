"""Removing an account with all that hangs on it: first out of sight, then, by a worker, out of the tables."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from images.models import Account, Image, Project, Region
from images.permissions import check_can_manage_accounts
from images.services import audit, cache, index, writer
from images.services.audit import AuditEvent
from images.services.doorbell import ring
from images.services.operations.abandoning import abandon

logger = logging.getLogger(__name__)

#: Images deleted in one transaction, so that other writers get their turn.
BATCH = 10_000
TASK = "images.clear_removed"


@dataclass(frozen=True, slots=True)
class Burden:
    """What goes when an account goes: its projects, their cached images, and regions that nobody else uses."""

    projects: Sequence[Project]
    images: int
    regions: Sequence[Region]


def burden_of(account: Account) -> Burden:
    """For the page that asks. Nothing of it is at the cloud: there nothing is touched."""
    projects = list(account.projects.select_related("region"))
    regions = _orphans(account)
    images = account.projects.aggregate(images=Sum("image_count"))["images"] or 0
    return Burden(projects, images + sum(region.image_count for region in regions), regions)


def remove_account(*, actor: User, account: Account) -> None:
    """Takes the account and its images out of sight at once; a worker clears the tables. Raises PermissionDenied.

    The secret is gone with this transaction. History of the images stays: it outlives what it tells of.
    """
    check_can_manage_accounts(actor)
    with transaction.atomic():
        account = Account.objects.present().select_for_update().get(pk=account.pk)
        account.projects.update(enabled=False)
        projects = list(account.projects.select_related("region"))
        abandon(projects)
        name = account.name
        for project in projects:
            audit.record(event=AuditEvent.PROJECT_GIVEN_UP, actor=actor, project=project, subject=project)
        audit.record(
            event=AuditEvent.ACCOUNT_REMOVED,
            actor=actor,
            subject=account,
            before=audit.changed(account, ("name", "auth_url", "domain", "username", "access_key")),
            details={"projects": [str(project) for project in projects]},
        )
        # the name is free again at once
        account.name = f"{name[:70]} (removed {account.pk})"
        account.secret, account.removed_at = "", timezone.now()
        account.save(update_fields=["name", "secret", "removed_at"])
        ring(TASK)
    logger.info("account %s removed by %s", name, actor.get_username())


def clear_removed() -> int:
    """Deletes what removed accounts have left; returns how many accounts. Killed anywhere it is simply run again."""
    removed = list(Account.objects.exclude(removed_at=None))
    for account in removed:
        orphans = _orphans(account)
        with transaction.atomic():
            abandon(account.projects.all())  # asked for while it was being removed
        for project in account.projects.all():
            _forget_images(project)
            project.delete()
        for region in orphans:
            _forget_region(region)
        account.delete()
    return len(removed)


def _orphans(account: Account) -> list[Region]:
    """Regions in which no other account has a project."""
    regions = Region.objects.filter(projects__account=account).distinct()
    return list(regions.exclude(pk__in=Project.objects.exclude(account=account).values("region")))


def _forget_region(region: Region) -> None:
    if not region.projects.exists():  # somebody may have added one meanwhile
        _forget_images(region)
        region.delete()


def _forget_images(holder: Project | Region) -> None:
    """First from the index, in one transaction, so that no reader finds half of it; then the rows."""
    with transaction.atomic():
        cache.lock(holder)
        if holder.published_at is not None:
            delta = index.holder_delta(holder)
            delta.enter, delta.leave = delta.leave, delta.enter
            index.publish(delta)
            holder.published_at = None
            holder.save(update_fields=["published_at"])
    images = Image.objects.filter(**index.holder_filter(holder)).order_by()
    while pks := list(images.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            writer.delete(pks)
