"""One image to come: the fields that its source needs, and the rules of IMS beside each."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.clouds.models import Project
from images.core.choices import offer
from images.core.ims_limits import MAX_TAGS, OS_TYPES, OS_TYPES_OF_DATA
from images.core.violations import Violation, violation_message
from images.making.forms.disk_rows import DiskRows
from images.making.forms.sources import Source
from images.making.services.creating import CreationProjects, problems_of
from images.operations.services import Target
from images.tags.rules.policy import BARRED, MISSING, REQUIRED, VALUE, Policy, asks
from images.tags.services.policy import PolicyWatch, breaches_of_new, tags_of_each

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}
_WORDS = ("project", "name", "description")
_OS_TYPES = (
    ("", gettext_lazy("by the version")),
    *((one, one if one != "Other" else gettext_lazy("Other")) for one in OS_TYPES),
)
_KINDS = (("", gettext_lazy("cloud servers (ECS)")), ("BMS", gettext_lazy("bare metal servers (BMS)")))


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
    type = forms.ChoiceField(label=gettext_lazy("For"), required=False, choices=_KINDS)
    architecture = forms.ChoiceField(
        label=gettext_lazy("Architecture"), required=False, choices=(("x86", "x86"), ("arm", "arm"))
    )
    is_quick_import = forms.BooleanField(
        label=gettext_lazy("Import it quickly"),
        required=False,
        help_text=gettext_lazy(
            "Takes the file as it is: raw or zvhd2, prepared for it, at most 1 TB. Needs the operating system."
        ),
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
        """`project`: the one that is chosen at first (its primary key as text). `more` in the data asks for another
        row, and nothing is judged yet."""
        initial: dict[str, Any] = {"key": uuid.uuid4().hex, "project": project}
        self.disks = DiskRows(source, data or {})
        if data and "more" in data:
            initial, data = initial | data.dict(), None
        super().__init__(data, initial=initial)
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
        self._add_rows()

    def suggest(self, given: Mapping[str, Any]) -> None:
        """What stands in the fields at first, from the address that led here."""
        said = {name: given[name] for name in self.source.fields if name in given}
        self.initial = {**self.initial, **said}

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
            offer(self, "os_type", [("", _("Linux, if nothing is said")), *((one, one) for one in OS_TYPES_OF_DATA)])

    def _add_rows(self) -> None:
        """Disks or files one by one, and tags: rows that stay empty count for nothing."""
        self.fields.update(self.disks.fields())
        for place in range(MAX_TAGS):
            for part, label, words in (("key", _("Key"), "policy-keys"), ("value", _("Value"), "policy-values")):
                widget = forms.TextInput(attrs={"list": words, "autocomplete": "off"})
                self.fields[f"tag_{place}_{part}"] = forms.CharField(
                    label=label, required=False, strip=False, widget=widget
                )

    def rows(self) -> list[list[forms.BoundField]]:
        """Inputs of each disk or file."""
        return [[self[name] for name in names] for names in self.disks.names]

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
        found = [one for tags in tags_of_each(self.asked_fields()) for one in breaches_of_new(self.policy, tags)]
        return list(dict.fromkeys(self.policy.sentence(one) for one in found if not one.binding))

    def _hold_against_policy(self) -> None:
        """What is binding is told at the field that it is about; what is missing at the first that is free."""
        fields = self.asked_fields()
        for place, row in self.entered["row"]:
            broken = [one for one in breaches_of_new(self.policy, row.get("tags") or []) if one.binding]
            if row.get("tags") and broken:
                self.add_error(f"row_{place}_tags", self.policy.sentence(broken[0]))
        if fields.get("tags", []) not in tags_of_each(fields):
            return  # each disk has tags of its own
        rows = {row["key"]: place for place, row in reversed(self.entered["tag"])}
        free = next((place for place in range(MAX_TAGS) if place not in rows.values()), 0)
        for breach in breaches_of_new(self.policy, fields.get("tags", [])):
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
        rows = [self.disks.entry_of(row) for _place, row in self._filled("row")]
        entries = {"tags": tags, "disks" if self.source.slug == "disks" else "data_images": rows}
        return said | {name: entry for name, entry in entries.items() if entry}

    def _filled(self, prefix: str) -> list[tuple[int, dict[str, Any]]]:
        """Rows in which something was entered, with their places on the page."""
        if prefix == "row":
            return self.disks.filled(self.cleaned_data)
        rows = []
        for place in range(MAX_TAGS):
            row = {part: self.cleaned_data.get(f"tag_{place}_{part}") or "" for part in ("key", "value")}
            if any(row.values()):
                rows.append((place, row))
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
        if first == "image_tags":
            return f"tag_{self.entered['tag'][int(rest[0])][0]}_{rest[-1] if len(rest) > 1 else 'key'}"
        place, row = self.entered["row"][int(rest[0])]
        return self.disks.input_of(place, row, rest[1]) or self._input_of(".".join(rest[1:]))

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
