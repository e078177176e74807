"""Signing in at an OpenID Connect provider: who is who here, and which teams their groups put them into.

Somebody whom an administrator added is recognised the first time by the mail address, if the provider has verified it;
from then on by the provider's own id. Whom nobody added comes in only with OIDC_CREATE.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from images.models import Membership, Team
from images.services import audit
from images.services.audit import AuditEvent


class ElsewhereAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if request.user.is_authenticated or sociallogin.is_existing:
            return
        known = _added(claims_of(sociallogin))
        if known is not None:
            sociallogin.connect(request, known)
        elif not settings.OIDC.create:
            messages.error(request, _("Nobody has added you here. Ask an administrator of the console."))
            raise ImmediateHttpResponse(redirect("account_login"))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.OIDC.create)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            after = audit.changed(user, ("username", "email"))
            audit.record(event=AuditEvent.PERSON_ADDED, actor=None, subject=user, after=after, details=_BY)
        return user


_BY = {"by": "sign-in elsewhere"}


def claims_of(sociallogin: SocialLogin) -> Mapping[str, Any]:
    """What the provider says of somebody; the user info where there is some, else the token."""
    data: Mapping[str, Any] = sociallogin.account.extra_data or {}
    return {**(data.get("id_token") or {}), **(data.get("userinfo") or {})} or data


def sync_groups(user: User, claims: Mapping[str, Any]) -> None:
    """Membership in the teams that OIDC_GROUPS names, as the groups say; all other teams are left alone. A provider
    that sends no groups at all changes nothing."""
    config = settings.OIDC
    held = claims.get(config.groups_claim)
    if not isinstance(held, list):
        return
    groups = {str(one) for one in held}
    with transaction.atomic():
        teams = config.teams or {}
        for name in sorted(set(teams.values())):
            wanted = any(group in groups for group, team in teams.items() if team == name)
            _set_member(user, name, wanted=wanted)
        if config.staff_group:
            _set_staff(user, staff=config.staff_group in groups)


def _set_member(user: User, name: str, *, wanted: bool) -> None:
    team, _made = Team.objects.get_or_create(name=name)
    if wanted:
        _membership, changed = Membership.objects.get_or_create(team=team, user=user)
    else:
        changed = bool(Membership.objects.filter(team=team, user=user).delete()[0])
    if changed:
        event = AuditEvent.MEMBER_ADDED if wanted else AuditEvent.MEMBER_REMOVED
        audit.record(event=event, actor=None, subject=user, details={"team": name, **_BY})


def _set_staff(user: User, *, staff: bool) -> None:
    """Rights that come from the group go with it. Accounts made by hand (superusers) stay what they are."""
    if user.is_superuser or user.is_staff == staff:
        return
    user.is_staff = staff
    user.save(update_fields=["is_staff"])
    audit.record(
        event=AuditEvent.PERSON_CHANGED,
        actor=None,
        subject=user,
        before={"is_staff": not staff},
        after={"is_staff": staff},
        details=_BY,
    )


def _added(claims: Mapping[str, Any]) -> User | None:
    email = str(claims.get("email") or "")
    if not email or claims.get("email_verified") is not True:
        return None
    found: Iterable[User] = User.objects.filter(email__iexact=email, is_active=True)[:2]
    people = list(found)
    return people[0] if len(people) == 1 else None
