"""What may be changed of one image, each with what it was when the form was made."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from images import rules

#: Input → attribute of IMS (5.1.2).
ATTRIBUTES: Mapping[str, str] = {
    "name": "name",
    "description": "__description",
    "min_ram": "min_ram",
    "firmware": "hw_firmware_type",
    "multiqueue": "hw_vif_multiqueue_enabled",
}
_ON_OFF = (("", _("not set")), ("true", _("on")), ("false", _("off")))


class EditForm(forms.Form):
    """`changes` are those of services/operations: only what differs from what the person saw (`before_…`).

    `force` overwrites what somebody else changed meanwhile; it is offered once a conflict was shown.
    """

    name = forms.CharField(
        label=_("Name"), required=False, strip=False, help_text=_("Letters, digits, - . _ and spaces; at most 128.")
    )
    description = forms.CharField(
        label=_("Description"), required=False, help_text=_("One line, at most 1,024 characters.")
    )
    min_ram = forms.IntegerField(label=_("Minimum memory (MB)"), required=False, help_text=_("0 sets no limit."))
    firmware = forms.ChoiceField(
        label=_("Boot mode"), required=False, choices=(("", _("not set")), ("bios", "BIOS"), ("uefi", "UEFI"))
    )
    multiqueue = forms.ChoiceField(label=_("NIC multi-queue"), required=False, choices=_ON_OFF)
    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, held: Mapping[str, Any]) -> None:
        """`held`: the attributes of the image as the cache has them now."""
        self.held = {name: as_text(held.get(attribute)) for name, attribute in ATTRIBUTES.items()}
        super().__init__(data, initial={"key": uuid.uuid4().hex, **self.held})

    @property
    def before(self) -> dict[str, str]:
        """What the person saw: from the form itself once it is sent."""
        return {name: self.data.get(f"before_{name}", now) for name, now in self.held.items()}

    @property
    def conflicts(self) -> list[tuple[str, str, str]]:
        """Label, what the person saw, what it is now: fields that somebody else changed and that this form changes."""
        seen = self.before
        return [
            (str(self.fields[name].label), seen[name], now)
            for name, now in self.held.items()
            if name in self.wanted and seen[name] != now != self.wanted[name]
        ]

    @property
    def wanted(self) -> dict[str, str]:
        """The new values, as texts, of what differs from what the person saw."""
        seen = self.before
        values = {name: as_text(self.cleaned_data.get(name)) for name in ATTRIBUTES}
        return {name: value for name, value in values.items() if value != seen[name]}

    def clean(self) -> dict[str, Any]:
        for name, value in self.wanted.items():
            if name in self.errors:
                continue
            for broken in rules.check_attribute(ATTRIBUTES[name], _sent(name, value)):
                self.add_error(name, f"{broken.message} ({broken.code})" if broken.code else broken.message)
        if not self.errors and not self.wanted:
            self.add_error(None, _("Nothing was changed."))
        return self.cleaned_data

    def changes(self) -> list[dict[str, Any]]:
        before = self.held if "force" in self.data else self.before
        return [
            {"attribute": ATTRIBUTES[name], "value": _sent(name, value), "before": before[name]}
            for name, value in self.wanted.items()
        ]


def as_text(value: Any) -> str:
    """Services send numbers as texts or not, and booleans in three spellings; absent is empty."""
    if value is None:
        return ""
    return str(value).lower() if value in ("True", "False") or isinstance(value, bool) else str(value)


def _sent(name: str, value: str) -> Any:
    """As the patch of 5.1.2 has it; an empty minimum is none, 0."""
    return int(value or 0) if name == "min_ram" else value
