"""Items as the acts see them, and what has to be found out before one goes out."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from images.core import clock
from images.operations.actions import ACTIONS, Work
from images.operations.enums import ItemState
from images.operations.models.operation import OperationItem

#: What was found out before a call goes out is found out again when the call has had to wait for longer.
FRESH: Final = timedelta(seconds=60)
_MARGIN: Final = timedelta(minutes=10)
_MAKERS: Final = [kind for kind, act in ACTIONS.items() if act.makes]


def work_of(
    item: OperationItem, claimed: frozenset[str] = frozenset(), *, has_rival: bool = False, is_suspect: bool = False
) -> Work:
    now = clock.now()
    sent_at = item.sent_at or item.operation.created_at
    return Work(
        item=item.pk,
        kind=item.operation.kind,
        image_id=item.image_uid,
        name=item.image_name,
        parameters={**item.operation.parameters, **item.parameters},
        attempts=item.attempts,
        sent_at=sent_at,
        result=item.result,
        elapsed=now - sent_at,
        claimed=claimed,
        has_rival=has_rival,
        is_suspect=is_suspect,
        among=item.operation.total,
        cause=item.operation.request_id or f"operation-{item.operation_id}",
    )


def work_to_reconcile(item: OperationItem) -> Work:
    """For a look at whether its effect is there, with what cannot be its effect."""
    return work_of(item, claimed_by_others(item), has_rival=_has_rival(item))


def made_name(item: OperationItem) -> str:
    namer = getattr(ACTIONS[item.operation.kind], "name_of", None)
    return namer(work_of(item)) if namer else item.image_name


def claimed_by_others(item: OperationItem) -> frozenset[str]:
    """Images of the same project that other items have made since this one was asked for."""
    since = item.operation.created_at - _MARGIN
    others = OperationItem.objects.filter(Q(finished_at__gte=since) | Q(finished_at=None), project=item.project)
    results = others.exclude(pk=item.pk).exclude(result={}).values_list("result", flat=True)
    return frozenset(str(result["image_id"]) for result in results if "image_id" in result)


def _has_rival(item: OperationItem) -> bool:
    """Whether a job is making an image of the same name for another item."""
    if not ACTIONS[item.operation.kind].makes:
        return False
    others = OperationItem.objects.filter(
        project=item.project, state=ItemState.FOLLOWING, finished_at=None, operation__kind__in=_MAKERS
    ).exclude(pk=item.pk)
    name = made_name(item)
    return bool(name) and any(made_name(one) == name for one in others.select_related("operation"))


# --- before it goes out -----------------------------------------------------------------------------------------------
def may_have_gone(item: OperationItem, unbroken_since: datetime) -> bool:
    """Whether it may have gone out in a past that the database has forgotten (operations/services/continuity.py)."""
    return item.operation.created_at < unbroken_since


def is_suspect(item: OperationItem, unbroken_since: datetime) -> bool:
    """Whether that has to be looked for, and nobody has done so since."""
    if ACTIONS[item.operation.kind].repeatable or not may_have_gone(item, unbroken_since):
        return False
    known_at = _known_at(item)
    return known_at is None or known_at < unbroken_since


def is_unprepared(item: OperationItem, unbroken_since: datetime) -> bool:
    """Whether something is to be found out before its call may go out."""
    act = ACTIONS[item.operation.kind]
    if act.repeatable:
        return False
    if is_suspect(item, unbroken_since):
        return True
    if item.result.get("lost") or not act.makes or not made_name(item):
        return False  # what was there before the lost call counts, for its effect may still come
    known_at = _known_at(item)
    return known_at is None or clock.now() - known_at > FRESH


def prepared(item: OperationItem, known: dict[str, Any]) -> dict[str, Any]:
    """The item's result with what was found out. After a lost call only that somebody has looked is new."""
    before = item.result.get("known") or {}
    if item.result.get("lost") and "ids" in before:
        known = before
    return {**item.result, "known": {**known, "at": clock.now().isoformat()}}


def _known_at(item: OperationItem) -> datetime | None:
    known = item.result.get("known")
    return datetime.fromisoformat(known["at"]) if known else None
