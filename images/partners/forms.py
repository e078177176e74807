"""Entries of the address book: typed in, from a file, or picked from what an account's credential opens."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.clouds.models import Account
from images.core.choices import offer_rows
from images.partners.enums import Trust
from images.partners.models import Partner
from images.partners.permissions import can_set_trust
from images.partners.services import Entry

_MONO = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}
#: Bytes of a CSV file.
_LARGEST = 2_000_000


class PartnerForm(forms.Form):
    """One entry. Its ID stays when it is changed; the trust can be set by who may."""

    project_id = forms.CharField(
        label=gettext_lazy("Project ID"),
        max_length=64,
        widget=forms.TextInput(attrs=_MONO),
        help_text=gettext_lazy("Of the partner's project at the cloud; partners find it under “My Credentials”."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    organisation = forms.CharField(label=gettext_lazy("Organisation"), max_length=200, required=False)
    region = forms.CharField(
        label=gettext_lazy("Region"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "regions", "autocomplete": "off"}),
        help_text=gettext_lazy("Images are shared only within a region. Leave it empty if you do not know it."),
    )
    trust = forms.ChoiceField(
        label=gettext_lazy("Trust"),
        choices=Trust.choices,
        initial=Trust.KNOWN,
        required=False,
        help_text=gettext_lazy("Nothing is shared with who is barred. Administrators of a project say so."),
    )
    notes = forms.CharField(label=gettext_lazy("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self,
        data: QueryDict | None,
        *,
        actor: User,
        partner: Partner | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        values = {name: getattr(partner, name) for name in self.base_fields} if partner else dict(initial or {})
        super().__init__(data, initial=values)
        self.fields["trust"].disabled = not can_set_trust(actor)
        self.fields["project_id"].disabled = partner is not None

    @property
    def entry(self) -> Entry:
        values = {name: str(value).strip() for name, value in self.cleaned_data.items()}
        return Entry(**{**values, "trust": values["trust"] or Trust.KNOWN.value})


class PartnerFileForm(forms.Form):
    """A CSV file, or its text."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy(
            "UTF-8; the first line names the columns: project_id, name, and any of organisation, region, notes, trust."
        ),
    )

    def clean_file(self) -> str:
        sent = self.cleaned_data["file"]
        if sent.size > _LARGEST:
            raise forms.ValidationError(_("The file is larger than 2 MB."))
        try:
            return str(sent.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("The file is no text in UTF-8.")) from error


class PartnerAccountForm(forms.Form):
    """Whose projects to look at, and what to call their organisation."""

    account = forms.ModelChoiceField(label=gettext_lazy("Account"), queryset=Account.objects.none())
    organisation = forms.CharField(label=gettext_lazy("Organisation"), max_length=200, required=False)

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data)
        offer_rows(self, "account", Account.objects.present())
