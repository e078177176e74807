"""What people enter about accounts. Typing is kept when something is wrong, but for secrets."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from images.clouds.enums import CredentialKind, ProjectKind
from images.clouds.models import Account
from images.clouds.services.configuration import Configuration, FileRefused, from_texts
from images.clouds.services.configuration.files import LONGEST
from images.clouds.services.connection import SECRETS, Connection
from images.clouds.services.connection_errors import entry_of

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
#: Needed by one way of signing in; somebody may choose it after the page was made, so it always says so.
_NEEDED = {**_PLAIN, "required": True}


#: Of the names of a kind (clouds/services/connection.py) those that it cannot do without, or one of several.
NEEDED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    CredentialKind.PASSWORD: (("username", "user_id"),),
    CredentialKind.ACCESS_KEY: (("access_key",),),
    CredentialKind.APPLICATION: (("application_id", "application_name"),),
    CredentialKind.TOKEN: (),
    CredentialKind.OIDC_PASSWORD: (
        ("username",), ("identity_provider",), ("protocol",), ("client_id",), ("oidc_endpoint", "oidc_discovery"),
    ),
    CredentialKind.OIDC_CLIENT: (
        ("identity_provider",), ("protocol",), ("client_id",), ("oidc_endpoint", "oidc_discovery"),
    ),
}  # fmt: skip
_INTERFACES = (
    ("", _("Any, public ones first")),
    ("public", _("Public")),
    ("internal", _("Internal")),
    ("admin", _("Admin")),
)


def _text(label: StrOrPromise, length: int, help_text: StrOrPromise = "", *, needed: bool = False) -> forms.CharField:
    """Not required by itself: what a way of signing in needs is said by `clean`. `needed`: never called optional."""
    return forms.CharField(
        label=label,
        max_length=length,
        required=False,
        help_text=help_text,
        widget=forms.TextInput(attrs=_NEEDED if needed else _PLAIN),
    )


def _address(label: StrOrPromise, help_text: StrOrPromise = "") -> forms.CharField:
    widget = forms.TextInput(attrs={**_PLAIN, "inputmode": "url"})
    return forms.CharField(label=label, max_length=300, required=False, help_text=help_text, widget=widget)


class SecretText(forms.Textarea):
    """Lines that no page shows again, like the value of a password field."""

    def format_value(self, value: Any) -> str | None:
        return None


def _pem(
    label: StrOrPromise, help_text: StrOrPromise, starts: str, widget: type[forms.Textarea] = forms.Textarea
) -> forms.CharField:
    attrs = {"rows": 4, "spellcheck": "false", "autocomplete": "off", "placeholder": starts}
    return forms.CharField(
        label=label, max_length=500_000, required=False, help_text=help_text, widget=widget(attrs=attrs)
    )


def _password(label: StrOrPromise, help_text: StrOrPromise) -> forms.CharField:
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, max_length=10_000, required=False, strip=False, help_text=help_text, widget=widget
    )


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
    domain = _text(_("Domain"), 100, _("The account name of the cloud. Empty means Default."))
    username = _text(_("User"), 200, _("Needed to sign in by user and password."), needed=True)
    access_key = _text(_("Access key (AK)"), 200, _("Needed to sign in by access key."), needed=True)
    application_id = _text(
        _("ID of the application credential"), 64, _("Needed for an application credential, unless it goes by name.")
    )
    identity_provider = _text(
        _("Identity provider"), 64, _("Needed for OpenID Connect: what Keystone calls the provider."), needed=True
    )
    protocol = _text(
        _("Protocol"), 64, _("Needed for OpenID Connect: what Keystone calls it, often openid."), needed=True
    )
    client_id = _text(_("Client ID"), 255, _("Needed for OpenID Connect."), needed=True)
    secret = _password(_("Password or secret key (SK)"), _("Stored encrypted and never shown again."))
    client_secret = _password(_("Client secret"), _("Stored encrypted and never shown again."))
    oidc_discovery = _address(
        _("Discovery document"), _("Address of the provider's discovery document, or else of its tokens.")
    )
    oidc_endpoint = _address(_("Address for tokens"), _("Where the provider hands out access tokens."))
    oidc_scope = _text(_("OpenID scope"), 200, _("Empty means openid profile."))

    domain_id = _text(_("Domain, by ID"), 64)
    user_id = _text(_("User, by ID"), 64)
    application_name = _text(
        _("Application credential, by name"), 255, _("With the user who made it, and the user's domain.")
    )

    ca_bundle = _pem(
        _("CA bundle"),
        _("Only for certificates that no public authority signed: the text of the PEM file."),
        "-----BEGIN CERTIFICATE-----",
    )
    insecure = forms.BooleanField(
        label=_("Do not check the cloud's certificate"),
        required=False,
        help_text=_("Whoever is on the way may read the password and change what is sent. Better: a CA bundle."),
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    certificate = _pem(
        _("Client certificate"),
        _("Only for clouds that ask for one: the text of the PEM file."),
        "-----BEGIN CERTIFICATE-----",
    )
    private_key = _pem(
        _("Key of the client certificate"),
        _("Stored encrypted and never shown again."),
        "-----BEGIN PRIVATE KEY-----",
        SecretText,
    )
    interface = forms.ChoiceField(label=_("Endpoints of the catalogue"), required=False, choices=_INTERFACES)
    service = forms.ChoiceField(
        label=_("Image service"), required=False, choices=[("", _("Find out")), *ProjectKind.choices]
    )
    image_endpoint = _address(_("Image endpoint"), _("Only when the cloud's catalogue does not name it."))
    region_name = _text(_("Region"), 100, _("Only this region, or the one of the image endpoint."))

    #: In the order of the page, in three groups.
    MAIN = (
        "name", "auth_url", "kind", "domain", "username", "access_key", "application_id", "identity_provider",
        "protocol", "client_id", "secret", "client_secret", "oidc_discovery", "oidc_endpoint", "oidc_scope",
    )  # fmt: skip
    BY_ID = ("domain_id", "user_id", "application_name")
    MORE = (
        "ca_bundle", "insecure", "certificate", "private_key", "interface", "service", "image_endpoint", "region_name",
    )  # fmt: skip

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        if account is not None:
            for name in SECRETS:
                self.fields[name].help_text = _("Leave it empty to keep the stored one.")
            self.initial = {name: getattr(account, name) for name in self.fields if name not in SECRETS}
            self._offer_interface(account.interface)
        self.fields["secret"].required = account is None

    def _offer_interface(self, stored: str) -> None:
        """One that came from a file may be an order of several."""
        field = self.fields["interface"]
        if isinstance(field, forms.ChoiceField) and stored not in dict(_INTERFACES):
            field.choices = [*_INTERFACES, (stored, stored.replace(",", ", "))]

    def _group(self, names: Iterable[str]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def main(self) -> list[forms.BoundField]:
        return self._group(self.MAIN)

    @property
    def by_id(self) -> list[forms.BoundField]:
        return self._group(self.BY_ID)

    @property
    def more(self) -> list[forms.BoundField]:
        return self._group(self.MORE)

    @property
    def by_id_is_open(self) -> bool:
        """Whether the second group has something to show."""
        return any(field.errors or field.value() for field in self.by_id)

    @property
    def more_is_open(self) -> bool:
        """The same of the third group."""
        return any(field.errors or field.value() for field in self.more)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for names in NEEDED.get(cleaned.get("kind", ""), ()):
            if not any(cleaned.get(name) or name in self.errors for name in names):
                self.add_error(names[0], forms.Field.default_error_messages["required"])
        by_name = cleaned.get("application_name") and not cleaned.get("application_id")
        if (
            cleaned.get("kind") == CredentialKind.APPLICATION
            and by_name
            and not any(cleaned.get(name) for name in ("username", "user_id"))
        ):
            self.add_error("username", _("An application credential goes by name only with the user who made it."))
        return cleaned

    @property
    def connection(self) -> Connection:
        """What to test; only of a valid form."""
        entered = {name: self.cleaned_data[name] for name in self.fields if name != "name"}
        return Connection(**entered)

    def refuse(self, field: str, sentence: str) -> None:
        """Puts what the cloud or a service said beside the entry that it is about."""
        if field == "username":
            field = entry_of(self.cleaned_data["kind"])
        self.add_error(field if field in self.fields else None, sentence)


class _Files(forms.FileInput):
    """Takes what is dropped on it, as every browser's does."""

    allow_multiple_selected = True


