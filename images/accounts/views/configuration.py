"""clouds.yaml in the browser: what would come of it, and then it. Nothing of the file is kept in between: the form that
holds it sends it both times."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from images.access.permissions import check_can_manage_accounts
from images.accounts.forms import ImportForm
from images.accounts.services.cloud_import import import_clouds, planned
from images.accounts.tables.plan import plan_rows
from images.core.http import page
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.signin.views.confirming import confirmed_before


@sensitive_post_parameters("secret_text")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_import(request: SignedIn) -> HttpResponseBase:
    """A POST by the button `add` adds the accounts that are named in it; any other only looks."""
    check_can_manage_accounts(request.user)
    return _import(request)


@confirmed_before
@limited(Kind.CLOUD, only="POST")
def _import(request: SignedIn) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    context: dict[str, Any] = {"form": form}
    if form.is_valid() and "add" in request.POST:
        chosen = request.POST.getlist("account")
        context["outcomes"] = list(import_clouds(form.configuration, actor=request.user, only=chosen))
    elif form.is_valid():
        context["rows"] = plan_rows(planned(form.configuration, actor=request.user))
    status = 422 if form.errors else 200
    return page(request, "accounts/account_import.html", context, partial="found", status=status)
