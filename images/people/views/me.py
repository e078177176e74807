"""One's own account: password, second factor, sign-in elsewhere, sessions, roles."""

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from images.core.ids import id_of
from images.core.requests import SignedIn
from images.people.queries import roles_of
from images.signin.services import sessions


@login_required
@require_safe
def me(request: SignedIn) -> HttpResponse:
    factors = {authenticator.type: authenticator for authenticator in Authenticator.objects.filter(user=request.user)}
    codes = factors.get(Authenticator.Type.RECOVERY_CODES)
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", [])
    context = {
        "second_factor": Authenticator.Type.TOTP in factors,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "sessions": sessions.sessions_of(request.user, request),
        "this": request.session.session_key,
        "elsewhere": SocialAccount.objects.filter(user=request.user).exists(),
        "offered": apps[0]["name"] if apps else "",
        "roles": roles_of(request.user),
    }
    return render(request, "people/me.html", context)


@login_required
@require_safe
def there(request: SignedIn) -> HttpResponse:
    """Instead of pages of allauth's that would show a part of this one."""
    return redirect("images:me")


@login_required
@require_POST
def session_end(request: SignedIn) -> HttpResponse:
    """`session`: one of one's own; without it all but this one."""
    chosen = None
    if "session" in request.POST:
        mine = UserSession.objects.filter(user=request.user)
        chosen = [get_object_or_404(mine, pk=id_of(request.POST["session"]))]
    key = request.session.session_key
    ended = sessions.end_sessions(actor=request.user, user=request.user, sessions=chosen, but=key)
    messages.success(request, _("Ended: %(n)d.") % {"n": ended})
    return redirect("images:me")