class ImportForm(forms.Form):
    """clouds.yaml as one or two files, or as text. `configuration` is what stands in it, once the form is valid."""

    file = forms.Field(  # FileField takes one
        label=_("File"),
        required=False,
        help_text=_("Choose clouds.yaml, or drop it here; secure.yaml, too, if there is one."),
        widget=_Files(attrs={"accept": ".yaml,.yml,.json", "class": "import-file"}),
    )
    secret_text = forms.CharField(
        label=_("Or its text"),
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=SecretText(
            attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off", "placeholder": "clouds:\n  mycloud:"}
        ),
    )

    configuration: Configuration

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.configuration = self._understood()
        except FileRefused as error:
            self.add_error("secret_text" if self.cleaned_data["secret_text"].strip() else "file", str(error))
        return cleaned

    def _understood(self) -> Configuration:
        """Raises FileRefused."""
        texts: dict[str, str] = {}
        for file in self.files.getlist("file"):
            texts["secure" if str(file.name).lower().startswith("secure") else "clouds"] = _read(file)
        if "clouds" in texts:
            return from_texts(texts["clouds"], texts.get("secure", ""))
        if not self.cleaned_data["secret_text"].strip():
            raise FileRefused(_("Choose a clouds.yaml, or paste its text."))
        return from_texts(self.cleaned_data["secret_text"], texts.get("secure", ""), name=str(_("Text")))


def _read(file: "UploadedFile[Any]") -> str:
    """Raises FileRefused."""
    if (file.size or 0) > LONGEST:
        raise FileRefused(_("%(file)s is longer than any list of clouds.") % {"file": file.name})
    try:
        return str(file.read(), "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(_("%(file)s is no text.") % {"file": file.name}) from error
