"""What people enter to copy or export images that they chose: a pattern for the names, and what is the same for all."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Protocol, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from images.core.ims_limits import EXPORT_FORMATS
from images.core.text_rules import check_description
from images.core.text_rules import check_name as check_image_name
from images.core.violations import Violation, violation_message
from images.making.rules.files import check_export_address
from images.operations.forms.naming import PLACEHOLDERS, NamingForm
from images.operations.forms.patterns import file_safe, fill_pattern
from images.operations.services import Target
from images.operations.services.selection import JudgedSelection

#: Formats of an export (5.1.7) and what takes them.
FORMATS: Final = {
    "qcow2": gettext_lazy("qcow2, for KVM and OpenStack"),
    "vhd": gettext_lazy("vhd, for Hyper-V and Xen"),
    "zvhd": gettext_lazy("zvhd, compressed, for import into this cloud again"),
    "vmdk": gettext_lazy("vmdk, for VMware"),
}
_FORMAT: Final = {"format": gettext_lazy("format of the file")}
_MONO = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


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

    def __init__(self, data: QueryDict | None, judged: JudgedSelection, typed: QueryDict | None = None) -> None:
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

    def clean_cmk_id(self) -> str:
        """The key is what is wrong, not the images that were chosen (IMG.0096)."""
        key: str = self.cleaned_data["cmk_id"]
        if not key or self.cleaned_data.get("encryption") == "none":
            return key
        same = [name for name, own in self.judged.targets.values("name", "key_id") if own == key]
        if same:
            said = ngettext(
                "“%(name)s” is encrypted with this very key. Choose another key than that of the image (IMG.0096).",
                "%(n)d of the images, “%(name)s” first, are encrypted with this very key. Choose another key than that"
                " of the images (IMG.0096).",
                len(same),
            )
            raise forms.ValidationError(said % {"n": len(same), "name": same[0]})
        return key

    def clean(self) -> dict[str, Any]:
        """No choice is one when a key is given, or when nothing is encrypted: never an accident that decrypts."""
        said = super().clean()
        chosen, key = said.get("encryption"), said.get("cmk_id")
        if chosen == "none" and key:
            self.add_error("cmk_id", _("Either leave the copies unencrypted or name a key."))
        elif chosen == "key" and not key and "cmk_id" not in self.errors:
            self.add_error("cmk_id", _("Name the key that encrypts the copies."))
        elif not chosen and not key and self.encrypted and not self.errors.keys() & {"encryption", "cmk_id"}:
            self.add_error("encryption", _("Say whether the copies of encrypted images are to be encrypted."))
        return said

    def check_name(self, name: str) -> list[Violation]:
        return check_image_name(name)

    def clean_description(self) -> str:
        description: str = self.cleaned_data["description"]
        for broken in check_description(description):
            raise forms.ValidationError(violation_message(broken))
        return description

    @property
    def targets(self) -> Sequence[Target]:
        said = self.cleaned_data
        return self._named(description=said["description"] or None, cmk_id=said["cmk_id"])


class _Formatted(Protocol):
    """An image with the column that this form asks for."""

    @property
    def disk_format(self) -> str: ...


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

    def check_name(self, name: str) -> list[Violation]:
        return check_export_address(f"{self.cleaned_data.get('bucket', '')}:{name}")

    def name_for(self, pattern: str, number: int, target: Target) -> str:
        values = {word: file_safe(value) for word, value in self._values(number, target).items()}
        own = cast("_Formatted", target.image).disk_format if target.image else ""
        return fill_pattern(pattern, values | {"format": self._file_format or own})

    @cached_property
    def _file_format(self) -> str:
        """As it stands in the form; "" keeps that of the image."""
        return "" if self["quick"].value() else str(self["file_format"].value() or EXPORT_FORMATS[0])

    def clean_bucket(self) -> str:
        bucket: str = self.cleaned_data["bucket"]
        for broken in check_export_address(f"{bucket}:file"):
            raise forms.ValidationError(violation_message(broken))
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
