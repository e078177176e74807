"""What the audit hears of signing in: Django and allauth say it by signals, wherever it happens."""

from collections.abc import Callable, Mapping
from typing import Any

from allauth.account import signals as account
from allauth.account.utils import filter_users_by_username
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as elsewhere
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth import get_user_model
from django.contrib.auth import signals as django
from django.contrib.auth.models import User
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils.translation import gettext as _

from console import session_limits
from console.second_factor import forget
from images.audit import services as audit
from images.audit.services import AuditEvent
from images.core.metrics import SIGN_INS
from images.signin.audit_events import SignInEvent
from images.signin.services import confirming
from images.signin.services.openid import claims_of, sync_groups, token_of
from images.signin.services.sessions import end_other_identities


def listen() -> None:
    """Once, when the application has been loaded."""
    receivers: dict[Signal, Callable[..., None]] = {
        django.user_logged_in: _signed_in,
        django.user_logged_out: _signed_out,
        django.user_login_failed: _failed,
        account.user_logged_in: _came_from_elsewhere,
        account.password_changed: _password_changed,
        account.password_set: _password_changed,
        account.password_reset: _password_reset,
        mfa.authenticator_added: _factor_added,
        mfa.authenticator_removed: _factor_removed,
        mfa.authenticator_reset: _codes_made,
        mfa.authentication_failed: _factor_failed,
        elsewhere.social_account_added: _connected,
        elsewhere.social_account_removed: _disconnected,
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver, dispatch_uid="audit")


def _signed_in(request: HttpRequest, user: User, **_kwargs: object) -> None:
    session_limits.begin(request.session)
    confirming.signed_in(request, user)
    SIGN_INS.labels("good").inc()
    audit.record(event=SignInEvent.SIGNED_IN, actor=user)


def _signed_out(user: User | None, **_kwargs: object) -> None:
    if user is not None:
        audit.record(event=SignInEvent.SIGNED_OUT, actor=user)


def _failed(credentials: Mapping[str, Any], **_kwargs: object) -> None:
    """Only the names of people who exist: what is typed there by mistake may well be a password."""
    SIGN_INS.labels("failed").inc()
    typed = str(credentials.get("username") or credentials.get("email") or "")
    user = filter_users_by_username(typed).first() or get_user_model().objects.filter(email__iexact=typed).first()
    name = user.get_username() if user and typed else _("Somebody with a name that nobody has")
    audit.record(event=SignInEvent.FAILED, actor=None, actor_name=name, subject=user if typed else None)


def _came_from_elsewhere(
    request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_kwargs: object
) -> None:
    """Groups give rights to the account: where it is open under another identity, or by a password, that ends."""
    if sociallogin is None:
        return
    confirming.signed_in_elsewhere(request, token_of(sociallogin))
    if sync_groups(user, claims_of(sociallogin)):
        end_other_identities(identity=sociallogin.account, but=request.session.session_key or "")


def _password_changed(user: User, **_kwargs: object) -> None:
    audit.record(event=SignInEvent.PASSWORD_CHANGED, actor=user, subject=user)


def _password_reset(user: User, **_kwargs: object) -> None:
    audit.record(event=SignInEvent.PASSWORD_RESET, actor=user, subject=user)


def _factor_added(user: User, authenticator: Authenticator, **_kwargs: object) -> None:
    event = SignInEvent.SECOND_FACTOR_ADDED
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        event = SignInEvent.RECOVERY_CODES_MADE
    audit.record(event=event, actor=user, subject=user, details={"kind": authenticator.type})


def _factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_kwargs: object) -> None:
    forget(request)
    kind = {"kind": authenticator.type}
    audit.record(event=SignInEvent.SECOND_FACTOR_REMOVED, actor=user, subject=user, details=kind)


def _codes_made(user: User, authenticator: Authenticator, **_kwargs: object) -> None:
    kind = {"kind": authenticator.type}
    audit.record(event=SignInEvent.RECOVERY_CODES_MADE, actor=user, subject=user, details=kind)


def _factor_failed(user: User, **_kwargs: object) -> None:
    SIGN_INS.labels("second factor failed").inc()
    details = {"why": "second factor"}
    audit.record(event=SignInEvent.FAILED, actor=None, actor_name=user.get_username(), subject=user, details=details)


def _connected(request: HttpRequest, sociallogin: SocialLogin, **_kwargs: object) -> None:
    _tell_of(SignInEvent.CONNECTED, sociallogin.account)
    end_other_identities(identity=sociallogin.account, but=request.session.session_key or "")


def _disconnected(socialaccount: SocialAccount, **_kwargs: object) -> None:
    _tell_of(SignInEvent.DISCONNECTED, socialaccount)


def _tell_of(event: AuditEvent, it: SocialAccount) -> None:
    audit.record(event=event, actor=it.user, subject=it.user, details={"provider": it.provider, "id": it.uid})
