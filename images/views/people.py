"""People: who may sign in, in which teams they are, and what that lets them do. For administrators of the console."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.forms.people import PersonForm
from images.permissions import check_can_manage_teams
from images.selectors import people as reading
from images.services import people as service
from images.services import second_factors, sessions
from images.services.teams import TeamRefused
from images.views.http import page
from images.views.project_page import project_of


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    check_can_manage_teams(request.user)
    query = request.GET.get("q", "")
    shown = reading.people(query, request.GET.get("page", ""))
    return page(request, "images/people.html", {"page": shown, "query": query, "tab": "people"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_add(request: HttpRequest) -> HttpResponse:
    check_can_manage_teams(request.user)
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = service.add_person(actor=request.user, **form.cleaned_data)
        except TeamRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return _invited(request, made)
    return render(request, "images/person_form.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    check_can_manage_teams(request.user)
    return _page(request, _found(pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_change(request: HttpRequest, pk: int) -> HttpResponse:
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
    return render(request, "images/person_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def person_active(request: HttpRequest, pk: int) -> HttpResponse:
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
def person_link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link with which they choose a password; it is shown this once."""
    check_can_manage_teams(request.user)
    return _invited(request, _found(pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, POST takes away a second factor that was lost."""
    check_can_manage_teams(request.user)
    shown = _found(pk)
    if request.method == "POST":
        second_factors.take_away(actor=request.user, user=shown)
        messages.success(request, _("%(who)s signs in with the password alone again.") % {"who": shown.username})
        return redirect("images:person", pk)
    return render(request, "images/person_ask.html", {"person": shown, "about": "second factor"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows where somebody is signed in, POST ends it everywhere; of one's own, this session stays."""
    check_can_manage_teams(request.user)
    shown = _found(pk)
    if request.method == "POST":
        ended = sessions.end_sessions(actor=request.user, user=shown, but=request.session.session_key)
        messages.success(request, _("Ended: %(n)d.") % {"n": ended})
        return redirect("images:person", pk)
    context = {"person": shown, "about": "sessions", "sessions": sessions.open_sessions(shown)}
    return render(request, "images/person_ask.html", context)


@login_required
@require_safe
def project_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may what in a project, and why; for everybody who sees the project, so that they know whom to ask."""
    shown = project_of(request, pk)
    context = {"project": shown, "standings": reading.standings(shown), "roles": reading.role_words()}
    return render(request, "images/project_people.html", context)


def _invited(request: HttpRequest, shown: User) -> HttpResponse:
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
    request: HttpRequest, shown: User, *, invitation: service.Invitation | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "person": shown,
        "is_staff": shown.is_staff or shown.is_superuser,
        "teams": shown.teams.order_by("name"),
        "grants": reading.roles_of(shown),
        "invitation": invitation,
        "second_factor": second_factors.has_one(shown),
        "sessions": sessions.open_sessions(shown),
        "why_not": service.why_not_deactivate(request.user, shown),
    }
    return render(request, "images/person.html", context, status=status)
