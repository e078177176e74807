"""Removing an account with all that hangs on it: first out of sight, then, by a worker, out of the tables."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum

from images.access.permissions import check_can_manage_accounts
from images.accounts.audit_events import AccountEvent, ProjectEvent
from images.accounts.events import holder_leaving, projects_given_up
from images.audit import services as audit
from images.clouds.models import Account, Project, Region
from images.clouds.services.connection import SECRETS
from images.core import clock
from images.core.locking import locked
from images.core.sweeping import each
from images.core.wake import wake_up

logger = logging.getLogger(__name__)

TASK = "images.clear_removed"


@dataclass(frozen=True, slots=True)
class RemovalImpact:
    """What goes when an account goes: its projects, their cached images, and regions that nobody else uses."""

    projects: Sequence[Project]
    images: int
    regions: Sequence[Region]


def removal_impact(account: Account) -> RemovalImpact:
    """For the page that asks. Nothing of it is at the cloud: there nothing is touched."""
    projects = list(account.projects.select_related("region"))
    regions = _orphans(account)
    images = account.projects.aggregate(images=Sum("image_count"))["images"] or 0
    return RemovalImpact(projects, images + sum(region.image_count for region in regions), regions)


def remove_account(*, actor: User, account: Account) -> None:
    """Takes the account and its images out of sight at once; a worker clears the tables. Raises PermissionDenied.

    The secrets are gone with this transaction. History of the images stays: it outlives what it tells of.
    """
    check_can_manage_accounts(actor)
    with transaction.atomic():
        account = locked(Account.objects.present(), account)
        account.projects.update(enabled=False)
        projects = list(account.projects.select_related("region"))
        projects_given_up.send(sender=Project, projects=projects)
        name = account.name
        for project in projects:
            audit.record(event=ProjectEvent.GIVEN_UP, actor=actor, project=project, subject=project)
        audit.record(
            event=AccountEvent.REMOVED,
            actor=actor,
            subject=account,
            before=audit.column_values(account, ("name", "auth_url", "domain", "username", "access_key")),
            details={"projects": [str(project) for project in projects]},
        )
        # the name is free again at once
        account.name = f"{name[:70]} (removed {account.pk})"
        account.secret = account.client_secret = account.private_key = ""
        account.removed_at = clock.now()
        account.save(update_fields=["name", *SECRETS, "removed_at"])
        wake_up(TASK)
    logger.info("account %s removed by %s", name, actor.get_username())


def clear_removed() -> int:
    """Deletes what removed accounts have left; returns how many accounts. Killed anywhere it is simply run again."""
    removed = list(Account.objects.exclude(removed_at=None))
    return len(each("accounts", removed, _clear, name=lambda account: account.pk))


def _clear(account: Account) -> None:
    orphans = _orphans(account)
    with transaction.atomic():
        # asked for while it was being removed
        projects_given_up.send(sender=Project, projects=list(account.projects.all()))
    for project in account.projects.all():
        holder_leaving.send(sender=Project, holder=project)
        project.delete()
    for region in orphans:
        _forget_region(region)
    account.delete()


def _orphans(account: Account) -> list[Region]:
    """Regions in which no other account has a project."""
    regions = Region.objects.filter(projects__account=account).distinct()
    return list(regions.exclude(pk__in=Project.objects.exclude(account=account).values("region")))


def _forget_region(region: Region) -> None:
    if not region.projects.exists():  # somebody may have added one meanwhile
        holder_leaving.send(sender=Region, holder=region)
        region.delete()
