"""Operations: what was asked for and how far it is; cancel, try again, settle what is unknown."""

from collections.abc import Iterable
from itertools import groupby
from typing import TypedDict

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_stubs_ext import WithAnnotations

from images.access.permissions import visible_projects
from images.core.http import key_of, page, wants_partial
from images.core.ids import id_of
from images.core.requests import SignedIn
from images.operations import services as service
from images.operations.enums import ActionKind, ConsentState, ItemState, OperationState
from images.operations.models.consent import Consent
from images.operations.models.operation import Operation
from images.operations.queries import additions, unwritten
from images.operations.queries import operations as reading
from images.operations.queries.consents import TONES as CONSENT_TONES
from images.operations.queries.consents import deciders, of_operation, to_decide
from images.operations.queries.request import OperationQuery
from images.operations.queries.visible_parts import is_hidden, visible_operations
from images.operations.services import in_place
from images.operations.tables.asked import asked_of
from images.operations.tables.lines import lines_of
from images.operations.tables.timeline import timeline_of
from images.operations.views.shared_rendering import RenderedOnce

#: What htmx understands as: this was the last one.
FINISHED = 286


@login_required
@require_safe
def operations(request: SignedIn) -> HttpResponse:
    asked = OperationQuery.of(request.GET)
    shown = reading.operations_page(
        request.user, asked, before=_number(request, "before"), after=_number(request, "after")
    )
    rows = _rows(shown.rows)
    context = {
        "moving": reading.unfinished_mark(shown.rows),
        "asked": asked,
        "page": shown,
        "rows": rows,
        "days": [(day, list(those)) for day, those in groupby(rows, lambda row: timezone.localdate(row[0].created_at))],
        "today": timezone.localdate(),
        "kinds": ActionKind.choices,
        "states": OperationState.choices,
        "projects": reading.projects(request.user),
        "people": reading.people(request.user),
        "to_decide": to_decide(request.user).count(),
        "others": _without(request, "before", "after"),
    }
    return page(request, "operations/operations.html", context)


@login_required
@require_safe
def operations_now(request: SignedIn) -> HttpResponse:
    """`seen`: the unfinished operations of a page of the list. 204 nothing new, 200 those that moved, 286 the last."""
    found, moved = reading.changed_since(request.user, request.GET.get("seen", ""))
    if found and not moved:
        return HttpResponse(status=204)
    moving = reading.unfinished_mark(found)
    context = {"rows": _rows(moved), "moving": moving}
    return page(request, "operations/operations_now.html", context, status=200 if moving else FINISHED)


def _rows(operations: Iterable[Operation]) -> list[tuple[Operation, list[reading.Part], str]]:
    """What the list shows of each."""
    return [(one, reading.parts_of(one), reading.TONES[OperationState(one.state)]) for one in operations]


class _May(TypedDict):
    may: bool


@login_required
@require_safe
def operation(request: SignedIn, pk: int) -> HttpResponse:
    seen: QuerySet[Operation] = Operation.objects.visible_to(request.user).select_related("project__region")
    found: WithAnnotations[Operation, _May] = get_object_or_404(seen.annotate(may=reading.may_act(request.user)), pk=pk)
    shown = visible_operations(request.user, [found])[0]
    context = _context(request, shown, may=found.may) | additions.of_page(request.user, shown)
    return page(request, "operations/operation.html", context)


@login_required
@require_safe
def operation_state(request: SignedIn, pk: int) -> HttpResponse:
    """`seen`: the version that the page shows. 204 nothing new, 200 the page's changing parts, 286 the last ones."""
    found = reading.version_of(request.user, pk)
    if found is None:
        raise Http404
    version, key, may, project = found
    if str(version) == request.GET.get("seen"):
        return HttpResponse(status=204)
    # of several projects each may see others; whoever may act in all of them sees all
    alike = may or project is not None
    if not wants_partial(request) or not alike:
        return _live(request, pk, may=may)
    what = (pk, key, request.GET.get("items"), request.GET.get("page"), _without(request, "page", "seen"))
    return _DRAWN.answer(request, (*what, may), version, lambda: _live(request, pk, may=may))


