"""Allauth's forms in our words: labels instead of placeholders that repeat them."""

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext_lazy as _


class _Worded(forms.BaseForm):
    LABELS: dict[str, str] = {}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.LABELS.get(name, field.label)


class LoginForm(_Worded, account.LoginForm):
    LABELS = {"login": _("User name or mail address"), "remember": _("Stay signed in")}


class ChangePasswordForm(_Worded, account.ChangePasswordForm):
    LABELS = {
        "oldpassword": _("Password until now"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }


class SetPasswordForm(_Worded, account.SetPasswordForm):
    LABELS = {"password1": _("Password"), "password2": _("Password again")}


class ResetPasswordForm(_Worded, account.ResetPasswordForm):
    LABELS = {"email": _("Mail address")}


class ResetPasswordKeyForm(_Worded, account.ResetPasswordKeyForm):
    LABELS = {"password1": _("New password"), "password2": _("New password again")}


class ReauthenticateForm(_Worded, account.ReauthenticateForm):
    pass


_CODE = {"code": _("Code of your authenticator app, or a recovery code")}


class SecondStepForm(_Worded, mfa.AuthenticateForm):
    LABELS = _CODE


class SecondReauthenticateForm(_Worded, mfa.ReauthenticateForm):
    LABELS = _CODE


class ActivateAppForm(_Worded, totp.ActivateTOTPForm):
    LABELS = {"code": _("Code that the app shows")}
