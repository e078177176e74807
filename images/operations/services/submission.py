"""What people do with operations: ask for one, cancel what has not begun, try again what failed, settle the unknown.

Everything is written in the caller's transaction, before anything is sent; the ring after it is only a doorbell.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Sized
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.access.permissions import check_can_operate
from images.audit import services as audit
from images.audit.services import AuditEvent
from images.clouds.models import Project
from images.core import clock
from images.core.violations import Violation
from images.core.wake import wake_up
from images.operations.actions import is_offered
from images.operations.actions.parts import NOT_ALONE
from images.operations.audit_events import OperationAuditEvent
from images.operations.enums import ActionKind, ConsentState, ItemState, OperationState
from images.operations.models.consent import ConsentPolicy
from images.operations.models.operation import Operation, OperationEvent, OperationItem
from images.operations.queries.operations import retry_of
from images.operations.queries.visible_parts import part_in, summary_of
from images.operations.rules.edit_changes import gives_to_everybody
from images.operations.services import batches, consent_demands, project_leases
from images.operations.services.audit_entries import projects_of, tell
from images.operations.services.batches import Frozen
from images.operations.services.states import count, follow, move
from images.operations.services.targets import Target

TASK = "images.carry"
_AT_ONCE = 500
_OF_TARGET = ("project_id", "image_name", "parameters", "image_uid", "image__image_id")


#: What tells of each target why another room refuses it; None: it does not.
Refusal = Callable[[Target], Violation | None]
#: Kind of act → who is asked once for each operation of that kind.
_GUARDS: dict[ActionKind, list[Callable[[ActionKind], Refusal]]] = {}


def add_guard(kinds: Iterable[ActionKind], guard: Callable[[ActionKind], Refusal]) -> None:
    """From now on `guard` is asked of every operation of these kinds, whoever asks for it."""
    for kind in kinds:
        guards = _GUARDS.setdefault(kind, [])
        if guard not in guards:
            guards.append(guard)


class SubmitRefused(Exception):
    """It was not taken; the message says why. `field` is the entry of the form that it is about, "" for none."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def submit(  # noqa: PLR0913 - all that is known of what was asked
    *,
    actor: User,
    kind: ActionKind,
    targets: Iterable[Target],
    parameters: dict[str, Any] | None = None,
    key: str,
    request_id: str = "",
    retry_of: Operation | None = None,
    projects: Sequence[Project] | None = None,
    receiving: bool = False,
) -> Operation:
    """Writes down what is to be done and rings. The same `key` again gives back the operation that there is. Where a
    project demands a second person's consent the operation awaits it (operations/services/consent.py).

    `parameters` are the same for all targets (images/operations/actions tells which each act takes); never a
    secret. `projects`: those of the targets, from callers that know them; then targets are gone through only once.
    `receiving`: nothing is sent before `release`, for a file is still on its way to us.
    Raises PermissionDenied and SubmitRefused; then nothing is written.
    """
    if projects is None:
        targets = targets if isinstance(targets, Collection) else list(targets)
        projects = list({target.project.pk: target.project for target in targets}.values())
    if kind == ActionKind.ANSWER:
        raise SubmitRefused(_("What is shared with a project is decided in the inbox, by its team."))
    for project in projects:
        check_can_operate(actor, project)
        if not is_offered(kind, project):
            raise SubmitRefused(
                _("%(project)s is served by an OpenStack Glance, which cannot do this.") % {"project": project}
            )
    return write(
        actor=actor,
        kind=kind,
        targets=targets,
        parameters=parameters,
        key=key,
        request_id=request_id,
        retry_of=retry_of,
        projects=projects,
        receiving=receiving,
    )


