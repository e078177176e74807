"""Somebody presses “Synchronise now”."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import visible_projects
from images.audit import services as audit
from images.cache.audit_events import SyncEvent
from images.cache.services.scheduling import want
from images.clouds.models import Project, Region


def request_sync(holders: Collection[Project | Region], *, actor: User) -> int:
    """Asks for a full synchronisation of each, which also notices deletions; returns how many.

    Who may see a project may ask for it. Asking twice, or while one is under way, does no harm. Raises
    PermissionDenied.
    """
    _check(actor, holders)
    with transaction.atomic():
        for holder in holders:
            want(holder, full=True)
            project = holder if isinstance(holder, Project) else None
            audit.record(event=SyncEvent.ASKED, actor=actor, project=project, subject=holder)
    return len(holders)


def _check(actor: User, holders: Collection[Project | Region]) -> None:
    """A region's public images belong to everybody who sees a project there."""
    seen = {(project.pk, project.region_id) for project in visible_projects(actor)}
    projects, regions = {pk for pk, _region in seen}, {region for _pk, region in seen}
    for holder in holders:
        if holder.pk not in (projects if isinstance(holder, Project) else regions):
            raise PermissionDenied(_("You may not see %(what)s.") % {"what": holder})
