"""People: who may sign in, in which teams they are, and what that lets them do. For administrators of the console."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.access.permissions import check_can_manage_teams
from images.accounts.views.project import project_of
from images.core.http import page
from images.core.requests import SignedIn
from images.people import queries as reading
from images.people.forms.people import PersonForm
from images.people.services import people as service
from images.people.services.teams import TeamRefused
from images.signin.services import second_factors, sessions
from images.signin.views.confirming import confirmed


@login_required
@require_safe
def people(request: SignedIn) -> HttpResponse:
    check_can_manage_teams(request.user)
    query = request.GET.get("q", "")
    shown = reading.people(query, request.GET.get("page", ""))
    return page(request, "people/people.html", {"page": shown, "query": query, "tab": "people"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def person_add(request: SignedIn) -> HttpResponse:
    check_can_manage_teams(request.user)
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = service.add_person(actor=request.user, **form.cleaned_data)
        except TeamRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return _invited(request, made)
    return render(request, "people/person_form.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
@require_safe
def person(request: SignedIn, pk: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    return _page(request, _found(pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def person_change(request: SignedIn, pk: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    shown = _found(pk)
    form = PersonForm.of(shown, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            service.change_person(actor=request.user, user=shown, **form.cleaned_data)
        except TeamRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("images:person", pk)
    context = {"form": form, "person": shown}
    return render(request, "people/person_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
@confirmed
def person_active(request: SignedIn, pk: int) -> HttpResponse:
    """`active`: "yes" lets them sign in again, anything else deactivates."""
    check_can_manage_teams(request.user)
    shown = _found(pk)
    if request.POST.get("active") == "yes":
        service.reactivate(actor=request.user, user=shown)
        return redirect("images:person", pk)
    try:
        service.deactivate(actor=request.user, user=shown)
    except TeamRefused as refusal:
        messages.error(request, str(refusal))
        return _page(request, shown, status=409)
    return redirect("images:person", pk)


@login_required
@require_POST
@confirmed
def person_link(request: SignedIn, pk: int) -> HttpResponse:
    """A new link with which they choose a password; it is shown this once."""
    check_can_manage_teams(request.user)
    return _invited(request, _found(pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def person_second_factor(request: SignedIn, pk: int) -> HttpResponse:
    """GET asks, POST takes away a second factor that was lost."""
    check_can_manage_teams(request.user)
    shown = _found(pk)
    if request.method == "POST":
        second_factors.remove_second_factors(actor=request.user, user=shown)
        messages.success(request, _("%(who)s signs in with the password alone again.") % {"who": shown.username})
        return redirect("images:person", pk)
    return render(request, "people/person_ask.html", {"person": shown, "about": "second factor"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_sessions(request: SignedIn, pk: int) -> HttpResponse:
    """GET shows where somebody is signed in, POST ends it everywhere; of one's own, this session stays."""
    check_can_manage_teams(request.user)
    shown = _found(pk)
    if request.method == "POST":
        ended = sessions.end_sessions(actor=request.user, user=shown, but=request.session.session_key)
        messages.success(request, _("Ended: %(n)d.") % {"n": ended})
        return redirect("images:person", pk)
    context = {"person": shown, "about": "sessions", "sessions": sessions.open_sessions(shown)}
    return render(request, "people/person_ask.html", context)


@login_required
@require_safe
def project_people(request: SignedIn, pk: int) -> HttpResponse:
    """Who may what in a project, and why; for everybody who sees the project, so that they know whom to ask."""
    shown = project_of(request, pk)
    context = {"project": shown, "standings": reading.project_permissions(shown), "roles": reading.role_words()}
    return render(request, "people/project_people.html", context)


def _invited(request: SignedIn, shown: User) -> HttpResponse:
    """The answer to the POST itself holds the link: in no other place is it ever seen again."""
    try:
        invitation = service.invite(actor=request.user, user=shown, request=request)
    except TeamRefused as refusal:
        messages.error(request, str(refusal))
        return _page(request, shown, status=409)
    return _page(request, shown, invitation=invitation)


def _found(pk: int) -> User:
    return get_object_or_404(get_user_model(), pk=pk)


def _page(
    request: SignedIn, shown: User, *, invitation: service.Invitation | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "person": shown,
        "is_staff": shown.is_staff or shown.is_superuser,
        "teams": shown.teams.order_by("name"),
        "grants": reading.roles_of(shown),
        "invitation": invitation,
        "second_factor": second_factors.has_second_factor(shown),
        "sessions": sessions.open_sessions(shown),
        "why_not": service.why_not_deactivate(request.user, shown),
    }
    return render(request, "people/person.html", context, status=status)
