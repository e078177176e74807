"""What people enter to change many images at once: each field says how they differ now, empty leaves them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images import rules
from images.facets import FLAGS
from images.forms.acts_files import PLACEHOLDERS, NamingForm, sentence
from images.models import Image
from images.rules import Broken
from images.rules.changing import CHANGEABLE
from images.services.operations import Target
from images.services.selection import Judged

#: Values of a field that are told one by one.
_TOLD: Final = 3
_LEAVE = ("", gettext_lazy("leave as it is"))
_MULTIQUEUE = FLAGS["multiqueue"][0]
Change = dict[str, Any]


class EditManyForm(NamingForm):
    """5.1.2 on many images: what is entered is set on each of them; what is so already is not sent."""

    pattern = "name_pattern"
    name_pattern = forms.CharField(
        label=gettext_lazy("Names"),
        required=False,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "placeholder": "{name}"}),
    )
    description = forms.CharField(label=gettext_lazy("Description"), required=False)
    no_description = forms.BooleanField(label=gettext_lazy("Empty the description"), required=False)
    min_ram = forms.IntegerField(
        label=gettext_lazy("Minimum memory (MB)"), required=False, help_text=gettext_lazy("0 sets no limit.")
    )
    firmware = forms.ChoiceField(
        label=gettext_lazy("Boot mode"), required=False, choices=(_LEAVE, ("bios", "BIOS"), ("uefi", "UEFI"))
    )
    multiqueue = forms.ChoiceField(
        label=gettext_lazy("NIC multi-queue"),
        required=False,
        choices=(_LEAVE, ("true", gettext_lazy("on")), ("false", gettext_lazy("off"))),
    )
    attribute = forms.CharField(
        label=gettext_lazy("Another attribute"),
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "list": "attributes"}),
        help_text=gettext_lazy("A compatibility flag such as __support_xen, or one of your own that begins with __."),
    )
    attribute_value = forms.CharField(
        label=gettext_lazy("Its value"), required=False, help_text=gettext_lazy("Empty removes the attribute.")
    )

    def __init__(self, data: QueryDict | None, judged: Judged, typed: QueryDict | None = None) -> None:
        super().__init__(data, judged, typed)
        images = [target.image for target in judged.targets if target.image]
        for field, told in (("description", _description), ("min_ram", _memory), ("firmware", _firmware),
                            ("multiqueue", _queues)):  # fmt: skip
            self.fields[field].help_text = " ".join(
                filter(None, [_now(Counter(told(image) for image in images)), str(self.fields[field].help_text)])
            )

    placeholders = PLACEHOLDERS

    @property
    def attributes(self) -> list[str]:
        """Suggestions for `attribute`."""
        return [name for name in CHANGEABLE if name.startswith("__") and name != "__description"]

    def check_name(self, name: str) -> list[Broken]:
        return rules.check_name(name)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("description") and said.get("no_description"):
            self.add_error("no_description", _("Either give a description or empty it."))
        if said.get("attribute_value") and not said.get("attribute"):
            self.add_error("attribute", _("Name the attribute that gets this value."))
        for field, attribute, value in self._same_for_all():
            for broken in _check(attribute, value):
                self.add_error(field, sentence(broken))
        if not self.errors and not any((said.get("name_pattern"), *self._same_for_all())):
            self.add_error(None, _("Enter what is to be changed."))
        elif not self.errors and not self.targets:
            self.add_error(None, _("All of the images are so already."))
        return said

    def _same_for_all(self) -> list[tuple[str, str, Any]]:
        """Field, attribute of IMS, and the value to set (None removes) of what was entered."""
        said = self.cleaned_data
        found: list[tuple[str, str, Any]] = []
        if said.get("description") or said.get("no_description"):
            found.append(("description", "__description", said.get("description") or ""))
        if said.get("min_ram") is not None:
            found.append(("min_ram", "min_ram", said["min_ram"]))
        if said.get("firmware"):
            found.append(("firmware", "hw_firmware_type", said["firmware"]))
        if said.get("multiqueue"):
            found.append(("multiqueue", _MULTIQUEUE, said["multiqueue"]))
        if said.get("attribute"):
            found.append(("attribute", said["attribute"], said.get("attribute_value") or None))
        return found

    @property
    def targets(self) -> list[Target]:
        """Those that change, each with what differs."""
        same = self._same_for_all()
        names = getattr(self, "names", None) or [None] * len(self.judged.targets)
        found = []
        for target, name in zip(self.judged.targets, names, strict=True):
            changes = list(_changes(target.image, name, same)) if target.image else []
            if changes:
                found.append(replace(target, parameters={"changes": changes}))
        return found


def _check(attribute: str, value: Any) -> list[Broken]:
    """To remove an attribute it only has to be one that can be changed."""
    if value is None and rules.can_change(attribute):
        return []
    return rules.check_attribute(attribute, value)


def _changes(image: Image, name: str | None, same: list[tuple[str, str, Any]]) -> Iterator[Change]:
    """What differs from the cache; an attribute that has no column is left to the service to compare."""
    held = {"name": image.name, "min_ram": str(image.min_ram), "hw_firmware_type": image.firmware}
    wanted = [("name", name)] if name is not None else []
    for attribute, value in [*wanted, *((attribute, value) for _field, attribute, value in same)]:
        if attribute not in held:
            yield {"attribute": attribute, "value": value}
        elif held[attribute] != str(value):
            yield {"attribute": attribute, "value": value, "before": held[attribute]}


def _now(often: Counter[str]) -> str:
    """How the images differ: "Now: BIOS 40, UEFI 12." Nothing when there are none."""
    if not often:
        return ""
    if len(often) == 1:
        return _("All now: %(value)s.") % {"value": next(iter(often))}
    told = ", ".join(f"{value} {count}" for value, count in often.most_common(_TOLD))
    if len(often) > _TOLD:
        told += ", " + _("%(n)d other values") % {"n": len(often) - _TOLD}
    return _("Now: %(told)s.") % {"told": told}


def _description(image: Image) -> str:
    text = image.description
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”" if text else _("none")


def _memory(image: Image) -> str:
    return f"{image.min_ram} MB" if image.min_ram else _("no limit")


def _firmware(image: Image) -> str:
    return image.firmware.upper() or _("not set")


def _queues(image: Image) -> str:
    return _("on") if "multiqueue" in image.flags.split(",") else _("off or not set")