def write(  # noqa: PLR0913 - as above
    *,
    actor: User | str,
    kind: ActionKind,
    targets: Iterable[Target],
    parameters: dict[str, Any] | None = None,
    key: str,
    request_id: str = "",
    retry_of: Operation | None = None,
    projects: Sequence[Project],
    receiving: bool = False,
    whole: bool = False,
) -> Operation:
    """What `submit` does, for callers who have seen to it that it may be done. An `actor` in words is the console
    itself ("policy v3"). `whole`: all items are there at once, however many; the caller needs them.
    Raises PermissionDenied, SubmitRefused."""
    person = None if isinstance(actor, str) else actor
    earlier = Operation.objects.filter(key=key).first()
    if earlier is not None:
        return _own(earlier, person)
    frozen, asks_as = _frozen(
        kind, targets, projects
    )  # outside of the transaction: it takes a second or two for many images
    with transaction.atomic():
        policies = consent_demands.demanding_policies(asks_as, projects)
        operation, created = Operation.objects.get_or_create(
            key=key,
            defaults={
                "kind": kind,
                "state": _first_state(policies, receiving=receiving),
                "actor": person,
                "actor_name": person.get_username() if person else str(actor)[:150],
                "project": projects[0] if len(projects) == 1 else None,
                "parameters": parameters or {},
                "summary": summary_of(frozen.name[:200], frozen.count - 1),
                "request_id": request_id[:64],
                "retry_of": retry_of,
                "total": frozen.count,
                "waiting": frozen.count,
            },
        )
        if not created:
            return _own(operation, person)
        batches.write(operation, frozen)
        if whole:
            batches.expand_all(operation)
        for project in projects:
            part = part_in(operation, project)
            audit.record(
                event=_event_of(operation),
                actor=person,
                actor_name=operation.actor_name,
                project=project,
                subject=part,
                details={"images": part.total, "parameters": operation.parameters},
            )
        consent_demands.ask(operation, policies)
        wake_up(TASK)
    return operation


def _first_state(policies: Sequence[ConsentPolicy], *, receiving: bool) -> OperationState:
    if receiving:
        return OperationState.RECEIVING
    return OperationState.APPROVAL if policies else OperationState.WAITING


def _event_of(operation: Operation) -> AuditEvent:
    if operation.retry_of_id:
        return OperationAuditEvent.RETRIED
    return OperationAuditEvent.UNDONE if "undoes" in operation.parameters else OperationAuditEvent.ASKED


def _own(operation: Operation, person: User | None) -> Operation:
    if operation.actor_id != (person.pk if person else None):
        raise PermissionDenied(_("This form belongs to somebody else's operation."))
    return operation


def _frozen(kind: ActionKind, targets: Iterable[Target], projects: Sequence[Project]) -> tuple[Frozen, ActionKind]:
    """And the act as which it is held against the consent that projects demand: an edit that gives an image to
    everybody is a share.

    Raises SubmitRefused: what a guard refuses (a binding tag policy) is not taken, whoever asks.
    """
    asks_as = kind

    def allowed() -> Iterator[Target]:
        nonlocal asks_as
        refusals = [guard(kind) for guard in _GUARDS.get(kind, ())]
        for target in targets:
            for refusal in refusals:
                broken = refusal(target)
                if broken is not None:
                    raise SubmitRefused(_("%(image)s: %(reason)s") % {"image": target.name, "reason": broken.message})
            if kind == ActionKind.EDIT and gives_to_everybody(target.parameters):
                asks_as = ActionKind.SHARE
            yield target

    frozen = batches.freeze(allowed())
    if not frozen.count:
        raise SubmitRefused(_("No image was chosen."))
    if frozen.projects.keys() - {project.pk for project in projects}:
        raise ValueError("a target in a project that nobody was asked about")
    if isinstance(targets, Sized) and len(targets) != frozen.count:  # they are read as we go
        raise SubmitRefused(_("Some of the images have gone meanwhile. Nothing was done; look again."))
    return frozen, asks_as


def cancel(*, actor: User, operation: Operation) -> int:
    """Cancels what has not begun; returns how many items. What is under way goes on; what awaits consent is withdrawn,
    and nobody needs to answer any more. Raises PermissionDenied."""
    _check(actor, operation)
    with transaction.atomic():
        project_leases.hold(operation.items.values("project"))
        # whoever decides about it at this moment holds the row: one of us is first
        rows = Operation.objects.select_for_update().filter(pk=operation.pk, state=OperationState.APPROVAL)
        if rows.first() is not None:
            consent_demands.settle({"operation": operation}, ConsentState.WITHDRAWN, actor=actor)
        cancelled = cancel_waiting(operation)
        if cancelled:
            Operation.objects.filter(pk=operation.pk).update(cancelled_by=actor.get_username())
            sentence = ngettext("%(who)s cancelled %(n)d item", "%(who)s cancelled %(n)d items", cancelled)
            _note(operation, sentence % {"who": actor.get_username(), "n": cancelled})
            tell(OperationAuditEvent.CANCELLED, operation, actor=actor, details={"images": cancelled})
    return cancelled


