"""What the audit hears of operations: an entry for each project, so that the administrators of each see theirs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from images.enums import OperationState
from images.models import Operation, Project
from images.services import audit, notices
from images.services.audit import AuditEvent
from images.services.notices import NoticeKind

_BADLY = (OperationState.FAILED, OperationState.PARTLY, OperationState.UNKNOWN)
#: Whoever asked for a single image so shortly before still looks at the page that says how it ended.
_LOOKING = timedelta(seconds=30)


def projects_of(operation: Operation) -> list[Project]:
    """Those in which it does something."""
    whole = Project.objects.select_related("region")
    if operation.project_id:
        return list(whole.filter(pk=operation.project_id))
    return list(whole.filter(pk__in=operation.items.order_by().values("project")))


def tell(event: AuditEvent, operation: Operation, *, actor: User | None, details: Mapping[str, Any]) -> None:
    """Inside the transaction of the change."""
    for project in projects_of(operation):
        audit.record(event=event, actor=actor, project=project, subject=operation, details=details)


def tell_end(operation: Operation) -> None:
    """Its outcome, which nobody in particular brought about; the request is that which asked for it."""
    counts = {
        name: getattr(operation, name)
        for name in ("done", "failed", "cancelled", "unknown")
        if getattr(operation, name)
    }
    said = _("“%(operation)s” ended: %(state)s") % {"operation": operation, "state": operation.get_state_display()}
    for project in projects_of(operation):
        audit.record(
            event=AuditEvent.OPERATION_ENDED,
            actor=None,
            project=project,
            subject=operation,
            after={"state": operation.state, **counts},
            details={"asked_by": operation.actor_name},
            sentence=said,
            request_id=operation.request_id,
        )
    if operation.state in _BADLY and operation.actor is not None:
        _tell_whoever_asked(operation, operation.actor, said)


def _tell_whoever_asked(operation: Operation, actor: User, said: str) -> None:
    lately = timezone.now() - operation.created_at < _LOOKING
    if operation.total == 1 and lately and operation.state == OperationState.FAILED:
        return
    counts = {"done": operation.done, "failed": operation.failed, "unknown": operation.unknown}
    notices.tell(
        kind=NoticeKind.OPERATION,
        project=operation.project,
        subject=said,
        text=_("%(done)d done, %(failed)d failed, %(unknown)d unknown.") % counts,
        url=reverse("images:operation", args=[operation.pk]),
        people=[actor],
    )
