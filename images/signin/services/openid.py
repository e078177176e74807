"""Signing in at an OpenID Connect provider: who is who here, and which teams their groups put them into.

Somebody whom an administrator added is recognised the first time by the mail address, if the provider has verified it;
from then on by the provider's own id. Whom nobody added comes in only with OIDC_CREATE. An address that is not verified
counts for nothing, it is not even kept; nobody is ever asked to type one; an account has one identity at the provider.
"""

from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from images.access.models import Membership, Team
from images.audit import services as audit
from images.signin.audit_events import MemberEvent, PersonEvent
from images.signin.services import confirming


class ElsewhereAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connects an identity to whom it belongs, or refuses it with a sentence; what is left is somebody new."""
        _check_subject(request, sociallogin)
        match sociallogin.state.get("process"):
            case AuthProcess.CONNECT:
                _check_first_identity(request, sociallogin)
            case AuthProcess.LOGIN if not sociallogin.is_existing:
                _recognise(request, sociallogin)
            case AuthProcess.REDIRECT if sociallogin.is_existing and sociallogin.user == request.user:
                confirming.signed_in_elsewhere(request, token_of(sociallogin))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.OIDC.create)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Always: the other way is a form into which a stranger types whatever address they like."""
        return True

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: object = None) -> User:
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            after = audit.column_values(user, ("username", "email"))
            audit.record(event=PersonEvent.ADDED, actor=None, subject=user, after=after, details=_BY)
        return user


_BY = {"by": "sign-in elsewhere"}


def claims_of(sociallogin: SocialLogin) -> Mapping[str, Any]:
    """What the provider says of somebody; the user info where there is some, else the token."""
    claims: dict[str, Any] = {}
    for source in reversed(_sources(sociallogin)):
        claims.update(source)
    return claims


def token_of(sociallogin: SocialLogin) -> Mapping[str, Any]:
    """What the token says, which the provider made for this sign-in."""
    token: Mapping[str, Any] = (sociallogin.account.extra_data or {}).get("id_token") or {}
    return token


def _sources(sociallogin: SocialLogin) -> list[Mapping[str, Any]]:
    """What was said in one breath: the user info, the token; or, of an older account, the one thing that was kept."""
    data: Mapping[str, Any] = sociallogin.account.extra_data or {}
    return [source for source in (data.get("userinfo"), data.get("id_token")) if source] or [data]


def verified_address(sociallogin: SocialLogin) -> str:
    """The mail address that the provider has verified; "" when it says of none, or not in the same place."""
    for claims in _sources(sociallogin):
        email = claims.get("email")
        if isinstance(email, str) and email and claims.get("email_verified") is True and _is_address(email):
            return email
    return ""


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _recognise(request: HttpRequest, sociallogin: SocialLogin) -> None:
    email = verified_address(sociallogin)
    holders = _holders(email)
    known = _added(holders, sociallogin.account.provider, email)
    if known is not None:
        sociallogin.connect(request, known)
    elif not settings.OIDC.create:
        _refuse(request, _("Nobody has added you here. Ask an administrator of the console."))
    elif holders:
        why = _("The mail address %(email)s belongs to somebody else here. Ask an administrator of the console.")
        _refuse(request, why % {"email": email})
    else:
        sociallogin.user.email = email  # type: ignore[union-attr] # somebody new, hence there
        sociallogin.email_addresses = [EmailAddress(email=email, verified=True, primary=True)] if email else []


def _holders(email: str) -> list[User]:
    """Whoever has this address, also the deactivated: they do not come back as somebody new."""
    return list(User.objects.filter(email__iexact=email).order_by("pk")) if email else []


def _added(holders: list[User], provider: str, email: str) -> User | None:
    """The one person whom an administrator gave this address (or whose address was verified before), and who is not yet
    known by another identity."""
    if len(holders) != 1 or not holders[0].is_active:
        return None
    (user,) = holders
    doubtful = EmailAddress.objects.filter(user=user, email__iexact=email, verified=False).exists()
    taken = SocialAccount.objects.filter(user=user, provider=provider).exists()
    return None if doubtful or taken else user


def _check_first_identity(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Two identities of one account would be two people in one: what the groups of one give, the other has."""
    if sociallogin.is_existing or not request.user.is_authenticated:
        return  # allauth has its own words for both
    if SocialAccount.objects.filter(user=request.user, provider=sociallogin.account.provider).exists():
        url_name = "socialaccount_connections"
        _refuse(request, _("Another identity is connected already. Disconnect that one first."), url_name)


def _check_subject(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """OpenID Connect Core 5.3.2: a user info about somebody else than the token must not be used."""
    subjects = {str(source.get("sub")) for source in _sources(sociallogin) if source.get("sub")}
    if len(subjects) > 1:
        _refuse(request, _("The provider speaks of two different people. Tell an administrator of the console."))


def _refuse(request: HttpRequest, why: str | Promise, leads_to: str = "account_login") -> None:
    messages.error(request, str(why))
    raise ImmediateHttpResponse(redirect(leads_to))


def sync_groups(user: User, claims: Mapping[str, Any]) -> bool:
    """Membership in the teams that OIDC_GROUPS names, as the groups say; all other teams are left alone. A provider
    that sends no groups at all changes nothing. Whether anything changed."""
    config = settings.OIDC
    held = claims.get(config.groups_claim)
    if not isinstance(held, list):
        return False
    groups = {str(group) for group in held}
    changed = False
    with transaction.atomic():
        teams = config.teams or {}
        for name in sorted(set(teams.values())):
            wanted = any(group in groups for group, team in teams.items() if team == name)
            changed |= _set_member(user, name, wanted=wanted)
        if config.staff_group:
            changed |= _set_staff(user, staff=config.staff_group in groups)
    return changed


def _set_member(user: User, name: str, *, wanted: bool) -> bool:
    team, _made = Team.objects.get_or_create(name=name)
    if wanted:
        _membership, changed = Membership.objects.get_or_create(team=team, user=user)
    else:
        changed = bool(Membership.objects.filter(team=team, user=user).delete()[0])
    if changed:
        event = MemberEvent.ADDED if wanted else MemberEvent.REMOVED
        audit.record(event=event, actor=None, subject=user, details={"team": name, **_BY})
    return changed


def _set_staff(user: User, *, staff: bool) -> bool:
    """Rights that come from the group go with it. Accounts made by hand (superusers) stay what they are."""
    theirs = User.objects.filter(pk=user.pk, is_superuser=False, is_staff=not staff)
    if not theirs.update(is_staff=staff):
        return False
    user.is_staff = staff
    audit.record(
        event=PersonEvent.CHANGED,
        actor=None,
        subject=user,
        before={"is_staff": not staff},
        after={"is_staff": staff},
        details=_BY,
    )
    return True
