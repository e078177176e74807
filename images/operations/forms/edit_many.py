"""What people enter to change many images at once: each field says how they differ now, empty leaves them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import Any, Final, Protocol, cast

from django import forms
from django.http import QueryDict
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.cache.facets import FLAGS
from images.cache.queries.dialects import dialects_of
from images.cache.rules.dialects import Dialect
from images.cache.rules.editing import CHANGEABLE, EXTENSION_FLAGS, excluded_by
from images.core.violations import Violation, violation_message
from images.operations.forms.naming import PLACEHOLDERS, NamingForm
from images.operations.rules.edit_changes import as_text
from images.operations.services import Target
from images.operations.services.selection import JudgedSelection
from images.operations.services.targets import SelectedTargets

#: Values of a field that are told one by one.
_TOLD: Final = 3
#: Characters of a description that are shown.
_SHORT: Final = 40
_LEAVE = ("", gettext_lazy("leave as it is"))
_MULTIQUEUE = FLAGS["multiqueue"][0]
#: Attributes that the form has fields for.
_FIELDS: Final = frozenset({"name", "description", "__description", "min_ram", "hw_firmware_type", _MULTIQUEUE})
#: Attributes whose column holds what the service has.
_COLUMNS: Final = {"name": "name", "min_ram": "min_ram", "hw_firmware_type": "firmware"}
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
        help_text=gettext_lazy(
            "A compatibility flag such as __support_xen, or one of your own: its name begins with __. On OpenStack "
            "what the service lets change, such as os_hidden, visibility or min_disk, and names of any kind."
        ),
    )
    attribute_value = forms.CharField(
        label=gettext_lazy("Its value"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "attribute-values"}),
        help_text=gettext_lazy("Empty removes the attribute."),
    )
    take_off = forms.BooleanField(
        label=gettext_lazy("Take off what it excludes"),
        required=False,
        help_text=gettext_lazy("A GPU type and HANA exclude plain KVM and Xen. Without this the service refuses them."),
    )

    def __init__(self, data: QueryDict | None, judged: JudgedSelection, typed: QueryDict | None = None) -> None:
        super().__init__(data, judged, typed)
        for field in _TELLERS:  # told only where the form is shown
            self.fields[field].help_text = lazy(self._help, str)(field, self.fields[field].help_text)

    def _help(self, field: str, always: object) -> str:
        return " ".join(filter(None, [_now(self._counts[field]), str(always)]))

    @cached_property
    def _counts(self) -> dict[str, Counter[str]]:
        return _counted(self.judged.targets)

    placeholders = PLACEHOLDERS

    @property
    def attributes(self) -> list[str]:
        """Suggestions for `attribute`: what the services of the images change and this form has no field for."""
        ims = (*CHANGEABLE, *EXTENSION_FLAGS)
        known = (ims if dialect.own_prefix else dialect.offered for dialect in self.dialects.values())
        return [name for name in dict.fromkeys(chain.from_iterable(known)) if name not in _FIELDS]

    @property
    def values(self) -> Mapping[str, list[str]]:
        """Suggestions for its value (tables 9-2 and 9-3, or the service's own schema): value → the attributes that can
        have it."""
        found: dict[str, list[str]] = {}
        for name in self.attributes:
            choices = (dialect.choices(name) for dialect in self.dialects.values())
            for value in dict.fromkeys(chain.from_iterable(choices)):
                found.setdefault(value, []).append(name)
        return found

    @cached_property
    def dialects(self) -> Mapping[int, Dialect]:
        """Project.id → the dialect of its service."""
        return dialects_of(self.judged.projects)

    def check_name(self, name: str) -> list[Violation]:
        """By the rules of each service that an image is in: the same name for all of a pattern."""
        return [broken for dialect in {*self.dialects.values()} for broken in dialect.check_name(name)][:1]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("description") and said.get("no_description"):
            self.add_error("no_description", _("Either give a description or empty it."))
        if said.get("attribute_value") and not said.get("attribute"):
            self.add_error("attribute", _("Name the attribute that gets this value."))
        for field, attribute, value in self._same_for_all():
            found = [one for dialect in self.dialects.values() for one in _check(attribute, value, dialect)]
            for broken in dict.fromkeys(found):
                self.add_error(field, violation_message(broken))
        if not self.errors and not any((said.get("name_pattern"), *self._same_for_all())):
            self.add_error(None, _("Enter what is to be changed."))
        elif not self.errors and next(self._changing(), None) is None:
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
    def targets(self) -> Iterator[Target]:
        """Those that change, each with what differs."""
        return self._changing()

    def _changing(self) -> Iterator[Target]:
        return (target for target in self._all().made(self._with_changes) if target.parameters["changes"])

    def _all(self) -> SelectedTargets:
        """With documents where something is entered that has no column: with what was there before they are larger."""
        known = all(attribute in _COLUMNS for _field, attribute, _value in self._same_for_all())
        return replace(self.judged.targets, columns=(*self.judged.targets.columns, *(() if known else ("document",))))

    def _with_changes(self, number: int, target: Target) -> Target:
        pattern = self.cleaned_data.get("name_pattern")
        wanted = [("name", self.name_for(pattern, number, target))] if pattern else []
        wanted += [(attribute, value) for _field, attribute, value in self._same_for_all()]
        take_off = bool(self.cleaned_data.get("take_off"))
        dialect = self.dialects[target.project.pk]
        return replace(target, parameters={"changes": list(_changes(target, wanted, dialect, take_off=take_off))})


class _Documented(Protocol):
    """An image with its document, which `_all` asks for where a value has no column."""

    @property
    def attributes(self) -> Mapping[str, Any]: ...


def _check(attribute: str, value: object, dialect: Dialect) -> list[Violation]:
    return dialect.check_removal(attribute) if value is None else dialect.check_attribute(attribute, value)


def _changes(target: Target, wanted: list[tuple[str, Any]], dialect: Dialect, *, take_off: bool) -> Iterator[Change]:
    """What differs from the cache, with what is there now: whoever changes it meanwhile is not overwritten. `take_off`:
    what is excluded goes first."""
    image = target.image
    if image is None:
        return
    held = {attribute: as_text(getattr(image, column)) for attribute, column in _COLUMNS.items()}
    for attribute, value in wanted:
        name = dialect.spelling(attribute)
        before = held[attribute] if attribute in held else as_text(cast("_Documented", image).attributes.get(name))
        typed = dialect.value_of(name, value) if isinstance(value, str) else value
        if before != as_text(typed):
            if take_off and value and attribute not in _COLUMNS:
                yield from _excluded(attribute, cast("_Documented", image).attributes)
            yield {"attribute": attribute, "value": typed, "before": before}


def _excluded(attribute: str, held: Mapping[str, Any]) -> Iterator[Change]:
    for other in excluded_by(attribute, held):
        yield {"attribute": other, "value": None, "before": as_text(held[other])}


def _counted(targets: SelectedTargets) -> dict[str, Counter[str]]:
    """How often each value is there, for the fields that tell it."""
    columns = [column for column, _teller in _TELLERS.values()]
    counts: list[Counter[Any]] = [Counter() for _column in columns]
    for description, *values in targets.values(*columns):
        counts[0][description[: _SHORT + 1]] += 1  # what is shown of it, or the memory would grow with the selection
        for counter, value in zip(counts[1:], values, strict=True):
            counter[value] += 1
    told: dict[str, Counter[str]] = {}
    for (field, (_column, teller)), counter in zip(_TELLERS.items(), counts, strict=True):
        told[field] = Counter()
        for value, count in counter.items():  # words only once a value, not once an image
            told[field][teller(value)] += count
    return told


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


def _description(text: str) -> str:
    return f"“{text[:_SHORT]}…”" if len(text) > _SHORT else f"“{text}”" if text else _("none")


def _memory(min_ram: int) -> str:
    return f"{min_ram} MB" if min_ram else _("no limit")


def _firmware(firmware: str) -> str:
    return firmware.upper() or _("not set")


def _queues(flags: str) -> str:
    return _("on") if "multiqueue" in flags.split(",") else _("off or not set")


#: Field → column of the cache, and what it says to people; the description comes first.
_TELLERS: Final[dict[str, tuple[str, Callable[[Any], str]]]] = {
    "description": ("description", _description),
    "min_ram": ("min_ram", _memory),
    "firmware": ("firmware", _firmware),
    "multiqueue": ("flags", _queues),
}
