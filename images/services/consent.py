"""A second person's consent: approvers agree or refuse, whoever asked may withdraw, and what nobody answers runs out.

Each decision holds the operation's row, and an answer is a conditional UPDATE: of any number of people who decide,
refuse or withdraw at once one is first, and the others are told so (`AlreadyDecided`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from images import rules
from images.enums import ActKind, ConsentState, ItemState, OperationState, Trust
from images.models import Consent, ConsentPolicy, Operation, OperationEvent, OperationItem, Partner, Project
from images.permissions import Ability, can, can_operate, check, refusal
from images.services import audit, notices
from images.services.audit import AuditEvent
from images.services.doorbell import ring
from images.services.notices import NoticeKind
from images.services.operations import batches, cancel_waiting, consenting
from images.services.operations.moving import follow, move
from images.services.operations.submitting import TASK
from images.services.selection import Group

_AT_ONCE = 500
LONGEST_COMMENT = 2000
_SETTINGS = ("for_share", "for_delete", "for_export", "days")


class AlreadyDecided(Exception):
    """Somebody was faster; the message says who and how."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do about a consent; `why_not` is a sentence when it is nothing."""

    may_decide: bool
    why_not: str = ""


def standing(actor: User, consent: Consent) -> Standing:
    """Whether this person may agree or refuse: approvers of the project, never who asked."""
    if consent.operation.actor_id == actor.pk:
        return Standing(False, _("You asked for this; somebody else has to agree."))
    if not can(actor, Ability.DECIDE, consent.project):
        return Standing(False, refusal(Ability.DECIDE, consent.project))
    return Standing(True)


def check_can_decide(actor: User, consent: Consent) -> None:
    """Raises PermissionDenied with the reason."""
    found = standing(actor, consent)
    if not found.may_decide:
        raise PermissionDenied(found.why_not)


def give(*, actor: User, consent: Consent, comment: str = "") -> Operation:
    """Agrees for one project. The last project that agrees lets the operation go on; what is no longer possible by then
    fails item by item, with the reason. Raises PermissionDenied, AlreadyDecided."""
    with transaction.atomic():
        operation = _decide(actor, consent, ConsentState.GIVEN, comment)
        _note(operation, _("%(who)s agreed for %(project)s"), actor, consent, comment)
        _tell(AuditEvent.OPERATION_APPROVED, consent, actor, comment)
        if not operation.consents.exclude(state=ConsentState.GIVEN).exists():
            _let_go(operation)
    return operation


def refuse(*, actor: User, consent: Consent, comment: str) -> Operation:
    """Refuses for one project: nothing of the operation is done. Raises PermissionDenied, AlreadyDecided."""
    with transaction.atomic():
        operation = _decide(actor, consent, ConsentState.REFUSED, comment)
        _note(operation, _("%(who)s refused for %(project)s"), actor, consent, comment)
        _tell(AuditEvent.OPERATION_REFUSED, consent, actor, comment)
        _call_off(operation, _("Refused by %(who)s.") % {"who": actor.get_username()})
        Operation.objects.filter(pk=operation.pk).update(cancelled_by=actor.get_username())
    return operation


def expire_due() -> int:
    """Ends what nobody answered in time; returns how many operations. Whoever dies over it leaves the rest due."""
    due = Consent.objects.waiting().filter(expires_at__lte=timezone.now()).order_by("expires_at")
    return sum(_expired(consent) for consent in due.select_related("project"))


