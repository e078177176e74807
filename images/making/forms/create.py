"""One image to come: the fields that its source needs, and the rules of IMS beside each."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.clouds.models import Project
from images.core.choices import offer
from images.core.ims_limits import MAX_TAGS
from images.core.violations import Violation, violation_message
from images.making.forms.sources import Source
from images.making.services.creating import CreationProjects, problems_of
from images.operations.services import Target
from images.tags.rules.policy import BARRED, MISSING, REQUIRED, VALUE, Policy, asks
from images.tags.services.policy import PolicyWatch, breaches_of_new

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}
_WORDS = ("project", "name", "description")
_OS_TYPES = (("", gettext_lazy("by the version")), ("Linux", "Linux"), ("Windows", "Windows"))


def _plain(**more: str) -> forms.TextInput:
    return forms.TextInput(attrs={**_PLAIN, **more})


class PolicyAsk(NamedTuple):
    """What a tag policy asks of one key, in words."""

    key: str
    required: bool
    binding: bool
    words: str


class CreateForm(forms.Form):
    """`target` is what to submit, once valid. Sizes: min_disk in GB, memory in MB."""

    project = forms.ChoiceField(label=gettext_lazy("Project"))
    name = forms.CharField(
        label=gettext_lazy("Name"),
        strip=False,
        help_text=gettext_lazy("Letters, digits, - . _ and spaces; at most 128."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, help_text=gettext_lazy("One line, at most 1,024 characters.")
    )
    instance_id = forms.CharField(
        label=gettext_lazy("ID of the server"), widget=_plain(), help_text=gettext_lazy("As the ECS console shows it.")
    )
    backup_id = forms.CharField(label=gettext_lazy("ID of the backup"), widget=_plain())
    volume_id = forms.CharField(label=gettext_lazy("ID of the disk"), widget=_plain())
    image_url = forms.CharField(
        label=gettext_lazy("File in OBS"),
        widget=_plain(placeholder="my-bucket:folder/image.qcow2"),
        help_text=gettext_lazy("Bucket and file with a colon between them, in the region of the project."),
    )
    min_disk = forms.IntegerField(
        label=gettext_lazy("System disk (GB)"),
        initial=40,
        help_text=gettext_lazy("Larger than the file: 1 to 1,024 GB."),
    )
    os_version = forms.CharField(
        label=gettext_lazy("Operating system"),
        widget=forms.TextInput(attrs={"list": "os-versions", "autocomplete": "off"}),
        help_text=gettext_lazy("Type a part of it, for example ubuntu 18, and choose."),
    )
    os_type = forms.ChoiceField(label=gettext_lazy("Family"), required=False, choices=_OS_TYPES)
    architecture = forms.ChoiceField(
        label=gettext_lazy("Architecture"), required=False, choices=(("x86", "x86"), ("arm", "arm"))
    )
    is_config = forms.BooleanField(
        label=gettext_lazy("Configure it after the import"),
        required=False,
        help_text=gettext_lazy("The service installs the drivers that servers need."),
    )
    cmk_id = forms.CharField(
        label=gettext_lazy("Encryption key"),
        required=False,
        widget=_plain(),
        help_text=gettext_lazy("ID of a key of KMS. Empty: not encrypted."),
    )
    min_ram = forms.IntegerField(
        label=gettext_lazy("Minimum memory (MB)"), required=False, help_text=gettext_lazy("Empty sets no limit.")
    )
    max_ram = forms.IntegerField(
        label=gettext_lazy("Maximum memory (MB)"), required=False, help_text=gettext_lazy("Empty sets no limit.")
    )
    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, source: Source, places: CreationProjects, project: str = "") -> None:
        """`project`: the one that is chosen at first (its primary key as text)."""
        super().__init__(data, initial={"key": uuid.uuid4().hex, "project": project})
        self.source = source
        self.watch = PolicyWatch()
        self.entered: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self.projects: dict[str, Project] = {str(project.pk): project for project in places.able}
        words = tuple(name for name in _WORDS if name != "name" or source.slug != "disks")
        self.words, self.extra = (
            words,
            tuple(name for name in source.fields if name in ("min_ram", "max_ram", "cmk_id", "protected")),
        )
        self.needed = tuple(name for name in source.fields if name not in self.extra)
        for name in set(self.fields) - {*words, *source.fields, "key"}:
            del self.fields[name]
        offer(self, "project", ((pk, f"{one} ({one.region.name})") for pk, one in self.projects.items()))
        self._fit(source)
        self._add_rows(source)

    def _fit(self, source: Source) -> None:
        """Words and needs that differ between sources."""
        if source.slug == "file":
            self.fields["os_version"].required = False
            self.fields["os_version"].help_text = _("Empty: the service finds out.")
        if source.slug.startswith("quick"):
            self.fields["image_url"].widget.attrs["placeholder"] = "my-bucket:folder/image.zvhd2"
        if source.slug == "iso":
            self.fields["image_url"].widget.attrs["placeholder"] = "my-bucket:folder/install.iso"
        if source.slug == "quick-data":
            self.fields["min_disk"].label = _("Data disk (GB)")

    def _add_rows(self, source: Source) -> None:
        """Disks or files one by one, and tags: rows that stay empty count for nothing."""
        for place in range(source.rows):
            for part, label in self._parts().items():
                number = part == "min_disk"
                widget = _plain(inputmode="numeric") if number else _plain() if part != "name" else forms.TextInput()
                kind = forms.IntegerField if number else forms.CharField
                self.fields[f"row_{place}_{part}"] = kind(label=label, required=False, widget=widget)
        for place in range(MAX_TAGS):
            for part, label, words in (("key", _("Key"), "policy-keys"), ("value", _("Value"), "policy-values")):
                widget = forms.TextInput(attrs={"list": words, "autocomplete": "off"})
                self.fields[f"tag_{place}_{part}"] = forms.CharField(
                    label=label, required=False, strip=False, widget=widget
                )

    def _parts(self) -> dict[str, str]:
        if self.source.slug == "disks":
            return {"volume_id": _("ID of the disk"), "name": _("Name of the image")}
        return {"image_url": _("File in OBS"), "min_disk": _("Data disk (GB)"), "name": _("Name of the image")}

    def rows(self) -> list[list[forms.BoundField]]:
        """Inputs of each disk or file."""
        return [[self[f"row_{place}_{part}"] for part in self._parts()] for place in range(self.source.rows)]

    def tag_rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"tag_{place}_{part}"] for part in ("key", "value")] for place in range(MAX_TAGS)]

    @property
    def more_is_open(self) -> bool:
        """Whether what is folded away has something to show."""
        return any(self[name].errors or self[name].value() for name in self.extra)

    @property
    def rows_are_open(self) -> bool:
        return any(field.errors or field.value() for row in self.rows() for field in row)

    @property
    def policy(self) -> Policy:
        """What is asked in the project that is chosen, or that stands first."""
        chosen = str(self["project"].value() or next(iter(self.projects), ""))
        return self.watch.policy(self.projects[chosen].pk) if chosen in self.projects else Policy()

    @property
    def asked_tags(self) -> list[PolicyAsk]:
        """The same, for the reader."""
        return [PolicyAsk(one.rule.key, one.rule.need == REQUIRED, one.binding, " ".join(
            filter(None, (asks(one.rule), one.rule.note)))) for one in self.policy.by_key.values()
            if one.rule.need != BARRED]  # fmt: skip

    @property
    def tag_words(self) -> tuple[list[str], list[str]]:
        """Keys and values that the policy names, for the completion of the fields."""
        rules = [one.rule for one in self.policy.by_key.values() if one.rule.need != BARRED]
        return [rule.key for rule in rules], sorted({value for rule in rules for value in rule.values})

    @property
    def warnings(self) -> list[str]:
        """What the image to come would break, although nobody refuses it."""
        found = breaches_of_new(self.policy, self.asked_fields().get("tags", []))
        return [self.policy.sentence(one) for one in found if not one.binding]

    def _hold_against_policy(self) -> None:
        """What is binding is told at the field that it is about; what is missing at the first that is free."""
        rows = {row["key"]: place for place, row in reversed(self.entered["tag"])}
        free = next((place for place in range(MAX_TAGS) if place not in rows.values()), 0)
        for breach in breaches_of_new(self.policy, self.asked_fields().get("tags", [])):
            if breach.binding:
                part = "value" if breach.kind == VALUE else "key"
                field = f"tag_{rows.get(breach.key, free)}_{part}"
                if breach.kind == MISSING or field not in self.errors:
                    self.add_error(field, self.policy.sentence(breach))

    @property
    def tags_are_open(self) -> bool:
        return bool(self.policy.required) or any(
            field.errors or field.value() for row in self.tag_rows() for field in row
        )

    def clean(self) -> dict[str, Any]:
        if self.source.slug == "disks" and not self._filled("row"):
            self.add_error("row_0_volume_id", _("Name at least one disk."))
        # Once, for an error takes its entry out of what is clean
        self.entered = {prefix: self._filled(prefix) for prefix in ("row", "tag")}
        for broken in self.problems():
            self._refuse(broken.field, violation_message(broken))
        self._hold_against_policy()
        return self.cleaned_data

    def problems(self) -> list[Violation]:
        """What the service would refuse."""
        return problems_of(self.source.order, self.asked_fields())

    def asked_fields(self) -> dict[str, Any]:
        """The fields of the order as JSON, without what was left empty; what is required and missing is ""."""
        given = {name: self.cleaned_data.get(name) for name in (*self.words, *self.source.fields) if name != "project"}
        said = {name: value for name, value in given.items() if value not in (None, "", False)}
        said |= {name: "" for name in given if self.fields[name].required and name not in said}
        tags = [row for _place, row in self._filled("tag")]
        rows = [row for _place, row in self._filled("row")]
        if self.source.slug != "disks":
            rows = [
                row if row["name"] else {"image_url": row["image_url"], "min_disk": row["min_disk"]} for row in rows
            ]
        entries = {"tags": tags, "disks" if self.source.slug == "disks" else "data_images": rows}
        return said | {name: entry for name, entry in entries.items() if entry}

    def _filled(self, prefix: str) -> list[tuple[int, dict[str, Any]]]:
        """Rows in which something was entered, with their places on the page."""
        number, parts = (MAX_TAGS, ("key", "value")) if prefix == "tag" else (self.source.rows, tuple(self._parts()))
        rows = []
        for place in range(number):
            row = {part: self.cleaned_data.get(f"{prefix}_{place}_{part}") for part in parts}
            if any(value not in (None, "") for value in row.values()):
                rows.append((place, {part: "" if value is None else value for part, value in row.items()}))
        return rows

    def _refuse(self, parameter: str, words: str) -> None:
        """Beside the input of a parameter of IMS, the first of its words only."""
        field = self._input_of(parameter)
        if field not in self.errors:
            self.add_error(field if field in self.fields else None, words)

    def _input_of(self, parameter: str) -> str:
        """`image_tags.1.key` is the key in the second row that is filled; a disk inherits what its row does not say."""
        first, *rest = parameter.split(".")
        if first not in ("image_tags", "data_images") or not rest:
            return parameter
        prefix = "tag" if first == "image_tags" else "row"
        place, row = self.entered[prefix][int(rest[0])]
        inherited = prefix == "row" and (rest[1] not in row or (rest[1] == "name" and self.source.slug == "file"))
        if inherited and not row.get(rest[1]):
            return self._input_of(".".join(rest[1:]))
        return f"{prefix}_{place}_{rest[1]}"

    @property
    def place(self) -> Project:
        return self.projects[self.cleaned_data["project"]]

    @property
    def names(self) -> Sequence[str]:
        """What the images will be called."""
        fields = self.asked_fields()
        own = [row["name"] for row in fields.get("disks", ())]
        return own or [fields["name"], *(row["name"] for row in fields.get("data_images", ()) if row.get("name"))]

    @property
    def target(self) -> Target:
        """What an operation of kind create takes; only of a valid form."""
        parameters = {"order": self.source.order, "fields": self.asked_fields()}
        return Target(self.place, None, self.names[0], parameters)
