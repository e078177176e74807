"""Thresholds of quotas: who sets them, and that people are told once for each that is crossed."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from images.access.permissions import Ability, check
from images.audit import services as audit
from images.clouds.models import Project
from images.core import clock
from images.notices import services as notices
from images.quotas import notice_kinds
from images.quotas.audit_events import QuotaEvent
from images.quotas.enums import QuotaLevel
from images.quotas.models import QuotaState
from images.quotas.rules.levels import is_worse, level_of


def judge(state: QuotaState, project: Project, now: datetime, *, afresh: bool = False) -> None:
    """Moves the level of a row that the caller has locked and will save; a threshold crossed upwards is told.

    `afresh`: the thresholds are new, so that nothing hovers around them yet.
    """
    held = "" if afresh else state.level
    level = level_of(state.percent, held, warn=state.warn, critical=state.critical)
    if level == state.level:
        return
    before, state.level, state.level_at = QuotaLevel(state.level), level, now
    if is_worse(level, before):
        _tell(state, project, before)


def _tell(state: QuotaState, project: Project, before: QuotaLevel) -> None:
    """The one place from which people hear of it."""
    audit.record(
        event=QuotaEvent.CROSSED,
        actor=None,
        project=project,
        subject=project,
        before={"level": str(before.label)},
        after={"level": str(QuotaLevel(state.level).label)},
        details={"used": state.used, "limit": state.limit},
    )
    figures = {"project": project, "used": state.used, "limit": state.limit, "level": QuotaLevel(state.level).label}
    notices.write_notice(
        kind=notice_kinds.QUOTA,
        project=project,
        subject=_("%(project)s is %(level)s: %(used)s of %(limit)s images") % figures,
        text=_("Its page says when it runs full, what takes the room, and what of it could go."),
        url=reverse("images:quota", args=[project.pk]),
    )


def set_thresholds(*, actor: User, project: Project, warn: int, critical: int) -> QuotaState:
    """From how many percent of the quota people are told. Raises PermissionDenied."""
    check(actor, Ability.ADMINISTER, project)
    now = clock.now()
    with transaction.atomic():
        QuotaState.objects.get_or_create(project=project, defaults={"next_at": now})
        state = QuotaState.objects.select_for_update().get(project=project)
        before = audit.column_values(state, ("warn", "critical"))
        state.warn, state.critical = warn, critical
        audit.record(
            event=QuotaEvent.THRESHOLDS_CHANGED,
            actor=actor,
            project=project,
            subject=project,
            before=before,
            after=audit.column_values(state, ("warn", "critical")),
        )
        judge(state, project, now, afresh=True)
        state.save(update_fields=["warn", "critical", "level", "level_at"])
    return state
