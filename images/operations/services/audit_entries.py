"""What the audit hears of operations: an entry for each project, so that the administrators of each see theirs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from images.audit import services as audit
from images.audit.services import AuditEvent
from images.clouds.models import Project
from images.core import clock
from images.notices import services as notices
from images.operations import notice_kinds
from images.operations.audit_events import OperationAuditEvent
from images.operations.enums import OperationState
from images.operations.models.operation import Operation
from images.operations.queries.visible_parts import part_in, visible_operations

_BADLY = (OperationState.FAILED, OperationState.PARTLY, OperationState.UNKNOWN)
_OUTCOMES = ("done", "failed", "cancelled", "unknown")
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
        audit.record(event=event, actor=actor, project=project, subject=part_in(operation, project), details=details)


def tell_end(operation: Operation) -> None:
    """Its outcome, which nobody in particular brought about; the request is that which asked for it."""
    for project in projects_of(operation):
        part = part_in(operation, project)
        counts = {name: getattr(part, name) for name in _OUTCOMES if getattr(part, name)}
        audit.record(
            event=OperationAuditEvent.ENDED,
            actor=None,
            project=project,
            subject=part,
            after={"state": operation.state, **counts},
            details={"asked_by": operation.actor_name},
            sentence=_ended(part),
            request_id=operation.request_id,
        )
    if operation.state in _BADLY and operation.actor is not None:
        _tell_whoever_asked(visible_operations(operation.actor, [operation])[0], operation.actor)


def _ended(operation: Operation) -> str:
    words = _("“%(operation)s” ended: %(state)s")
    return words % {"operation": operation, "state": operation.get_state_display()}


def _tell_whoever_asked(operation: Operation, actor: User) -> None:
    """Of what they may see by now."""
    lately = clock.now() - operation.created_at < _LOOKING
    if operation.total == 1 and lately and operation.state == OperationState.FAILED:
        return
    counts = {"done": operation.done, "failed": operation.failed, "unknown": operation.unknown}
    notices.write_notice(
        kind=notice_kinds.OPERATION,
        project=operation.project,
        subject=_ended(operation),
        text=_("%(done)d done, %(failed)d failed, %(unknown)d unknown.") % counts,
        url=reverse("images:operation", args=[operation.pk]),
        people=[actor],
    )
