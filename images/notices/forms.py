"""What a person wants to hear of and how, and the form of a webhook."""

from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import available_timezones

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.clouds.models import Project
from images.core.addresses import AddressRefused
from images.notices.kinds import Choice, Mail, choices, declared
from images.notices.models import NoticePreference, Webhook
from images.notices.services.preferences import choices_of
from images.notices.services.webhooks.reaching import check_url

_HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class KindRow(NamedTuple):
    """A row of the table of preferences."""

    label: str
    who: Promise
    bell: BoundField
    mail: BoundField


class NoticePreferenceForm(forms.Form):
    """Fields `bell_<kind>` and `mail_<kind>` for each kind, and when the digest goes out."""

    digest_hour = forms.TypedChoiceField(label=gettext_lazy("Daily digest at"), choices=_HOURS, coerce=int)
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "form-control"}),
        help_text=gettext_lazy("As the IANA names them, such as Europe/Berlin."),
    )

    def __init__(self, data: QueryDict | None, *, preference: NoticePreference, zone: str) -> None:
        known = zone if preference.pk is None else preference.time_zone
        super().__init__(data, initial={"digest_hour": preference.digest_hour, "time_zone": known})
        self.fields["digest_hour"].widget.attrs["class"] = "form-select"
        wanted = choices_of(preference)
        for kind in declared():
            choice, label = wanted[kind.value], kind.label
            self.fields[f"bell_{kind.value}"] = forms.BooleanField(
                label=_("Bell: %(kind)s") % {"kind": label},
                required=False,
                initial=choice.bell,
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )
            self.fields[f"mail_{kind.value}"] = forms.ChoiceField(
                label=_("E-mail: %(kind)s") % {"kind": label},
                required=False,
                choices=Mail.choices,
                initial=choice.mail,
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )

    @property
    def rows(self) -> list[KindRow]:
        return [
            KindRow(str(kind.label), kind.who, self[f"bell_{kind.value}"], self[f"mail_{kind.value}"])
            for kind in declared()
        ]

    @property
    def choices(self) -> Mapping[str, Choice]:
        data = self.cleaned_data
        names = [kind.value for kind in declared()]
        return {name: Choice(data[f"bell_{name}"], Mail(data[f"mail_{name}"])) for name in names}

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"]).strip()
        if zone not in available_timezones():
            raise forms.ValidationError(_("There is no time zone of this name."))
        return zone


class WebhookForm(forms.Form):
    """`project`: of whose things it hears; None of all."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Begins with https://. Private and local addresses only when WEBHOOK_ALLOWED names them."
        ),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What it hears of"),
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: everything."),
    )
    active = forms.BooleanField(label=gettext_lazy("Switched on"), required=False, initial=True)

    def __init__(
        self, data: QueryDict | None, *, webhook: Webhook | None = None, project: Project | None = None
    ) -> None:
        initial = {name: getattr(webhook, name) for name in ("name", "url", "kinds", "active")} if webhook else None
        super().__init__(data, initial=initial)
        self.project = webhook.project if webhook else project
        for name in ("name", "url"):
            self.fields[name].widget.attrs["class"] = f"{self.fields[name].widget.attrs.get('class', '')} form-control"

    def clean_url(self) -> str:
        try:
            return check_url(self.cleaned_data["url"])
        except AddressRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
