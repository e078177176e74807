"""Whoever has to have a second factor and has none sets one up before anything else (REQUIRE_SECOND_FACTOR)."""

from collections.abc import Callable

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from images.core.requests import Request

#: What one needs to set it up, and to leave. The rest of allauth's pages is about the account itself.
_FREE = ("/accounts/", "/preferences/", "/healthz", "/readyz", "/static/")
_KNOWN = "second_factor"


class RequireSecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        if settings.REQUIRE_SECOND_FACTOR == "none" or request.path.startswith(_FREE) or not _lacks(request):
            return self.get_response(request)
        if request.htmx:
            return HttpResponseClientRedirect("/accounts/2fa/totp/activate/")
        messages.info(request, _("This console asks for a second factor. Set it up to go on."))
        return redirect("mfa_activate_totp")


def _lacks(request: HttpRequest) -> bool:
    """Asked of the database until there is one, then remembered by the session; removing it forgets (signin_audit)."""
    user = request.user
    if not user.is_authenticated:
        return False
    asked = settings.REQUIRE_SECOND_FACTOR == "everybody" or user.is_staff or user.is_superuser
    if not asked or request.session.get(_KNOWN) == user.pk:
        return False
    apps = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)
    if not (_from_elsewhere(request, user) or apps.exists()):
        return True
    request.session[_KNOWN] = user.pk
    return False


def _from_elsewhere(request: HttpRequest, user: User) -> bool:
    """Who signed in at the provider was asked there."""
    return any(record.get("method") == "socialaccount" for record in get_authentication_records(request, user))


def forget(request: HttpRequest) -> None:
    """The second factor of this session's person was removed."""
    request.session.pop(_KNOWN, None)
