"""What may be changed of one image, each with what it was when the form was made."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.cache.attributes import BY_NAME
from images.cache.facets import FLAGS
from images.cache.rules.dialects import Dialect
from images.cache.rules.editing import CHOICES, check_exclusions
from images.core.os_versions import DISK_INTENSIVE
from images.core.violations import Violation, violation_message
from images.operations.forms.edit_own import NewAttributes, own_attributes
from images.operations.rules.edit_changes import as_text

#: Input → attribute of IMS (5.1.2).
_PLAIN: Final = {
    "name": "name",
    "description": "__description",
    "min_ram": "min_ram",
    "firmware": "hw_firmware_type",
    "multiqueue": "hw_vif_multiqueue_enabled",
}
#: Inputs that are shown where the service lets nobody change them (Dialect.fixed).
_FIXED: Final = ("min_disk", "max_ram")
_NOT_SET = ("", gettext_lazy("not set"))
_ON_OFF = (_NOT_SET, ("true", gettext_lazy("on")), ("false", gettext_lazy("off")))
_VALUES = dict(_ON_OFF)
#: Each a field of its own where the service knows it, with the values that it can have (tables 9-2 and 9-3).
OFFERED: Final = tuple(name for name in CHOICES if name not in _PLAIN.values())
_WORDS = dict(FLAGS.values())


class EditForm(forms.Form):
    """`changes` are those of operations/services: only what differs from what the person saw (`before_…`).

    Besides the fields below there is one an attribute of a few values (OFFERED), one an attribute of the image's own,
    and rows for new ones (`new`). What cannot be changed is disabled and says why. `force` overwrites what somebody
    else changed meanwhile; it is offered once a conflict was shown.
    """

    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        strip=False,
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        help_text=gettext_lazy("One line, at most 1,024 characters."),
    )
    min_ram = forms.IntegerField(
        label=gettext_lazy("Minimum memory (MB)"), required=False, help_text=gettext_lazy("0 sets no limit.")
    )
    max_ram = forms.CharField(label=gettext_lazy("Maximum memory (MB)"), required=False)
    min_disk = forms.CharField(label=gettext_lazy("Minimum disk (GB)"), required=False)
    firmware = forms.ChoiceField(
        label=gettext_lazy("Boot mode"),
        required=False,
        choices=(("", gettext_lazy("not set")), ("bios", "BIOS"), ("uefi", "UEFI")),
    )
    multiqueue = forms.ChoiceField(label=gettext_lazy("NIC multi-queue"), required=False, choices=_ON_OFF)
    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, held: Mapping[str, Any], *, dialect: Dialect) -> None:
        """`held`: the attributes of the image as the cache has them now; `dialect`: its service's."""
        self.attributes, self.dialect = held, dialect
        #: What was sent, also when it only asks for another row and is not to be judged yet.
        self.typed: Mapping[str, Any] = data or {}
        own = own_attributes(held, self.typed, dialect)
        self._offered = [name for name in OFFERED if name in dialect.offered]
        self.names = {**_PLAIN, **{name: name for name in self._offered}, **own}
        self.held = {name: as_text(held.get(dialect.spelling(attribute))) for name, attribute in self.names.items()}
        fixed = {name: as_text(held.get(name)) for name in dialect.fixed}
        initial = {"key": uuid.uuid4().hex, **self.held}
        if data and "row" in data:
            initial, data = {**initial, **{name: data.get(name, "") for name in data}}, None
        super().__init__(data, initial=initial | fixed)
        self.new = NewAttributes(self.typed, held, dialect)
        self.fields["name"].help_text = dialect.name_help
        for name in set(_FIXED) - {*dialect.fixed}:
            del self.fields[name]
        for name in self._offered:
            values = [(value, _VALUES.get(value, value)) for value in CHOICES[name]]
            label = _WORDS.get(name, name)
            self.fields[name] = forms.ChoiceField(label=label, required=False, choices=[_NOT_SET, *values])
        for name, attribute in own.items():
            self.fields[name] = _own_field(attribute, dialect)
        self._own = list(own)
        if self.held["name"]:  # an image without a name may stay so, one that has a name keeps one
            self.fields["name"].widget.attrs["required"] = True
        for name, now in self.held.items():
            field = self.fields[name]
            if not isinstance(field, forms.ChoiceField):
                continue
            offered = dict(cast("Iterable[tuple[str, str]]", field.choices))  # ours are plain pairs
            if now not in offered:
                field.choices = [*offered.items(), (now, now)]
        self._disable()

    def _disable(self) -> None:
        """What cannot be changed, with the reason."""
        reasons = dict.fromkeys(self.dialect.fixed, _("Set when the image is made; no call changes it later."))
        if self._offered and self.attributes.get("__os_version") not in DISK_INTENSIVE:
            reasons["__support_diskintensive"] = _("This operating system does not run on disk-intensive ECSs.")
        reasons |= {
            name: _("It has several lines, which this form would join.")
            for name in self._own
            if "\n" in self.held[name]
        }
        for name, reason in reasons.items():
            self.fields[name].disabled = True
            self.fields[name].help_text = reason

    def focus(self, name: str) -> None:
        """Puts the cursor into the field that somebody came for: its input's name, or its attribute's."""
        found = next((field for field, attribute in self.names.items() if name in (field, attribute)), None)
        if found:
            self.fields[found].widget.attrs["autofocus"] = True

    @property
    def main(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name not in self._offered and name not in self._own]

    @property
    def flags(self) -> list[BoundField]:
        return [self[name] for name in self._offered]

    @property
    def own(self) -> list[BoundField]:
        return [self[name] for name in self._own]

    @property
    def before(self) -> dict[str, str]:
        """What the person saw: from the form itself once it is sent."""
        return {name: self.typed.get(f"before_{name}", now) for name, now in self.held.items()}

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
        values = {name: as_text(self.cleaned_data.get(name)) for name in self.names if not self.fields[name].disabled}
        return {name: value for name, value in values.items() if value != seen[name]}

    def clean(self) -> dict[str, Any]:
        for name, value in self.wanted.items():
            if name in self.errors:
                continue
            for broken in self._problems(name, value):
                self.add_error(name, violation_message(broken))
        for sentence in self.new.problems():
            self.add_error(None, sentence)
        if not self.errors:
            for broken in self._exclusions():
                self.add_error(None, violation_message(broken))
        if not self.errors and not self.wanted and not self.new.given:
            self.add_error(None, _("Nothing was changed."))
        return self.cleaned_data

    def _problems(self, name: str, value: str) -> list[Violation]:
        """An empty value takes the attribute off, where that can be; a minimum or a description is emptied."""
        attribute = self.names[name]
        if value == "" and name not in _KEPT:
            return self.dialect.check_removal(attribute)
        version = str(self.attributes.get("__os_version") or "")
        typed = self.dialect.value_of(attribute, value)
        return self.dialect.check_attribute(attribute, typed, os_version=version)

    def _exclusions(self) -> Iterator[Violation]:
        """Flags that would exclude each other; what is so already is not this person's doing."""
        wanted = {self.names[name]: value for name, value in self.wanted.items()} | dict(self.new.given)
        there = check_exclusions(self.attributes)
        off = dict.fromkeys(self.taken_off, "")
        yield from (one for one in check_exclusions({**self.attributes, **off, **wanted}) if one not in there)

    @property
    def taken_off(self) -> list[str]:
        """Attributes that go because another one excludes them, where somebody has agreed to it (edit_one.py)."""
        return []

    def changes(self) -> list[dict[str, Any]]:
        before = self.held if "force" in self.data else self.before
        changed = [
            {"attribute": self.names[name], "value": self._typed(self.names[name], value), "before": before[name]}
            for name, value in self.wanted.items()
        ]
        new = [{"attribute": name, "value": self._typed(name, value), "before": ""} for name, value in self.new.given]
        return changed + new

    def _typed(self, attribute: str, value: str) -> object:
        return self.dialect.value_of(attribute, value)


def _own_field(attribute: str, dialect: Dialect) -> forms.Field:
    """An attribute of the image's own, or one that its service offers: a choice where the service names the values."""
    label = str(BY_NAME[attribute].label) if attribute in dialect.offered and attribute in BY_NAME else attribute
    choices = dialect.choices(attribute)
    if not choices:
        return forms.CharField(label=label, required=False, strip=False)
    words = {"": _("not set"), "true": _("yes"), "false": _("no")}
    return forms.ChoiceField(
        label=label, required=False, choices=[(one, words.get(one, one)) for one in ("", *choices)]
    )


#: An empty value of these is a value.
_KEPT: Final = ("name", "description", "min_ram")
