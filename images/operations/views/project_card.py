"""What a project demands of a second person: a card on the page of the project, and its form."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from images.access.permissions import Ability, check
from images.accounts.views.project import Context, card, project_of, project_page
from images.clouds.models import Project
from images.core.requests import SignedIn
from images.operations.forms.consent import ConsentPolicyForm
from images.operations.models.consent import ConsentPolicy
from images.operations.queries.consents import deciders
from images.operations.services import consent
from images.signin.views.confirming import confirmed


@login_required
@require_POST
@confirmed
def project_consent(request: SignedIn, pk: int) -> HttpResponse:
    """Which acts on images of the project need a second person."""
    chosen = project_of(request, pk)
    check(request.user, Ability.ADMINISTER, chosen)
    form = ConsentPolicyForm(request.POST, instance=_policy(chosen))
    if not form.is_valid():
        return project_page(request, chosen, {"consent_form": form}, status=422)
    consent.set_policy(actor=request.user, project=chosen, **form.cleaned_data)
    messages.success(request, _("Saved for %(project)s.") % {"project": chosen})
    return redirect("images:project", chosen.pk)


def _policy(shown: Project) -> ConsentPolicy:
    """As it is kept; where nothing is kept nothing is demanded."""
    return ConsentPolicy.objects.filter(project=shown).first() or ConsentPolicy(project=shown)


@card("operations/_project_card.html", place=1)
def _consent(_request: SignedIn, shown: Project) -> Context:
    policy = _policy(shown)
    return {
        "consent_policy": policy,
        "consent_form": ConsentPolicyForm(instance=policy),
        "deciders": deciders(shown),
    }
