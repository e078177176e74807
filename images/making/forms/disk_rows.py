"""Disks or files of one request, each with an entry of its own: a row of inputs each (tables 5-5 and 5-6 of 5.1.3)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from images.making.forms.sources import Source

_MONO: Final = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}
_ROW: Final = re.compile(r"row_(\d{1,3})_")
#: Source → what a row holds, in the order of the page; and what an entry must say.
_PARTS: Final = {
    "disks": ("volume_id", "name", "description", "tags"),
    "file": ("image_url", "min_disk", "name", "description", "tags", "is_quick_import"),
}
_NEEDED: Final = {"disks": ("volume_id", "name"), "file": ("image_url", "min_disk")}
#: What an entry takes from the request when it does not say it itself.
_INHERITED: Final = {"disks": ("description", "tags"), "file": ("name", "description", "tags")}


class DiskRows:
    """The rows of one form. Rows in which nothing was entered count for nothing, `min_disk` is in GB."""

    def __init__(self, source: Source, sent: Mapping[str, Any]) -> None:
        """`sent`: what came of the form; with `more` it asks for another row."""
        self._slug = source.slug
        self.parts: Sequence[str] = _PARTS.get(source.slug, ())
        seen = [int(found[1]) + 1 for found in map(_ROW.match, sent) if found]
        wanted = max([source.rows, *seen]) + ("more" in sent)
        self.count = min(wanted, source.most_rows)
        self.can_grow = self.count < source.most_rows
        #: The row that somebody has just asked for.
        self._fresh = self.count - 1 if "more" in sent and wanted == self.count else None

    @property
    def names(self) -> list[list[str]]:
        """The inputs of each row."""
        return [[f"row_{place}_{part}" for part in self.parts] for place in range(self.count)]

    def fields(self) -> dict[str, forms.Field]:
        fields = {f"row_{place}_{part}": _field(part) for place in range(self.count) for part in self.parts}
        if self._fresh is not None:
            fields[f"row_{self._fresh}_{self.parts[0]}"].widget.attrs["autofocus"] = True
        return fields

    def filled(self, cleaned: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
        """Rows in which something was entered, with their places on the page."""
        rows = []
        for place in range(self.count):
            row = {part: cleaned.get(f"row_{place}_{part}") for part in self.parts}
            if any(value not in (None, "", False) for value in row.values()):
                told = {part: "" if value is None else value for part, value in row.items()}
                rows.append((place, told | {"tags": typed_tags(told["tags"])}))
        return rows

    def entry_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """As an order takes it (operations/actions/making.py): what is needed also when it was left empty."""
        needed = _NEEDED[self._slug]
        return {part: value for part, value in row.items() if part in needed or value not in ("", False, [])}

    def input_of(self, place: int, row: Mapping[str, Any], parameter: str) -> str:
        """The input of a parameter of an entry; "" when the entry has it from the request."""
        part = "tags" if parameter == "image_tags" else parameter
        if part not in self.parts or (part in _INHERITED[self._slug] and not row[part]):
            return ""
        return f"row_{place}_{part}"


def typed_tags(text: str) -> list[dict[str, str]]:
    """`env=prod, golden` as keys and values."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return [{"key": key.strip(), "value": value.strip()} for key, _equals, value in pairs]


def _field(part: str) -> forms.Field:
    match part:
        case "min_disk":
            return forms.IntegerField(
                label=gettext_lazy("Data disk (GB)"),
                required=False,
                widget=forms.TextInput(attrs={**_MONO, "inputmode": "numeric"}),
            )
        case "is_quick_import":
            return forms.BooleanField(label=gettext_lazy("Import it quickly"), required=False)
        case "volume_id" | "image_url":
            label = gettext_lazy("ID of the disk") if part == "volume_id" else gettext_lazy("File in OBS")
            return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=_MONO))
        case "tags":
            widget = forms.TextInput(attrs={"autocomplete": "off", "placeholder": "env=prod, golden"})
            return forms.CharField(label=gettext_lazy("Its own tags"), required=False, widget=widget)
        case "name":
            return forms.CharField(label=gettext_lazy("Name of the image"), required=False)
    return forms.CharField(label=gettext_lazy("Description"), required=False)
