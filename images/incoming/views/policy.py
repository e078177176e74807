"""The policy of a project for what is shared with it: the form, what it would have decided, and earlier versions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.access.permissions import Ability, can, check, refusal
from images.accounts.views.project import Context, card, project_of
from images.cache.enums import MemberStatus
from images.clouds.models import Project
from images.core.requests import SignedIn
from images.incoming.forms.policy import SharePolicyForm
from images.incoming.models import SharePolicy
from images.incoming.queries.policies import policy_of
from images.incoming.services.policies import SIMULATED, PolicyMoved, Simulation, save_policy, simulate
from images.signin.views.confirming import confirmed_unless


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_unless("look")
def share_policy(request: SignedIn, pk: int) -> HttpResponse:
    """POST with `look` simulates, any other POST puts a new version in force."""
    project = project_of(request, pk)
    policy = policy_of(project)
    if request.method != "POST":
        return _page(request, project, policy, SharePolicyForm(None, policy))
    check(request.user, Ability.ADMINISTER, project)
    form = SharePolicyForm(request.POST, policy)
    if not form.is_valid():
        return _page(request, project, policy, form, status=422)
    if "look" in request.POST:
        return _page(request, project, policy, form, simulate(project, form.terms))
    try:
        saved = save_policy(
            actor=request.user,
            project=project,
            terms=form.columns,
            note=form.cleaned_data["note"],
            seen_version=form.cleaned_data["seen"],
        )
    except PolicyMoved as moved:
        form.add_error(None, str(moved))
        return _page(request, project, policy, form, status=409)
    said = _("Version %(n)d is in force. What waits is held against it now.")
    messages.success(request, said % {"n": saved.version})
    return redirect("images:project_share_policy", project.pk)


def _page(
    request: SignedIn,
    project: Project,
    policy: SharePolicy | None,
    form: SharePolicyForm,
    simulation: Simulation | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    may = can(request.user, Ability.ADMINISTER, project)
    context = {
        "project": project,
        "policy": policy,
        "form": form,
        "may": may,
        "why_not": "" if may else refusal(Ability.ADMINISTER, project),
        "simulation": simulation,
        "table": _table(simulation) if simulation else (),
        "differences": _differences(simulation) if simulation else (),
        "most": SIMULATED,
        "versions": SharePolicy.objects.filter(project=project)[:20],
    }
    return render(request, "incoming/project_share_policy.html", context, status=status)


def _words(decision: str) -> str:
    return str(MemberStatus(decision).label) if decision else _("undecided")


def _table(simulation: Simulation) -> list[tuple[str, str, int, bool]]:
    """(was, would be, how many, whether it differs), those that differ first."""
    lines = [(_words(was), _words(now), count, was != now) for (was, now), count in simulation.counts.items()]
    return sorted(lines, key=lambda line: (not line[3], -line[2]))


def _differences(simulation: Simulation) -> list[tuple[object, str, str, str]]:
    return [(one.share, _words(one.was), _words(one.would_be), one.why) for one in simulation.differences]


@card("incoming/_project_card.html", place=2)
def _share_policy(_request: SignedIn, shown: Project) -> Context:
    return {"share_policy": policy_of(shown)}
