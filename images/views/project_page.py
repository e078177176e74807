"""The page of a managed project: what its administrators decide for it. Each policy is a card with a form of its own.

A further policy is a template in `templates/images/project/`, an entry of CARDS with what it shows, and a URL of its
own for its form, which answers 422 with this page by `project_page(request, project, changed={…})`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from images.forms.consent import ConsentPolicyForm
from images.forms.quotas import ThresholdForm
from images.models import ConsentPolicy, Project, QuotaState
from images.permissions import Ability, can, check, refusal
from images.selectors.consents import deciders
from images.selectors.share_policies import policy_of
from images.services import consent, quota_levels
from images.views.http import page

Context = Mapping[str, Any]


@login_required
@require_safe
def project(request: HttpRequest, pk: int) -> HttpResponse:
    return project_page(request, project_of(request, pk))


@login_required
@require_POST
def project_consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Which acts on images of the project need a second person."""
    chosen = project_of(request, pk)
    check(request.user, Ability.ADMINISTER, chosen)
    form = ConsentPolicyForm(request.POST, instance=_policy(chosen))
    if not form.is_valid():
        return project_page(request, chosen, {"consent_form": form}, status=422)
    consent.set_policy(actor=request.user, project=chosen, **form.cleaned_data)
    messages.success(request, _("Saved for %(project)s.") % {"project": chosen})
    return redirect("images:project", chosen.pk)


@login_required
@require_POST
def project_quota(request: HttpRequest, pk: int) -> HttpResponse:
    """From how many percent of its quota people are told."""
    chosen = project_of(request, pk)
    check(request.user, Ability.ADMINISTER, chosen)
    form = ThresholdForm(request.POST)
    if not form.is_valid():
        return project_page(request, chosen, {"quota_form": form}, status=422)
    quota_levels.set_thresholds(actor=request.user, project=chosen, **form.cleaned_data)
    messages.success(request, _("Saved for %(project)s.") % {"project": chosen})
    return redirect("images:project", chosen.pk)


def project_of(request: HttpRequest, pk: int) -> Project:
    """A project that this person sees; 404 for any other."""
    return get_object_or_404(Project.objects.visible_to(request.user).select_related("region", "account"), pk=pk)


def project_page(
    request: HttpRequest, shown: Project, changed: Context | None = None, *, status: int = 200
) -> HttpResponse:
    """`changed`: what stands in a card instead of what is kept, such as a form with its errors."""
    may = can(request.user, Ability.ADMINISTER, shown)
    context: dict[str, Any] = {
        "project": shown,
        "may": may,
        "why_not": "" if may else refusal(Ability.ADMINISTER, shown),
        "cards": [f"images/project/{name}.html" for name in CARDS],
    }
    for fill in CARDS.values():
        context |= fill(request, shown)
    return page(request, "images/project.html", context | dict(changed or {}), status=status)


def _policy(shown: Project) -> ConsentPolicy:
    """As it is kept; where nothing is kept nothing is demanded."""
    return ConsentPolicy.objects.filter(project=shown).first() or ConsentPolicy(project=shown)


def _consent(_request: HttpRequest, shown: Project) -> Context:
    policy = _policy(shown)
    return {
        "consent_policy": policy,
        "consent_form": ConsentPolicyForm(instance=policy),
        "deciders": deciders(shown),
    }


def _share_policy(_request: HttpRequest, shown: Project) -> Context:
    return {"share_policy": policy_of(shown)}


def _quota(_request: HttpRequest, shown: Project) -> Context:
    state = QuotaState.objects.filter(project=shown).first() or QuotaState()
    return {"quota_form": ThresholdForm(initial={"warn": state.warn, "critical": state.critical})}


#: Cards in the order of the page: name of the template → what it shows.
CARDS: dict[str, Callable[[HttpRequest, Project], Context]] = {
    "consent": _consent,
    "share_policy": _share_policy,
    "quota": _quota,
}