def _expired(consent: Consent) -> bool:
    with transaction.atomic():
        operation = _held(consent)
        if operation is None:  # it ended otherwise: its account was removed
            consenting.settle({"pk": consent.pk}, ConsentState.WITHDRAWN, actor=None)
            return False
        if not consenting.settle({"pk": consent.pk}, ConsentState.EXPIRED, actor=None):
            return False
        text = _("Nobody of %(project)s answered in time") % {"project": consent.project}
        OperationEvent.objects.create(operation=operation, text=text)
        said = _("Nobody answered “%(operation)s” in time") % {"operation": operation}
        audit.record(
            event=AuditEvent.OPERATION_EXPIRED, actor=None, project=consent.project, subject=operation, sentence=said
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
        before_told = audit.changed(before, _SETTINGS)
        policy, _made = ConsentPolicy.objects.update_or_create(
            project=project, defaults={**columns, "changed_by_name": actor.get_username()}
        )
        audit.record(
            event=AuditEvent.CONSENT_POLICY_CHANGED,
            actor=actor,
            project=project,
            subject=project,
            before=before_told,
            after=audit.changed(policy, _SETTINGS),
        )
    return policy


# --- what is no longer possible ---------------------------------------------------------------------------------------
def hindered(operation: Operation) -> list[Group]:
    """Items that would fail if the operation went on now, by reason, most frequent first."""
    groups: dict[rules.Broken, Group] = {}
    for item, problem in _problems(operation):
        groups.setdefault(problem, Group(problem.message, problem.code)).add(str(item))
    return sorted(groups.values(), key=lambda group: -group.count)


def _problems(operation: Operation) -> Iterator[tuple[OperationItem, rules.Broken]]:
    kind, asker = ActKind(operation.kind), operation.actor
    barred = _barred(operation) if kind == ActKind.SHARE else None
    refused: dict[int, rules.Broken | None] = {}
    items = operation.items.filter(state=ItemState.WAITING).select_related("project", "image")
    for item in items.defer("image__document", "image__search_text").order_by("pk").iterator(chunk_size=_AT_ONCE):
        if item.project_id not in refused:
            may = asker is not None and can_operate(asker, item.project)
            refused[item.project_id] = None if may else _no_longer(operation, item.project)
        problem = refused[item.project_id] or barred or _problem_of(kind, operation, item)
        if problem:
            yield item, problem


def _problem_of(kind: ActKind, operation: Operation, item: OperationItem) -> rules.Broken | None:
    if item.image is None:
        return rules.Broken("", _("The image is gone."))
    known = {"quick": bool(operation.parameters.get("quick"))} if kind == ActKind.EXPORT else {}
    return rules.problem_of(kind, item.image, **known)


def _barred(operation: Operation) -> rules.Broken | None:
    recipients = operation.parameters.get("project_ids", [])
    barred = Partner.objects.filter(project_id__in=recipients, trust=Trust.BARRED).first()
    return rules.Broken("", _("%(partner)s is barred.") % {"partner": barred}) if barred else None


def _no_longer(operation: Operation, project: Project) -> rules.Broken:
    said = _("%(who)s may no longer change the images of %(project)s.")
    return rules.Broken("", said % {"who": operation.actor_name, "project": project})


# --- one outcome ------------------------------------------------------------------------------------------------------
def _decide(actor: User, consent: Consent, state: ConsentState, comment: str) -> Operation:
    """The operation, held, with this answer written. Inside a transaction."""
    operation = _held(consent)
    check_can_decide(actor, consent)
    settled = operation and consenting.settle({"pk": consent.pk}, state, actor=actor, comment=comment[:LONGEST_COMMENT])
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
    Operation.objects.filter(pk=operation.pk).update(state=OperationState.WAITING)
    batches.expand_all(operation)  # as a carrier has done long ago, but for an answer within the minute
    by_problem: dict[rules.Broken, list[OperationItem]] = {}
    for item, problem in list(_problems(operation)):
        by_problem.setdefault(problem, []).append(item)
    for problem, items in by_problem.items():
        move(items, ItemState.FAILED, error=problem.message, error_code=problem.code)
    follow(operation.pk)
    ring(TASK)


def _call_off(operation: Operation, why: str) -> None:
    """Nothing of it is done, and nobody else needs to answer."""
    consenting.settle({"operation": operation}, ConsentState.WITHDRAWN, actor=None, comment=why)
    cancel_waiting(operation)


def _note(operation: Operation, words: str, actor: User, consent: Consent, comment: str) -> None:
    text = words % {"who": actor.get_username(), "project": consent.project}
    OperationEvent.objects.create(operation=operation, text=f"{text}: {comment}" if comment else text)


def _tell(event: AuditEvent, consent: Consent, actor: User, comment: str) -> None:
    operation = consent.operation
    details = {"comment": comment} if comment else {}
    audit.record(event=event, actor=actor, project=consent.project, subject=operation, details=details)
    refused = event == AuditEvent.OPERATION_REFUSED
    words = _("%(who)s refused: %(operation)s") if refused else _("%(who)s agreed: %(operation)s")
    _answer(operation, consent, words % {"who": actor.get_username(), "operation": operation}, comment)


def _answer(operation: Operation, consent: Consent, said: str, comment: str = "") -> None:
    """Whoever asked is told."""
    if operation.actor is not None:
        notices.tell(
            kind=NoticeKind.ANSWER,
            project=consent.project,
            subject=said,
            text=comment,
            url=reverse("images:operation", args=[operation.pk]),
            people=[operation.actor],
        )
