"""Operations: what was asked for and how far it is; cancel, try again, settle what is unknown."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from images.enums import ActKind, ConsentState, ItemState, OperationState
from images.models import Consent, Operation, OperationItem
from images.selectors import operations as reading
from images.selectors.consents import TONES as CONSENT_TONES
from images.selectors.consents import deciders, of_operation, to_decide
from images.selectors.estimates import estimates_of
from images.selectors.operations_asked import Asked
from images.selectors.shares import of_items
from images.services import in_place
from images.services import operations as service
from images.services.error_words import words_of
from images.tables.item_changes import changed_by
from images.tables.jobs import told
from images.tables.timeline import timeline_of
from images.views.drawn import Drawn
from images.views.http import page, wants_partial

#: A longer number is no operation.
_DIGITS = 19
#: What htmx understands as: this was the last one.
FINISHED = 286


@login_required
@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    asked = Asked.of(request.GET)
    shown = reading.listed(request.user, asked, before=_number(request, "before"), after=_number(request, "after"))
    rows = _rows(shown.rows)
    context = {
        "moving": reading.moving_of(shown.rows),
        "asked": asked,
        "page": shown,
        "rows": rows,
        "days": [(day, list(those)) for day, those in groupby(rows, lambda row: timezone.localdate(row[0].created_at))],
        "today": timezone.localdate(),
        "kinds": ActKind.choices,
        "states": OperationState.choices,
        "projects": reading.projects(request.user),
        "people": reading.people(),
        "to_decide": to_decide(request.user).count(),
        "others": _without(request, "before", "after"),
    }
    return page(request, "images/operations.html", context)


@login_required
@require_safe
def operations_now(request: HttpRequest) -> HttpResponse:
    """`seen`: the unfinished operations of a page of the list. 204 nothing new, 200 those that moved, 286 the last."""
    found, moved = reading.moved(request.user, request.GET.get("seen", ""))
    if found and not moved:
        return HttpResponse(status=204)
    moving = reading.moving_of(found)
    context = {"rows": _rows(moved), "moving": moving}
    return page(request, "images/operations_now.html", context, status=200 if moving else FINISHED)


def _rows(operations: Iterable[Operation]) -> list[tuple[object, ...]]:
    """What the list shows of each."""
    return [(one, reading.parts_of(one), reading.TONES[OperationState(one.state)]) for one in operations]


@login_required
@require_safe
def operation(request: HttpRequest, pk: int) -> HttpResponse:
    seen = Operation.objects.visible_to(request.user).annotate(may=reading.may_act(request.user))
    shown = get_object_or_404(seen.select_related("project__region"), pk=pk)
    context = _context(request, shown, may=shown.may) | {"upload": reading.upload_of(request.user, shown)}
    return page(request, "images/operation.html", context)


@login_required
@require_safe
def operation_state(request: HttpRequest, pk: int) -> HttpResponse:
    """`seen`: the version that the page shows. 204 nothing new, 200 the page's changing parts, 286 the last ones."""
    found = reading.version_of(request.user, pk)
    if found is None:
        raise Http404
    version, key, may = found
    if str(version) == request.GET.get("seen"):
        return HttpResponse(status=204)
    if not wants_partial(request):
        return _live(request, pk, may=may)
    what = (pk, key, request.GET.get("items"), request.GET.get("page"), _without(request, "page", "seen"))
    return _DRAWN.answer(request, (*what, may), version, lambda: _live(request, pk, may=may))


_DRAWN = Drawn()


def _live(request: HttpRequest, pk: int, *, may: bool) -> HttpResponse:
    """Of an operation that this person may see; `may`: act in all its projects."""
    shown = get_object_or_404(Operation, pk=pk)
    status = FINISHED if shown.is_final else 200
    return page(request, "images/operation.html", _context(request, shown, may=may), partial="live", status=status)


