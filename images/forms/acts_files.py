"""What people enter to copy or export images that they chose: a pattern for the names, and what is the same for all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from images import rules
from images.forms.acts import ConfirmForm
from images.forms.patterns import check_pattern, filled, for_files
from images.rules import Broken
from images.rules.limits import EXPORT_FORMATS
from images.services.operations import Target
from images.services.selection import SHOWN, Judged

PLACEHOLDERS: Final = {
    "name": gettext_lazy("name of the image"),
    "id": gettext_lazy("first eight characters of its ID"),
    "project": gettext_lazy("its project"),
    "date": gettext_lazy("today"),
    "n": gettext_lazy("a number"),
}
#: Formats of an export (5.1.7) and what takes them.
FORMATS: Final = {
    "qcow2": gettext_lazy("qcow2, for KVM and OpenStack"),
    "vhd": gettext_lazy("vhd, for Hyper-V and Xen"),
    "zvhd": gettext_lazy("zvhd, compressed, for import into this cloud again"),
    "vmdk": gettext_lazy("vmdk, for VMware"),
}
_FORMAT: Final = {"format": gettext_lazy("format of the file")}
_MONO = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


class NamingForm(ConfirmForm):
    """An act whose effect on each image has a name of its own. `pattern` is the field that says which."""

    pattern: str
    placeholders: Mapping[str, Any] = PLACEHOLDERS

    def name_for(self, pattern: str, number: int, target: Target) -> str:
        """What the pattern makes of the target at this place (from 1)."""
        return filled(pattern, self._values(number, target))

    def check_name(self, name: str) -> list[Broken]:
        raise NotImplementedError

    @property
    def examples(self) -> list[tuple[str, str]]:
        """Of the first SHOWN targets: the image, and the name that the pattern makes, as it stands in the form."""
        pattern = str(self[self.pattern].value() or "")
        first = enumerate(self.judged.targets[:SHOWN] if pattern else (), start=1)
        return [(target.name, self.name_for(pattern, number, target)) for number, target in first]

    @property
    def legend(self) -> list[tuple[str, Any]]:
        """Placeholders with their meaning."""
        return [(f"{{{word}}}", meaning) for word, meaning in self.placeholders.items()]

    def clean(self) -> dict[str, Any]:
        pattern = self.cleaned_data.get(self.pattern)
        if not pattern:
            return self.cleaned_data
        try:
            check_pattern(pattern, self.placeholders)
        except forms.ValidationError as error:
            self.add_error(self.pattern, error)
            return self.cleaned_data
        self._check_names(pattern)
        return self.cleaned_data

    def note_name(self, name: str) -> None:
        """Called with each name there will be."""

    def _named(self, **same: Any) -> Sequence[Target]:
        """The targets, each with these parameters and those that its name makes."""
        pattern = self.cleaned_data[self.pattern]

        def make(number: int, target: Target) -> Target:
            return replace(target, parameters={**self.parameters_of(self.name_for(pattern, number, target)), **same})

        return self.judged.targets.made(make)

    def parameters_of(self, name: str) -> dict[str, Any]:
        return {"name": name}

    def _check_names(self, pattern: str) -> None:
        """One sentence a rule, with the first image that breaks it and how many do."""
        first: dict[Broken, str] = {}
        often: Counter[Broken] = Counter()
        for number, target in enumerate(self.judged.targets, start=1):
            name = self.name_for(pattern, number, target)
            self.note_name(name)
            for broken in self.check_name(name)[:1]:
                first.setdefault(broken, name)
                often[broken] += 1
        for broken, count in often.most_common():
            said = ngettext("“%(name)s”: %(reason)s", "%(n)d names, “%(name)s” first: %(reason)s", count)
            self.add_error(self.pattern, said % {"n": count, "name": first[broken], "reason": sentence(broken)})

    @cached_property
    def _today(self) -> str:
        return timezone.localdate().isoformat()

    def _values(self, number: int, target: Target) -> dict[str, str]:
        image_id = target.image.image_id if target.image else ""
        return {
            "name": target.name,
            "id": image_id[:8],
            "project": str(target.project.name),
            "date": self._today,
            "n": str(number),
        }


class CopyForm(NamingForm):
    """5.4.1: each copy a name, all of them one description and one key."""

    pattern = "name_pattern"
    name_pattern = forms.CharField(
        label=gettext_lazy("Names of the copies"), initial="{name}-copy", widget=forms.TextInput(attrs=_MONO)
    )
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, help_text=gettext_lazy("One line, at most 1,024 characters.")
    )
    encryption = forms.ChoiceField(
        label=gettext_lazy("Encryption of the copies"),
        required=False,
        choices=[("none", gettext_lazy("Not encrypted")), ("key", gettext_lazy("Encrypted with another key"))],
        widget=forms.RadioSelect,
    )
    cmk_id = forms.CharField(
        label=gettext_lazy("Encryption key"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs=_MONO),
        help_text=gettext_lazy("ID of the key that encrypts the copies, another than that of the image (IMG.0096)."),
    )

    def __init__(self, data: QueryDict | None, judged: Judged, typed: QueryDict | None = None) -> None:
        super().__init__(data, judged, typed)
        self.encrypted = judged.encrypted
        if not self.encrypted:
            self.fields["encryption"].initial = "none"
            return
        self.fields["encryption"].help_text = ngettext(
            "%(n)d of the images is encrypted. Its copy is encrypted only with a key that you name.",
            "%(n)d of the images are encrypted. Their copies are encrypted only with a key that you name.",
            self.encrypted,
        ) % {"n": self.encrypted}

    @staticmethod
    def known(data: QueryDict) -> dict[str, Any]:
        return {"cmk_id": "" if data.get("encryption") == "none" else data.get("cmk_id", "").strip()}

    def clean(self) -> dict[str, Any]:
        """No choice is one when a key is given, or when nothing is encrypted: never an accident that decrypts."""
        said = super().clean()
        chosen, key = said.get("encryption"), said.get("cmk_id")
        if chosen == "none" and key:
            self.add_error("cmk_id", _("Either leave the copies unencrypted or name a key."))
        elif chosen == "key" and not key and "cmk_id" not in self.errors:
            self.add_error("cmk_id", _("Name the key that encrypts the copies."))
        elif not chosen and not key and self.encrypted and "encryption" not in self.errors:
            self.add_error("encryption", _("Say whether the copies of encrypted images are to be encrypted."))
        return said

    def check_name(self, name: str) -> list[Broken]:
        return rules.check_name(name)

    def clean_description(self) -> str:
        description: str = self.cleaned_data["description"]
        for broken in rules.check_description(description):
            raise forms.ValidationError(sentence(broken))
        return description

    @property
    def targets(self) -> Sequence[Target]:
        said = self.cleaned_data
        return self._named(description=said["description"] or None, cmk_id=said["cmk_id"])


class ExportForm(NamingForm):
    """5.1.7: each image to a file of its own in one bucket."""

    pattern = "file_pattern"
    placeholders: Mapping[str, Any] = PLACEHOLDERS | _FORMAT
    bucket = forms.CharField(
        label=gettext_lazy("Bucket"),
        max_length=63,
        widget=forms.TextInput(attrs=_MONO),
        help_text=gettext_lazy("A bucket of OBS in the region of the images, of the storage class Standard."),
    )
    file_pattern = forms.CharField(
        label=gettext_lazy("Files"), initial="{name}-{id}.{format}", widget=forms.TextInput(attrs=_MONO)
    )
    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[(one, FORMATS[one]) for one in EXPORT_FORMATS],
        required=False,
        widget=forms.Select(attrs={"required": True}),  # only a fast export does without, and says so
        help_text=gettext_lazy("IMS converts the image; images up to 128 GB only."),
    )
    quick = forms.BooleanField(
        label=gettext_lazy("Fast export"),
        required=False,
        help_text=gettext_lazy(
            "Needed above 128 GB. The file keeps the format of the image, and the choice of a format above is ignored."
        ),
    )

    @staticmethod
    def known(data: QueryDict) -> dict[str, Any]:
        return {"quick": bool(data.get("quick"))}

    def check_name(self, name: str) -> list[Broken]:
        return rules.check_export_address(f"{self.cleaned_data.get('bucket', '')}:{name}")

    def name_for(self, pattern: str, number: int, target: Target) -> str:
        values = {word: for_files(value) for word, value in self._values(number, target).items()}
        own = target.image.disk_format if target.image else ""
        return filled(pattern, values | {"format": self._file_format or own})

    @cached_property
    def _file_format(self) -> str:
        """As it stands in the form; "" keeps that of the image."""
        return "" if self["quick"].value() else str(self["file_format"].value() or EXPORT_FORMATS[0])

    def clean_bucket(self) -> str:
        bucket: str = self.cleaned_data["bucket"]
        for broken in rules.check_export_address(f"{bucket}:file"):
            raise forms.ValidationError(sentence(broken))
        regions = {project.region_id for project in self.judged.projects}
        if len(regions) > 1:
            raise forms.ValidationError(
                _("The images are in %(n)d regions, and a bucket is in one. Choose images of one region.")
                % {"n": len(regions)}
            )
        return bucket

    def clean(self) -> dict[str, Any]:
        self._met: set[str] = set()
        self._twice = ""
        super().clean()
        if self._twice:
            said = _("More than one image would become the file “%(name)s”; add {id} or {n}.")
            self.add_error("file_pattern", said % {"name": self._twice})
        return self.cleaned_data

    def note_name(self, name: str) -> None:
        if name in self._met:
            self._twice = self._twice or name
        self._met.add(name)

    @property
    def parameters(self) -> dict[str, Any]:
        quick = self.cleaned_data["quick"]
        file_format = None if quick else self.cleaned_data["file_format"] or EXPORT_FORMATS[0]
        return {"bucket": self.cleaned_data["bucket"], "file_format": file_format, "quick": quick}

    @property
    def targets(self) -> Sequence[Target]:
        return self._named()

    def parameters_of(self, name: str) -> dict[str, Any]:
        return {"bucket_url": f"{self.cleaned_data['bucket']}:{name}"}


def sentence(broken: Broken) -> str:
    """A broken rule for people, with the code of IMS where there is one."""
    return f"{broken.message} ({broken.code})" if broken.code else broken.message
