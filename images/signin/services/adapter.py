"""Who may have an account here, and how often a password may be tried.

Only people whom an administrator adds; a counter for each account and each client, whatever name or address is typed
and whatever host the request names.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from console.client import address_of
from images.signin.services import confirming

#: What a client counts as whose address cannot be told (a socket): all of them share its limits.
_UNKNOWN = "127.0.0.1"


class InvitedOnlyAdapter(DefaultAccountAdapter):
    """An admin console is no place for strangers to sign up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """What cannot be read as an address ("http://[") leads nowhere; allauth takes it for one and breaks."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the audit tells it, so that limits and entries speak of the same client."""
        return address_of(request) or _UNKNOWN

    def is_reauthentication_required(self, *, app: str, **_kwargs: object) -> bool:
        """For allauth's own pages (second factors, passwords, identities): the same rule as for ours."""
        return not confirming.is_recent(context.request)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Also at the provider, for people who have neither password nor second factor here."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if isinstance(user, User) and "elsewhere" in confirming.confirmation_methods(user):
            words = gettext("Confirm where you sign in")
            methods.append({"id": "elsewhere", "description": words, "url": reverse("images:confirm_elsewhere")})
        return methods

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What tries are counted by (tests/signin/test_tries.py holds allauth to calling this). Its own key has the
        Host header in it, and what was typed: each port and each spelling would begin a counter of its own."""
        typed = {str(credentials.get(name) or "").strip().lower() for name in ("username", "email")} - {""}
        account = _account(typed)
        return f"account:{account}" if account else f"name:{'|'.join(sorted(typed))}"


def _account(typed: set[str]) -> int | None:
    """Whom these names and addresses mean; where they mean several, the first, so that it is always the same one."""
    if not typed:
        return None
    meant = Q()
    for name in typed:
        meant |= Q(username__iexact=name) | Q(email__iexact=name) | Q(emailaddress__email__iexact=name)
    return User.objects.filter(meant).order_by("pk").values_list("pk", flat=True).first()
