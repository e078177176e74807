"""An image that is made first and gets its file afterwards (6.1.6): uploaded, registered, or later."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.core.choices import offer
from images.core.ims_limits import GLANCE_FORMATS, METADATA_FORMATS, REGISTER_FORMATS
from images.core.violations import Violation
from images.making.forms.create import CreateForm
from images.making.forms.sources import Source
from images.making.models import Upload
from images.making.rules.files import check_import_address
from images.making.services.creating import CreationProjects, problems_of_metadata
from images.operations.enums import ActionKind
from images.operations.services import Target

_FORMATS = tuple(dict.fromkeys((*METADATA_FORMATS, *GLANCE_FORMATS)))


class FileForm(CreateForm):
    """`metadata` are the fields of the image to make, once valid. Sizes: min_disk in GB, memory in MB."""

    disk_format = forms.ChoiceField(label=gettext_lazy("Format of the file"), required=False)
    protected = forms.BooleanField(
        label=gettext_lazy("Protect it"),
        required=False,
        help_text=gettext_lazy("A protected image cannot be deleted before the protection is lifted."),
    )

    def __init__(self, data: QueryDict | None, source: Source, places: CreationProjects, project: str = "") -> None:
        super().__init__(data, source, places, project)
        self.words = ("project", "name")
        del self.fields["description"]
        open_word = {
            ActionKind.UPLOAD: _("found out from the file"),
            ActionKind.REGISTER: _("by the ending of the file"),
        }.get(source.kind, _("as the service has it"))
        offer(self, "disk_format", [("", open_word), *((name, name) for name in _FORMATS)])
        self.fields["min_disk"].required, self.fields["min_disk"].initial = False, None
        self.fields["min_disk"].help_text = _("Of the servers made from it; larger than the disk in the file.")
        self.fields["os_version"].required = False
        self.fields["os_version"].help_text = _(
            "Type a part of it, for example ubuntu 18, and choose. Left empty, the service calls it Other Linux, and "
            "servers may not start."
        )

    def show(self, upload: Upload) -> None:
        """What was typed for an upload whose file has not come yet, to be changed."""
        fields = upload.fields
        said = {name: fields.get(name) for name in ("name", "min_disk", "min_ram", "protected")}
        said |= {"project": upload.project_id, "disk_format": upload.disk_format}
        said["os_version"] = fields.get("attributes", {}).get("__os_version")
        for place, tag in enumerate(fields.get("tags", ())):
            said |= {f"tag_{place}_{part}": tag.get(part, "") for part in ("key", "value")}
        self.initial = {**self.initial, **said}

    def problems(self) -> list[Violation]:
        found = []
        native = self.is_native
        if native and self.cleaned_data.get("os_version"):
            message = _("An OpenStack Glance has no list of versions. Leave this empty.")
            found.append(Violation("os_version", message))
        if self.source.kind == ActionKind.REGISTER:
            found += check_import_address(self.cleaned_data.get("image_url", ""), REGISTER_FORMATS)
            found += self._problems_of_iso()
        return found + problems_of_metadata(self.metadata, native=native)

    def _problems_of_iso(self) -> list[Violation]:
        """Other formats the service turns into the one of the image; an ISO file makes another kind of image."""
        said = self.cleaned_data.get("disk_format")
        if said and (said == "iso") != (self._ending == "iso"):
            return [Violation("disk_format", _("This is not the format of the file."), "IMG.0072", "5.1.6")]
        return []

    @property
    def _ending(self) -> str:
        return str(self.cleaned_data.get("image_url") or "").rpartition(".")[2].lower()

    @property
    def metadata(self) -> dict[str, Any]:
        """As an operation takes them (operations/actions/making.py)."""
        said = self.asked_fields()
        plain = ("name", "min_disk", "min_ram", "protected", "tags")
        fields: dict[str, Any] = {name: said[name] for name in plain if name in said}
        file_format = said.get("disk_format") or (self._ending if self._ending in METADATA_FORMATS else "")
        if file_format:
            fields["disk_format"] = file_format
        if self.is_native:
            fields["container_format"] = "bare"
        if said.get("os_version"):
            fields["attributes"] = {"__os_version": said["os_version"]}
        return fields

    @property
    def is_native(self) -> bool:
        """Whether the chosen project is served by a plain Glance."""
        project = self.projects.get(self.cleaned_data.get("project", ""))
        return project is not None and project.is_native

    @property
    def names(self) -> list[str]:
        return [self.cleaned_data["name"]]

    @property
    def target(self) -> Target:
        """What an operation of the source's kind takes; only of a valid form."""
        parameters: dict[str, Any] = {"fields": self.metadata}
        if self.source.kind == ActionKind.REGISTER:
            parameters["image_url"] = self.cleaned_data["image_url"]
        return Target(self.place, None, self.names[0], parameters)

    def _input_of(self, parameter: str) -> str:
        """6.1.6 spells tags as texts, and the version with underscores."""
        first, _dot, place = parameter.partition(".")
        if first == "tags" and place.isdigit():
            return f"tag_{self.entered['tag'][int(place)][0]}_key"
        return "os_version" if parameter == "__os_version" else super()._input_of(parameter)
