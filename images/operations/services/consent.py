"""A second person's consent: approvers agree or refuse, whoever asked may withdraw, and what nobody answers runs out.

Each decision holds the operation's row, and an answer is a conditional UPDATE: of any number of people who decide,
refuse or withdraw at once one is first, and the others are told so (`AlreadyDecided`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from images.access.permissions import Ability, can, can_operate, check, refusal
from images.audit import services as audit
from images.audit.services import AuditEvent
from images.cache.rules.dialects import of_kind
from images.clouds.models import Project
from images.core import clock
from images.core.sweeping import each
from images.core.violations import Violation
from images.core.wake import wake_up
from images.notices import services as notices
from images.operations import notice_kinds
from images.operations.audit_events import ConsentPolicyEvent, OperationAuditEvent
from images.operations.enums import ActionKind, ConsentState, ItemState, OperationState
from images.operations.models.consent import Consent, ConsentPolicy
from images.operations.models.operation import Operation, OperationEvent, OperationItem
from images.operations.queries.visible_parts import part_in
from images.operations.rules.actions import problem_of
from images.operations.services import batches, cancel_waiting, consent_demands
from images.operations.services.selection import Group
from images.operations.services.states import follow, move
from images.operations.services.submission import TASK
from images.partners.queries import barred_of

_AT_ONCE = 500
LONGEST_COMMENT = 2000
_SETTINGS = ("for_share", "for_delete", "for_export", "days")


class AlreadyDecided(Exception):
    """Somebody was faster; the message says who and how."""


@dataclass(frozen=True, slots=True)
class DecisionPermission:
    """What a person may do about a consent; `why_not` is a sentence when it is nothing."""

    may_decide: bool
    why_not: str = ""


def decision_permission(actor: User, consent: Consent) -> DecisionPermission:
    """Whether this person may agree or refuse: approvers of the project, never who asked."""
    if consent.operation.actor_id == actor.pk:
        return DecisionPermission(False, _("You asked for this; somebody else has to agree."))
    if not can(actor, Ability.DECIDE, consent.project):
        return DecisionPermission(False, refusal(Ability.DECIDE, consent.project))
    return DecisionPermission(True)


def check_can_decide(actor: User, consent: Consent) -> None:
    """Raises PermissionDenied with the reason."""
    found = decision_permission(actor, consent)
    if not found.may_decide:
        raise PermissionDenied(found.why_not)


def give(*, actor: User, consent: Consent, comment: str = "") -> Operation:
    """Agrees for one project. The last project that agrees lets the operation go on; what is no longer possible by then
    fails item by item, with the reason. Raises PermissionDenied, AlreadyDecided."""
    with transaction.atomic():
        operation = _decide(actor, consent, ConsentState.GIVEN, comment)
        _note(operation, _("%(who)s agreed for %(project)s"), actor, consent, comment)
        _tell(OperationAuditEvent.APPROVED, consent, actor, comment)
        if not operation.consents.exclude(state=ConsentState.GIVEN).exists():
            _let_go(operation)
    return operation


def refuse(*, actor: User, consent: Consent, comment: str) -> Operation:
    """Refuses for one project: nothing of the operation is done. Raises PermissionDenied, AlreadyDecided."""
    with transaction.atomic():
        operation = _decide(actor, consent, ConsentState.REFUSED, comment)
        _note(operation, _("%(who)s refused for %(project)s"), actor, consent, comment)
        _tell(OperationAuditEvent.REFUSED, consent, actor, comment)
        _call_off(operation, _("Refused by %(who)s.") % {"who": actor.get_username()})
        Operation.objects.filter(pk=operation.pk).update(cancelled_by=actor.get_username())
    return operation


def expire_due() -> int:
    """Ends what nobody answered in time; returns how many operations."""
    due = Consent.objects.waiting().filter(expires_at__lte=clock.now()).order_by("expires_at")
    return sum(each("consents", due.select_related("project"), _expired, name=lambda consent: consent.pk))


def _expired(consent: Consent) -> bool:
    with transaction.atomic():
        operation = _held(consent)
        if operation is None:  # it ended otherwise: its account was removed
            consent_demands.settle({"pk": consent.pk}, ConsentState.WITHDRAWN, actor=None)
            return False
        if not consent_demands.settle({"pk": consent.pk}, ConsentState.EXPIRED, actor=None):
            return False
        text = _("Nobody of %(project)s answered in time") % {"project": consent.project}
        OperationEvent.objects.create(operation=operation, text=text)
        part = part_in(operation, consent.project)
        said = _("Nobody answered “%(operation)s” in time") % {"operation": part}
        audit.record(
            event=OperationAuditEvent.EXPIRED, actor=None, project=consent.project, subject=part, sentence=said
        )
        _answer(operation, consent, said)
        _call_off(operation, _("Nobody answered in time."))
    return True


def set_policy(*, actor: User, project: Project, **columns: bool | int) -> ConsentPolicy:
    """What needs a second person in the project from now on; what waits already goes on waiting.

    Raises PermissionDenied.
    """
    check(actor, Ability.ADMINISTER, project)
    with transaction.atomic():
        before = ConsentPolicy.objects.filter(project=project).first() or ConsentPolicy(project=project)
        before_told = audit.column_values(before, _SETTINGS)
        policy, _made = ConsentPolicy.objects.update_or_create(
            project=project, defaults={**columns, "changed_by_name": actor.get_username()}
        )
        audit.record(
            event=ConsentPolicyEvent.CHANGED,
            actor=actor,
            project=project,
            subject=project,
            before=before_told,
            after=audit.column_values(policy, _SETTINGS),
        )
    return policy


# --- what is no longer possible ---------------------------------------------------------------------------------------
def blocked_items(operation: Operation, items: QuerySet[OperationItem] | None = None) -> list[Group]:
    """Items that would fail if the operation went on now, by reason, most frequent first. `items`: those of it that are
    looked at, all of them by default."""
    groups: dict[Violation, Group] = {}
    for item, problem in _problems(operation, items):
        groups.setdefault(problem, Group(problem.message, problem.code)).add(str(item))
    return sorted(groups.values(), key=lambda group: -group.count)


def _problems(
    operation: Operation, among: QuerySet[OperationItem] | None = None
) -> Iterator[tuple[OperationItem, Violation]]:
    kind, asker = ActionKind(operation.kind), operation.actor
    barred = _barred(operation) if kind == ActionKind.SHARE else None
    refused: dict[int, Violation | None] = {}
    whole = operation.items.all() if among is None else among
    items = whole.filter(state=ItemState.WAITING).select_related("project", "image")
    for item in items.defer("image__document", "image__search_text").order_by("pk").iterator(chunk_size=_AT_ONCE):
        if item.project_id not in refused:
            may = asker is not None and can_operate(asker, item.project)
            refused[item.project_id] = None if may else _no_longer(operation, item.project)
        problem = refused[item.project_id] or barred or _problem_of(kind, operation, item)
        if problem:
            yield item, problem


def _problem_of(kind: ActionKind, operation: Operation, item: OperationItem) -> Violation | None:
    if item.image is None:
        return Violation("", _("The image is gone."))
    known: dict[str, Any] = {}
    if kind == ActionKind.EXPORT:
        known["quick"] = bool(operation.parameters.get("quick"))
    elif kind == ActionKind.EDIT:
        known["dialect"] = of_kind(item.project.kind)
    return problem_of(kind, item.image, **known)


def _barred(operation: Operation) -> Violation | None:
    barred = barred_of(operation.parameters.get("project_ids", []))
    return Violation("", _("%(partner)s is barred.") % {"partner": barred}) if barred else None


def _no_longer(operation: Operation, project: Project) -> Violation:
    said = _("%(who)s may no longer change the images of %(project)s.")
    return Violation("", said % {"who": operation.actor_name, "project": project})


# --- one outcome ------------------------------------------------------------------------------------------------------
def _decide(actor: User, consent: Consent, state: ConsentState, comment: str) -> Operation:
    """The operation, held, with this answer written. Inside a transaction."""
    operation = _held(consent)
    check_can_decide(actor, consent)
    settled = operation and consent_demands.settle(
        {"pk": consent.pk}, state, actor=actor, comment=comment[:LONGEST_COMMENT]
    )
    if not operation or not settled:
        raise AlreadyDecided(_so_far(consent))
    return operation


def _held(consent: Consent) -> Operation | None:
    """None: it awaits nothing any more. Who comes second waits here until the first has committed."""
    rows = Operation.objects.select_for_update().filter(pk=consent.operation_id, state=OperationState.APPROVAL)
    return rows.first()


def _so_far(consent: Consent) -> str:
    now = Consent.objects.select_related("operation").get(pk=consent.pk)
    if now.decided_by_name:
        words = {
            ConsentState.GIVEN: _("%(who)s has agreed already."),
            ConsentState.REFUSED: _("%(who)s has refused already."),
            ConsentState.WITHDRAWN: _("%(who)s has withdrawn the request."),
        }
        return words.get(ConsentState(now.state), "%(who)s") % {"who": now.decided_by_name}
    return _("The request has ended: %(state)s.") % {"state": now.get_state_display()}


def _let_go(operation: Operation) -> None:
    """All have agreed: what is still possible goes on."""
    Operation.objects.filter(pk=operation.pk).update(state=OperationState.WAITING, released_at=clock.now())
    batches.expand_all(operation)  # as a carrier has done long ago, but for an answer within the minute
    by_problem: dict[Violation, list[OperationItem]] = {}
    for item, problem in list(_problems(operation)):
        by_problem.setdefault(problem, []).append(item)
    for problem, items in by_problem.items():
        move(items, ItemState.FAILED, error=problem.message, error_code=problem.code)
    follow(operation.pk)
    wake_up(TASK)


def _call_off(operation: Operation, why: str) -> None:
    """Nothing of it is done, and nobody else needs to answer."""
    consent_demands.settle({"operation": operation}, ConsentState.WITHDRAWN, actor=None, comment=why)
    cancel_waiting(operation)


def _note(operation: Operation, words: str, actor: User, consent: Consent, comment: str) -> None:
    text = words % {"who": actor.get_username(), "project": consent.project}
    OperationEvent.objects.create(operation=operation, text=f"{text}: {comment}" if comment else text)


def _tell(event: AuditEvent, consent: Consent, actor: User, comment: str) -> None:
    operation = consent.operation
    part = part_in(operation, consent.project)
    details = {"comment": comment} if comment else {}
    audit.record(event=event, actor=actor, project=consent.project, subject=part, details=details)
    refused = event == OperationAuditEvent.REFUSED
    words = _("%(who)s refused: %(operation)s") if refused else _("%(who)s agreed: %(operation)s")
    _answer(operation, consent, words % {"who": actor.get_username(), "operation": part}, comment)


def _answer(operation: Operation, consent: Consent, said: str, comment: str = "") -> None:
    """Whoever asked is told."""
    if operation.actor is not None:
        notices.write_notice(
            kind=notice_kinds.ANSWER,
            project=consent.project,
            subject=said,
            text=comment,
            url=reverse("images:operation", args=[operation.pk]),
            people=[operation.actor],
        )
