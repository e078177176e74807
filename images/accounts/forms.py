"""What people enter about an account. Typing is kept when something is wrong, but for the secret."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from images.clouds.enums import CredentialKind, ProjectKind
from images.clouds.models import Account
from images.clouds.services.discovery import Connection

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
#: Needed by one way of signing in; somebody may choose it after the page was made, so it always says so.
_NEEDED = {**_PLAIN, "required": True}


class AccountForm(forms.Form):
    """`connection` is what was entered, once the form is valid."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What people here call it."), widget=forms.TextInput(attrs=_PLAIN)
    )
    auth_url = forms.CharField(
        label=_("IAM endpoint"),
        max_length=300,
        help_text=_("Address of the cloud's identity service (IAM, Keystone v3)."),
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "url", "placeholder": "https://iam.example.com/v3"}),
    )
    kind = forms.ChoiceField(
        label=_("Sign-in by"),
        choices=CredentialKind.choices,
        initial=CredentialKind.PASSWORD,
        widget=forms.RadioSelect,
    )
    domain = forms.CharField(
        label=_("Domain"),
        max_length=100,
        required=False,
        help_text=_("The account name of the cloud. Empty means Default."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    username = forms.CharField(
        label=_("User"),
        max_length=200,
        help_text=_("Needed to sign in by user and password."),
        widget=forms.TextInput(attrs=_NEEDED),
    )
    access_key = forms.CharField(
        label=_("Access key (AK)"),
        max_length=200,
        help_text=_("Needed to sign in by access key."),
        widget=forms.TextInput(attrs=_NEEDED),
    )
    secret = forms.CharField(
        label=_("Password or secret key (SK)"),
        max_length=1000,
        strip=False,
        help_text=_("Stored encrypted and never shown again."),
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
    ca_bundle = forms.CharField(
        label=_("CA bundle"),
        max_length=500_000,
        required=False,
        help_text=_("Only for certificates that no public authority signed: the text of the PEM file."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": "-----BEGIN CERTIFICATE-----"}),
    )
    service = forms.ChoiceField(
        label=_("Image service"), required=False, choices=[("", _("Find out")), *ProjectKind.choices]
    )
    image_endpoint = forms.CharField(
        label=_("Image endpoint"),
        max_length=300,
        required=False,
        help_text=_("Only when the cloud's catalogue does not name it."),
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "url"}),
    )
    region_name = forms.CharField(
        label=_("Region"),
        max_length=100,
        required=False,
        help_text=_("Only this region, or the one of the image endpoint."),
        widget=forms.TextInput(attrs=_PLAIN),
    )

    #: In the order of the page, in two groups.
    MAIN = ("name", "auth_url", "kind", "domain", "username", "access_key", "secret")
    MORE = ("ca_bundle", "service", "image_endpoint", "region_name")

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        if account is not None:
            self.fields["secret"].help_text = _("Leave it empty to keep the stored one.")
            self.initial = {name: getattr(account, name) for name in self.fields if name != "secret"}
        self._require(self.data.get("kind", "") if self.is_bound else getattr(account, "kind", ""))

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]

    @property
    def more_is_open(self) -> bool:
        """Whether the second group has something to show."""
        return any(self[name].errors or self[name].value() for name in self.MORE)

    def _require(self, kind: str) -> None:
        """What the chosen way of signing in needs; nothing chosen yet: all is shown as needed, for either may be."""
        self.fields["access_key"].required = kind != CredentialKind.PASSWORD
        self.fields["username"].required = kind != CredentialKind.ACCESS_KEY
        self.fields["secret"].required = self.account is None

    @property
    def connection(self) -> Connection:
        """What to test; only of a valid form."""
        entered = {name: self.cleaned_data[name] for name in self.fields if name != "name"}
        return Connection(**entered)

    def refuse(self, field: str, sentence: str) -> None:
        """Puts what the cloud or a service said beside the entry that it is about."""
        if field == "username" and self.cleaned_data.get("kind") == CredentialKind.ACCESS_KEY:
            field = "access_key"
        self.add_error(field if field in self.fields else None, sentence)
