"""Requests for a second person's consent: the list, and one with its preview and the decision."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from images.core.http import page, problem
from images.core.requests import SignedIn
from images.operations.enums import ConsentState
from images.operations.forms.consent import DecisionForm
from images.operations.models.consent import Consent
from images.operations.queries import consents as reading
from images.operations.queries.visible_parts import items_seen, visible_operations
from images.operations.services import consent as service
from images.partners.queries import named

_SHOWN = 20


@login_required
@require_safe
def consents(request: SignedIn) -> HttpResponse:
    which = request.GET.get("show", "")
    which = which if which in reading.LISTS else "mine"
    shown = reading.listed(request.user, which, request.GET.get("page", ""))
    operations = visible_operations(request.user, [one.operation for one in shown])
    url = reverse("images:consents")
    context = {
        "which": which,
        "page": shown,
        "rows": [
            (one, operation, reading.TONES[ConsentState(one.state)])
            for one, operation in zip(shown, operations, strict=True)
        ],
        "tabs": [
            {
                "name": name,
                "label": label,
                "url": f"{url}?show={name}",
                "current": name == which,
                "count": reading.to_decide(request.user).count() if name == "mine" else None,
            }
            for name, label in reading.LISTS.items()
        ],
    }
    return page(request, "operations/consents.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: SignedIn, pk: int) -> HttpResponse:
    """GET shows what is asked for, POST decides. 409 when somebody was faster."""
    asked = get_object_or_404(
        Consent.objects.visible_to(request.user).select_related("operation__actor", "project__region"), pk=pk
    )
    if request.method == "POST":
        service.check_can_decide(request.user, asked)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        decide = service.give if form.cleaned_data["decision"] == "give" else service.refuse
        try:
            decide(actor=request.user, consent=asked, comment=form.cleaned_data["comment"].strip())
        except service.AlreadyDecided as faster:
            return problem(request, 409, title=_("Somebody was faster"), text=str(faster))
        messages.success(request, _("Your decision is noted."))
        return redirect("images:operation", asked.operation_id)
    status = 422 if form.is_bound else 200
    return page(request, "operations/consent.html", _context(request, asked, form), status=status)


def _context(request: SignedIn, asked: Consent, form: DecisionForm) -> dict[str, object]:
    operation = visible_operations(request.user, [asked.operation])[0]
    waits = asked.state == ConsentState.WAITING
    items = (
        items_seen(request.user, operation)
        .select_related("project", "image")
        .defer("image__document", "image__search_text")
    )
    recipients = operation.parameters.get("project_ids", [])
    return {
        "consent": asked,
        "operation": operation,
        "tone": reading.TONES[ConsentState(asked.state)],
        "waits": waits,
        "standing": service.decision_permission(request.user, asked),
        "form": form,
        "items": list(items.order_by("position")[:_SHOWN]),
        "more": max(0, operation.total - _SHOWN),
        "recipients": named(recipients),
        "hindered": service.blocked_items(operation, items_seen(request.user, operation)) if waits else [],
        "others": [one for one in reading.of_operation(request.user, operation) if one.pk != asked.pk],
        "deciders": reading.deciders(asked.project, but=operation.actor_id) if waits else [],
    }