@login_required
@require_POST
def operation_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    cancelled = service.cancel(actor=request.user, operation=shown)
    said = ngettext("%(n)d item was cancelled.", "%(n)d items were cancelled.", cancelled) % {"n": cancelled}
    messages.info(request, said if cancelled else _("Everything has begun already; nothing was cancelled."))
    return redirect("images:operation", pk)


@login_required
@require_POST
def operation_retry(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    try:
        again = service.retry_failed(actor=request.user, operation=shown, key=request.POST.get("key", "")[:64])
    except service.SubmitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("images:operation", pk)
    return redirect("images:operation", again.pk)


@login_required
@require_POST
def operation_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back what an operation on tags or attributes did, as an operation of its own."""
    shown = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    key = f"{request.user.pk}-{request.POST.get('key', '')}"[:64]  # the page is drawn once for several people
    try:
        back = in_place.undo(actor=request.user, operation=shown, key=key, request_id=request.request_id)
    except service.SubmitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("images:operation", pk)
    return redirect("images:operation", back.pk)


@login_required
@require_POST
def operation_settle(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """A person's word on an item whose effect could not be seen."""
    shown = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    unknown = get_object_or_404(shown.items.select_related("project", "operation"), pk=item, state=ItemState.UNKNOWN)
    service.settle_unknown(actor=request.user, item=unknown, happened=request.POST.get("happened") == "yes")
    return redirect("images:operation", pk)


def _context(request: HttpRequest, shown: Operation, *, may: bool) -> dict[str, object]:
    state = request.GET.get("items", "")
    items = reading.items_of(shown, state, request.GET.get("page", ""))
    consents = of_operation(shown)
    return {
        "consents": [(one, CONSENT_TONES[ConsentState(one.state)], _deciders(one)) for one in consents],
        "operation": shown,
        "timeline": timeline_of(shown, items, timezone.now()),
        "parts": reading.parts_of(shown),
        "tone": reading.TONES[shown.state],
        "items": items,
        "lines": _lines(shown.kind, items, _recipients(shown, items)),
        "unwritten": service.unwritten(shown),
        "item_state": state,
        "item_states": [(one.value, one.label) for one in reading.states_of(shown, service.COUNTERS)],
        "reversible": shown.kind in in_place.REVERSIBLE,
        "retried": reading.retry_of(shown) if shown.failed and shown.is_final else None,
        "events": reading.events_of(shown),
        "may": may,
        "why_not": "" if may else _("You may look at these images, but not change them."),
        "key": get_random_string(32),
        "others": _without(request, "page", "seen"),
    }


def _deciders(consent: Consent) -> list[str]:
    """Who may decide about what still waits."""
    waits = consent.state == ConsentState.WAITING
    return deciders(consent.project, but=consent.operation.actor_id) if waits else []


def _recipients(shown: Operation, items: Iterable[OperationItem]) -> dict[int, object]:
    """Item → whom its image is (or was) shared with by this operation, and what each says now."""
    if shown.kind not in (ActKind.SHARE, ActKind.UNSHARE):
        return {}
    asked = {item.image_id: item.parameters.get("project_ids", ()) for item in items if item.image_id}
    found = of_items(asked)
    return {item.pk: found[item.image_id] for item in items if item.image_id in found}


def _lines(kind: str, items: Iterable[OperationItem], recipients: Mapping[int, object]) -> list[tuple[object, ...]]:
    """An item, the tone of its state, what went wrong, its job, the recipients of its image, and what it changes."""
    shown = list(items)
    estimates = estimates_of([item.job for item in shown if item.job], timezone.now())
    return [
        (
            item,
            reading.TONES.get(item.state, ""),
            words_of(item.error_code, item.error),
            told(item.job, estimates.get(item.job_id)),
            recipients.get(item.pk, ()),
            changed_by(kind, item),
        )
        for item in shown
    ]


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0


def _without(request: HttpRequest, *names: str) -> str:
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()
