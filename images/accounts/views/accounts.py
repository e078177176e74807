"""Accounts: all of them with their projects; adding one in two steps, changing, picking projects, removing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from images.access.permissions import can_manage_accounts, check_can_manage_accounts
from images.accounts.forms import AccountForm, ImportForm
from images.accounts.queries import digest_of, overview
from images.accounts.rules import KNOWN, known_cloud
from images.accounts.services import accounts as service
from images.accounts.services import removal
from images.accounts.services.accounts import AccountRefused
from images.accounts.services.project_choice import ChoiceRefused, choices, choose_projects
from images.clouds.models import Account
from images.clouds.services.connection import SECRETS
from images.clouds.services.discovery import ConnectionRefused
from images.core.encryption import SecretUnreadable
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.signin.views.confirming import confirmed


@login_required
@require_safe
def accounts(request: SignedIn) -> HttpResponse:
    shown = overview(request.user)
    lines = [line for account in shown for line in account.lines]
    busy = [line for line in lines if line.standing.busy]
    context = {
        "accounts": shown,
        "may_manage": can_manage_accounts(request.user),
        "busy": busy,
        "seen": digest_of(busy),
        "any_managed": any(line.managed for line in lines),
    }
    return render(request, "accounts/accounts.html", context)


@sensitive_post_parameters(*SECRETS)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@limited(Kind.CLOUD, only="POST")
def account_add(request: SignedIn) -> HttpResponse:
    """First step: how to sign in. What was entered is tested before anything is kept."""
    check_can_manage_accounts(request.user)
    chosen = known_cloud(request.GET.get("cloud", ""))
    initial = {"name": chosen.name, "auth_url": chosen.auth_url} if chosen and chosen.auth_url else {}
    form = AccountForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            account = service.add_account(
                actor=request.user, name=form.cleaned_data["name"], connection=form.connection
            )
        except (AccountRefused, ConnectionRefused) as error:
            form.refuse(error.field, str(error))
        else:
            messages.success(request, _("“%(name)s” works. Now pick its projects.") % {"name": account.name})
            return redirect("images:account_pick", account.pk)
    return _form(request, form, {"known": KNOWN, "chosen": chosen, "import_form": ImportForm(auto_id="import_%s")})


@sensitive_post_parameters(*SECRETS)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@limited(Kind.CLOUD, only="POST")
def account_change(request: SignedIn, pk: int) -> HttpResponse:
    account = _account(request, pk)
    form = AccountForm(request.POST if request.method == "POST" else None, account=account)
    if form.is_valid():
        try:
            changed = service.update_account(
                actor=request.user, account=account, name=form.cleaned_data["name"], connection=form.connection
            )
        except (AccountRefused, ConnectionRefused) as error:
            form.refuse(error.field, str(error))
        except SecretUnreadable as error:
            form.refuse("secret", str(error))
        else:
            messages.success(request, _("Changed “%(name)s”; the cloud accepts it.") % {"name": changed.name})
            return redirect("images:accounts")
    return _form(request, form, {"account": account})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@limited(Kind.CLOUD)
def account_pick(request: SignedIn, pk: int) -> HttpResponse:
    """Second step, and again whenever somebody likes: which projects are managed. The cloud is asked anew each time."""
    account = _account(request, pk)
    problem = ""
    if request.method == "POST":
        try:
            done = choose_projects(actor=request.user, account=account, picked=request.POST.getlist("project"))
        except (ChoiceRefused, ConnectionRefused, SecretUnreadable) as error:
            problem = str(error)
        else:
            messages.success(request, _picked(done.added, done.dropped))
            return redirect("images:accounts")
    offer = choices(account)
    context = {
        "account": account,
        "choices": offer.choices,
        "problem": problem or offer.problem,
        "picked": set(request.POST.getlist("project")) if request.method == "POST" else None,
        "first": not account.projects.exists(),
    }
    return render(request, "accounts/account_pick.html", context, status=422 if problem else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def account_remove(request: SignedIn, pk: int) -> HttpResponse:
    """GET says what goes with it, POST removes."""
    account = _account(request, pk)
    if request.method == "POST":
        name = account.name
        removal.remove_account(actor=request.user, account=account)
        messages.success(request, _("Removed “%(name)s”. At the cloud nothing was touched.") % {"name": name})
        return redirect("images:accounts")
    return render(
        request, "accounts/account_remove.html", {"account": account, "burden": removal.removal_impact(account)}
    )


def _account(request: SignedIn, pk: int) -> Account:
    """An account that is there, for somebody who may change it."""
    check_can_manage_accounts(request.user)
    return get_object_or_404(Account.objects.present(), pk=pk)


def _form(request: SignedIn, form: AccountForm, context: dict[str, object]) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "accounts/account_form.html", {"form": form, **context}, status=status)


def _picked(added: int, dropped: int) -> str:
    """In words, for the page that follows."""
    parts = []
    if added:
        more = ngettext("%(n)d project is managed now.", "%(n)d more projects are managed now.", added)
        parts.append(more % {"n": added})
    if dropped:
        less = ngettext("%(n)d project is no longer managed.", "%(n)d projects are no longer managed.", dropped)
        parts.append(less % {"n": dropped})
    return " ".join(parts) or _("Nothing has changed.")
