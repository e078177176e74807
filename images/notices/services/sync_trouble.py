"""Projects that do not synchronise: people are told once when it lasts, and once when it is well again."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from images.clouds.models import Project
from images.core import clock
from images.core.sweeping import each
from images.notices import notice_kinds
from images.notices.models import Trouble
from images.notices.services.writing import write_notice


def _since(project: Project, now: datetime) -> datetime:
    """From the failure on that is seen first: patience is not used up while nobody has tried."""
    return project.error_at or now


def watch_projects() -> int:
    """Compares what is in trouble with what people know; returns how many notices came of it."""
    now = clock.now()
    for project in Project.objects.managed().exclude(error="").filter(trouble=None):
        Trouble.objects.get_or_create(project=project, defaults={"since": _since(project, now)})
    lasting = Trouble.objects.filter(
        told_at=None,
        since__lte=now - timedelta(minutes=settings.NOTICE_SYNC_MINUTES),
        project__enabled=True,
    ).exclude(project__error="")
    count = sum(each("projects in trouble", lasting.values_list("pk", flat=True), _tell))
    well = Trouble.objects.filter(project__error="")
    return count + sum(each("projects that are well", well.values_list("pk", flat=True), _well))


@transaction.atomic
def _tell(pk: int) -> bool:
    now = clock.now()
    if not Trouble.objects.filter(pk=pk, told_at=None).update(told_at=now):
        return False  # somebody else has
    trouble = Trouble.objects.select_related("project__region").get(pk=pk)
    project = trouble.project
    minutes = int((now - trouble.since).total_seconds() // 60)
    words = _("%(project)s has not been synchronised for %(n)d minutes") % {"project": project, "n": minutes}
    write_notice(kind=notice_kinds.SYNC, project=project, subject=words, text=project.error, url=_url(project))
    return True


@transaction.atomic
def _well(pk: int) -> bool:
    """Who deletes the row is the one to tell; what nobody was told of passes in silence."""
    trouble = Trouble.objects.select_for_update(of=("self",)).select_related("project__region").filter(pk=pk).first()
    if trouble is None:
        return False
    project, known = trouble.project, trouble.told_at is not None
    trouble.delete()
    if known and project.enabled:
        words = _("%(project)s is synchronised again") % {"project": project}
        write_notice(kind=notice_kinds.SYNC, project=project, subject=words, url=_url(project))
    return known


def _url(project: Project) -> str:
    return reverse("images:project", args=[project.pk])
