"""Confirming that it is still the same person: before what gives somebody power, whoever sits there proves it again.

A proof is the password, a code of the second factor, or signing in anew at the provider by which they came; it counts
for CONFIRM_MINUTES. Signing in is one itself, but at a provider only if it says that they have just proved it there.
"""

import time
from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from console.openid import PROVIDER

_KEY = "confirmed_at"
#: Seconds by which the provider's clock may be ahead of ours.
_AHEAD = 60.0


def note_confirmation(request: HttpRequest) -> None:
    """They have just proved it."""
    request.session[_KEY] = time.time()


def is_recent(request: HttpRequest) -> bool:
    """Whether the last proof still counts."""
    records = get_authentication_records(request, authenticated_user(request))
    proofs = [record["at"] for record in records if record.get("reauthenticated")]
    return _counts(max([request.session.get(_KEY, 0.0), *proofs]))


def signed_in(request: HttpRequest, user: User) -> None:
    """A sign-in, unless it is the provider's word (`signed_in_elsewhere`)."""
    request.session.pop(_KEY, None)
    if not any(record.get("method") == "socialaccount" for record in get_authentication_records(request, user)):
        note_confirmation(request)


def signed_in_elsewhere(request: HttpRequest, claims: Mapping[str, Any]) -> bool:
    """Whether the provider says (`auth_time`, OpenID Connect Core 2) that it asked them just now; it counts then. One
    that says nothing may have waved them through because they were signed in there anyway: that proves nothing."""
    at = claims.get("auth_time")
    just_now = isinstance(at, int) and not isinstance(at, bool) and at - time.time() <= _AHEAD and _counts(float(at))
    if just_now:
        note_confirmation(request)
    return just_now


def confirmation_methods(user: User) -> list[str]:
    """How they can prove it: "password", "code", "elsewhere"."""
    ways = ["password"] if user.has_usable_password() else []
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        ways.append("code")
    if settings.OIDC.providers and SocialAccount.objects.filter(user=user, provider=PROVIDER).exists():
        ways.append("elsewhere")
    return ways


def _counts(at: float) -> bool:
    return time.time() - at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
