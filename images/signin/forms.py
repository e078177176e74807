"""Allauth's forms in our words: labels instead of placeholders that repeat them."""

from collections.abc import Mapping
from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class Worded(forms.BaseForm):
    LABELS: Mapping[str, StrOrPromise] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # allauth's, of seven forms
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.LABELS.get(name, field.label)


class LoginForm(Worded, account.LoginForm):
    LABELS = {"login": _("User name or mail address"), "remember": _("Stay signed in")}


class ChangePasswordForm(Worded, account.ChangePasswordForm):
    LABELS = {
        "oldpassword": _("Password until now"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }


class SetPasswordForm(Worded, account.SetPasswordForm):
    LABELS = {"password1": _("Password"), "password2": _("Password again")}


class ResetPasswordForm(Worded, account.ResetPasswordForm):
    LABELS = {"email": _("Mail address")}


class ResetPasswordKeyForm(Worded, account.ResetPasswordKeyForm):
    LABELS = {"password1": _("New password"), "password2": _("New password again")}


class ReauthenticateForm(Worded, account.ReauthenticateForm):
    pass


_CODE = {"code": _("Code of your authenticator app, or a recovery code")}


class SecondStepForm(Worded, mfa.AuthenticateForm):
    LABELS = _CODE


class SecondReauthenticateForm(Worded, mfa.ReauthenticateForm):
    LABELS = _CODE


class ActivateAppForm(Worded, totp.ActivateTOTPForm):
    LABELS = {"code": _("Code that the app shows")}
