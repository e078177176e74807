"""Somebody presses “Synchronise now”."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from images.models import Project, Region
from images.services import audit
from images.services.audit import AuditEvent
from images.services.schedule import want


def request_sync(holders: Collection[Project | Region], *, actor: User) -> int:
    """Asks for a full synchronisation of each, which also notices deletions; returns how many.

    Who may see a project may ask for it. Asking twice, or while one is under way, does no harm.
    """
    with transaction.atomic():
        for holder in holders:
            want(holder, full=True)
            project = holder if isinstance(holder, Project) else None
            audit.record(event=AuditEvent.SYNC_ASKED, actor=actor, project=project, subject=holder)
    return len(holders)
