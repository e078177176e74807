"""What an account needs: the IAM actions of the image service as policies to copy, and a test of those that it has."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from images.access.permissions import check_can_manage_accounts
from images.accounts.services.permissions import ask_permissions
from images.accounts.tables import permissions as tables
from images.clouds.enums import ProjectKind
from images.clouds.models import Account
from images.core.ids import id_of
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Kind.CLOUD, only="POST")
def account_permissions(request: SignedIn, pk: int) -> HttpResponse:
    """POST asks the service as the account, for one of its projects (`project`)."""
    check_can_manage_accounts(request.user)
    account = get_object_or_404(Account.objects.present(), pk=pk)
    projects = account.projects.managed().filter(kind=ProjectKind.IMS).select_related("region", "account")
    context: dict[str, object] = {
        "account": account,
        "projects": projects,
        "lines": tables.action_lines(),
        "policies": tables.policy_texts(),
        "obs": tables.obs_words(),
    }
    if request.method == "POST":
        asked = get_object_or_404(projects, pk=id_of(request.POST.get("project", "")))
        found = ask_permissions(actor=request.user, project=asked)
        lines = tables.action_lines(found.actions)
        context |= {"asked": asked, "failure": found.failure, "lines": lines}
    return render(request, "accounts/account_permissions.html", context)