def cancel_waiting(operation: Operation) -> int:
    """Cancels what has not begun; returns how many images. Inside a transaction."""
    frozen = batches.cancel(Q(operation=operation))  # first: what a carrier makes items of meanwhile is found below
    waiting = operation.items.filter(state=ItemState.WAITING, sent_at=None)
    cancelled = waiting.update(state=ItemState.CANCELLED, finished_at=clock.now())
    if cancelled:
        count(operation.pk, {ItemState.WAITING: -cancelled, ItemState.CANCELLED: cancelled})
    return frozen + cancelled


def retry_failed(*, actor: User, operation: Operation, key: str) -> Operation:
    """A new operation with what failed. The same `key` of the same person again gives back the one that there is.

    Raises PermissionDenied, and SubmitRefused when nothing failed, or when somebody has tried it again already:
    creations would be made twice.
    """
    _check(actor, operation)
    key = f"{actor.pk}-{key}"[:64]
    with transaction.atomic():
        Operation.objects.select_for_update().get(pk=operation.pk)  # two people at once: one after the other
        earlier = retry_of(operation)
        if earlier is not None and earlier.key != key:
            sentence = _("%(who)s has tried this again already: operation %(n)d.")
            raise SubmitRefused(sentence % {"who": earlier.actor_name, "n": earlier.pk})
        return earlier or _retried(actor, operation, key)


def _retried(actor: User, operation: Operation, key: str) -> Operation:
    if not operation.failed:
        raise SubmitRefused(_("Nothing of this operation has failed."))
    failed = operation.items.filter(state=ItemState.FAILED)
    if operation.kind == ActionKind.CREATE:
        failed = failed.filter(pk__in=[item.pk for item in failed if not item.parameters.get(NOT_ALONE)])
        if not failed:
            raise SubmitRefused(_("What failed comes only together with its system disk. Create the image anew."))
    projects = list(Project.objects.select_related("region", "account").filter(pk__in=failed.values("project")))
    again = submit(
        actor=actor,
        kind=ActionKind(operation.kind),
        targets=_targets_of(failed, projects),
        parameters=operation.parameters,
        key=key,
        retry_of=operation,
        projects=projects,
    )
    sentence = _("%(who)s tried again what failed: operation %(n)d")
    _note(operation, sentence % {"who": actor.get_username(), "n": again.pk})
    return again


def _targets_of(items: QuerySet[OperationItem], projects: Sequence[Project]) -> Iterator[Target]:
    """Without holding them."""
    places = {project.pk: project for project in projects}
    rows = items.select_related("image").only(*_OF_TARGET).order_by("position")
    for item in rows.iterator(chunk_size=_AT_ONCE):
        yield Target(places[item.project_id], item.image, item.image_name, item.parameters, item.image_uid)


def settle_unknown(*, actor: User, item: OperationItem, happened: bool) -> None:
    """A person's word on what could not be seen: it happened, or it is to be sent again. Raises PermissionDenied."""
    check_can_operate(actor, item.project)
    with transaction.atomic():
        anew = {"sent_at": None, "failing_since": None, "attempts": 0, "looks": 0, "error": "", "error_code": ""}
        columns = {} if happened else {"next_at": clock.now(), **anew}
        if not move([item], ItemState.DONE if happened else ItemState.WAITING, **columns):
            return
        words = _("%(who)s: %(image)s has happened") if happened else _("%(who)s: %(image)s is to be tried again")
        _note(item.operation, words % {"who": actor.get_username(), "image": item}, item)
        audit.record(
            event=OperationAuditEvent.SETTLED,
            actor=actor,
            project=item.project,
            subject=part_in(item.operation, item.project),
            details={"image": item.image_uid, "name": item.image_name, "happened": happened},
        )
        wake_up(TASK)


def release(*, operation: Operation) -> None:
    """Lets an operation go on whose file has arrived."""
    with transaction.atomic():
        rows = Operation.objects.filter(pk=operation.pk, state=OperationState.RECEIVING)
        if rows.update(state=OperationState.WAITING, released_at=clock.now(), version=F("version") + 1):
            follow(operation.pk)
            wake_up(TASK)


def _check(actor: User, operation: Operation) -> None:
    """Whoever may operate in each of its projects."""
    for project in projects_of(operation):
        check_can_operate(actor, project)


def _note(operation: Operation, text: str, item: OperationItem | None = None) -> None:
    OperationEvent.objects.create(operation=operation, item=item, text=text)
