"""Teams: members, and roles in projects. For administrators of the console."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.access.models import Team
from images.access.permissions import check_can_manage_teams
from images.core.requests import SignedIn
from images.people import queries as reading
from images.people.forms.people import GrantForm, MemberForm, TeamForm
from images.people.services import teams as service
from images.people.services.teams import TeamRefused
from images.signin.views.confirming import confirmed


@login_required
@require_safe
def teams(request: SignedIn) -> HttpResponse:
    check_can_manage_teams(request.user)
    return render(request, "people/people.html", {"teams": reading.teams(), "tab": "teams"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_add(request: SignedIn) -> HttpResponse:
    check_can_manage_teams(request.user)
    form = TeamForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = service.add_team(actor=request.user, **form.cleaned_data)
        except TeamRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            return redirect("images:team", made.pk)
    return render(request, "people/team_form.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
@require_safe
def team(request: SignedIn, pk: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    return _page(request, get_object_or_404(Team, pk=pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_change(request: SignedIn, pk: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    shown = get_object_or_404(Team, pk=pk)
    initial = {"name": shown.name, "note": shown.note}
    form = TeamForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            service.change_team(actor=request.user, team=shown, **form.cleaned_data)
        except TeamRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("images:team", pk)
    context = {"form": form, "team": shown}
    return render(request, "people/team_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def team_remove(request: SignedIn, pk: int) -> HttpResponse:
    """GET asks, POST removes."""
    check_can_manage_teams(request.user)
    shown = get_object_or_404(Team, pk=pk)
    if request.method == "POST":
        service.remove_team(actor=request.user, team=shown)
        messages.success(request, _("Removed the team “%(name)s”.") % {"name": shown.name})
        return redirect("images:teams")
    context = {"team": shown, "members": reading.members_of(shown), "grants": reading.grants_of(shown)}
    return render(request, "people/team_remove.html", context)


@login_required
@require_POST
@confirmed
def team_member_add(request: SignedIn, pk: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    shown = get_object_or_404(Team, pk=pk)
    form = MemberForm(shown, request.POST)
    if not form.is_valid():
        return _page(request, shown, member_form=form, status=422)
    service.add_member(actor=request.user, team=shown, user=form.cleaned_data["user"])
    return redirect("images:team", pk)


@login_required
@require_POST
@confirmed
def team_member_remove(request: SignedIn, pk: int, user: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    member = get_object_or_404(get_user_model(), pk=user)
    service.remove_member(actor=request.user, team=get_object_or_404(Team, pk=pk), user=member)
    return redirect("images:team", pk)


@login_required
@require_POST
@confirmed
def team_grant(request: SignedIn, pk: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    shown = get_object_or_404(Team, pk=pk)
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _page(request, shown, grant_form=form, status=422)
    service.grant(actor=request.user, team=shown, **form.cleaned_data)
    return redirect("images:team", pk)


@login_required
@require_POST
@confirmed
def team_revoke(request: SignedIn, pk: int, grant: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    given = get_object_or_404(get_object_or_404(Team, pk=pk).grants.select_related("project__region", "team"), pk=grant)
    service.revoke(actor=request.user, given=given)
    return redirect("images:team", pk)


def _page(
    request: SignedIn,
    shown: Team,
    *,
    member_form: MemberForm | None = None,
    grant_form: GrantForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "team": shown,
        "members": reading.members_of(shown),
        "grants": reading.grants_of(shown),
        "roles": reading.role_words(),
        "member_form": member_form or MemberForm(shown),
        "grant_form": grant_form or GrantForm(),
    }
    return render(request, "people/team.html", context, status=status)
