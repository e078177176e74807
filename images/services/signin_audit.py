"""What the audit hears of signing in: Django and allauth say it by signals, wherever it happens."""

from collections.abc import Mapping
from typing import Any

from allauth.account import signals as allauth
from allauth.account.utils import filter_users_by_username
from django.contrib.auth import get_user_model
from django.contrib.auth import signals as django
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from images.services import audit
from images.services.audit import AuditEvent


def listen() -> None:
    """Once, when the application has been loaded."""
    django.user_logged_in.connect(_signed_in, dispatch_uid="audit")
    django.user_logged_out.connect(_signed_out, dispatch_uid="audit")
    django.user_login_failed.connect(_failed, dispatch_uid="audit")
    for signal in (allauth.password_changed, allauth.password_set):
        signal.connect(_password_changed, dispatch_uid="audit")
    allauth.password_reset.connect(_password_reset, dispatch_uid="audit")


def _signed_in(user: User, **_kwargs: Any) -> None:
    audit.record(event=AuditEvent.SIGNED_IN, actor=user)


def _signed_out(user: User | None, **_kwargs: Any) -> None:
    if user is not None:
        audit.record(event=AuditEvent.SIGNED_OUT, actor=user)


def _failed(credentials: Mapping[str, Any], **_kwargs: Any) -> None:
    """Only the names of people who exist: what is typed there by mistake may well be a password."""
    typed = str(credentials.get("username") or credentials.get("email") or "")
    user = filter_users_by_username(typed).first() or get_user_model().objects.filter(email__iexact=typed).first()
    name = user.get_username() if user and typed else _("Somebody with a name that nobody has")
    audit.record(event=AuditEvent.SIGN_IN_FAILED, actor=None, actor_name=name, subject=user if typed else None)


def _password_changed(user: User, **_kwargs: Any) -> None:
    audit.record(event=AuditEvent.PASSWORD_CHANGED, actor=user, subject=user)


def _password_reset(user: User, **_kwargs: Any) -> None:
    audit.record(event=AuditEvent.PASSWORD_RESET, actor=user, subject=user)