_DRAWN = RenderedOnce()


def _live(request: SignedIn, pk: int, *, may: bool) -> HttpResponse:
    """Of an operation that this person may see; `may`: act in all its projects."""
    shown = visible_operations(request.user, [get_object_or_404(Operation, pk=pk)])[0]
    status = FINISHED if shown.is_final else 200
    return page(request, "operations/operation.html", _context(request, shown, may=may), partial="live", status=status)


@login_required
@require_POST
def operation_cancel(request: SignedIn, pk: int) -> HttpResponse:
    shown = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    cancelled = service.cancel(actor=request.user, operation=shown)
    said = ngettext("%(n)d item was cancelled.", "%(n)d items were cancelled.", cancelled) % {"n": cancelled}
    messages.info(request, said if cancelled else _("Everything has begun already; nothing was cancelled."))
    return redirect("images:operation", pk)


@login_required
@require_POST
def operation_retry(request: SignedIn, pk: int) -> HttpResponse:
    shown = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    try:
        again = service.retry_failed(actor=request.user, operation=shown, key=key_of(request))
    except service.SubmitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("images:operation", pk)
    return redirect("images:operation", again.pk)


@login_required
@require_POST
def operation_undo(request: SignedIn, pk: int) -> HttpResponse:
    """Takes back what an operation on tags or attributes did, as an operation of its own."""
    shown = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    key = f"{request.user.pk}-{key_of(request)}"[:64]  # the page is drawn once for several people
    try:
        back = in_place.undo(actor=request.user, operation=shown, key=key, request_id=request.request_id)
    except service.SubmitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("images:operation", pk)
    return redirect("images:operation", back.pk)


@login_required
@require_POST
def operation_settle(request: SignedIn, pk: int, item: int) -> HttpResponse:
    """A person's word on an item whose effect could not be seen."""
    shown = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    theirs = shown.items.filter(project__in=visible_projects(request.user))
    unknown = get_object_or_404(theirs.select_related("project", "operation"), pk=item, state=ItemState.UNKNOWN)
    service.settle_unknown(actor=request.user, item=unknown, happened=request.POST.get("happened") == "yes")
    return redirect("images:operation", pk)


def _context(request: SignedIn, shown: Operation, *, may: bool) -> dict[str, object]:
    state = request.GET.get("items", "")
    user = request.user
    items = reading.items_of(user, shown, state, request.GET.get("page", ""))
    consents = of_operation(user, shown)
    projects = visible_projects(user) if is_hidden(shown) else None
    return {
        "consents": [(one, CONSENT_TONES[ConsentState(one.state)], _deciders(one)) for one in consents],
        "operation": shown,
        "timeline": timeline_of(shown, items, timezone.now()),
        "parts": reading.parts_of(shown),
        "tone": reading.TONES[shown.state],
        "items": items,
        "asked": asked_of(shown.kind, shown.parameters),
        "lines": lines_of(user, shown, items, timezone.now()),
        "unwritten": unwritten.number(shown, projects),
        "item_state": state,
        "item_states": [(one.value, one.label) for one in reading.states_of(user, shown)],
        "reversible": shown.kind in in_place.REVERSIBLE,
        "retried": reading.retry_of(shown) if shown.failed and shown.is_final else None,
        "events": reading.events_of(user, shown),
        "may": may,
        "why_not": "" if may else _why_not(shown),
        "key": get_random_string(32),
        "others": _without(request, "page", "seen"),
    }


def _why_not(shown: Operation) -> str:
    if is_hidden(shown):
        return _("It is also about images that you may not see; only who may change all of them acts on it.")
    return _("You may look at these images, but not change them.")


def _deciders(consent: Consent) -> list[str]:
    """Who may decide about what still waits."""
    waits = consent.state == ConsentState.WAITING
    return deciders(consent.project, but=consent.operation.actor_id) if waits else []


def _number(request: SignedIn, name: str) -> int:
    return id_of(request.GET.get(name, ""))


def _without(request: SignedIn, *names: str) -> str:
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()
