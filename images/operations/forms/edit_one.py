"""One attribute of one image, changed in place; or a new attribute of the image's own."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from images.cache.rules.dialects import Dialect
from images.cache.rules.editing import excluded_by
from images.operations.forms.edit import EditForm
from images.operations.forms.edit_own import NewAttributes
from images.operations.rules.edit_changes import as_text


class NotChangeable(Exception):
    """The image has no such attribute, or none that an edit changes."""


class FieldForm(EditForm):
    """The form of an edit with a single field; `name` is the attribute as the image's service spells it, "" a new one.

    What `conflicts` tells is shown with what is there now, so that whoever sends the form again has seen it.
    """

    def __init__(
        self, data: QueryDict | None, held: Mapping[str, Any], *, name: str, dialect: Dialect, typed: str = ""
    ) -> None:
        """`typed`: stands in the field at first instead of what is there. Raises NotChangeable."""
        super().__init__(data, held, dialect=dialect)
        only = next((one for one, attribute in self.names.items() if name in (one, attribute)), "") if name else ""
        if name and not only:
            raise NotChangeable
        if name:
            self.new = NewAttributes({}, held, dialect)
        self.names = {one: attribute for one, attribute in self.names.items() if one == only}
        self.held = {one: self.held[one] for one in self.names}
        for one in [one for one in self.fields if one not in (only, "key")]:
            del self.fields[one]
        self.only = only
        if typed and only:
            self.initial[only] = typed
        #: What the image has that could not stay beside a value of the attribute (5.1.1).
        self.excluded = excluded_by(self.names[only], held) if only else []
        if self.excluded:
            self.fields["take_off"] = forms.BooleanField(
                label=_("Take off what it excludes: %(names)s") % {"names": ", ".join(self.excluded)}, required=False
            )
        if only:
            self.fields[only].widget.attrs["autofocus"] = True

    @property
    def taken_off(self) -> list[str]:
        agreed = self.cleaned_data.get("take_off") and any(self.wanted.values())
        return self.excluded if agreed else []

    def changes(self) -> list[dict[str, Any]]:
        """What is excluded goes first."""
        gone = [
            {"attribute": name, "value": "", "before": as_text(self.attributes.get(name))} for name in self.taken_off
        ]
        return gone + super().changes()

    @property
    def take_off(self) -> BoundField | None:
        return self["take_off"] if self.excluded else None

    @property
    def field(self) -> BoundField | None:
        return self[self.only] if self.only else None

    @property
    def attribute_name(self) -> str:
        """As the image's service spells it."""
        return self.dialect.spelling(self.names[self.only])

    @property
    def before_text(self) -> str:
        return self.before[self.only]

    @property
    def typed_text(self) -> str:
        """What was sent, for the question what is to be done in a conflict."""
        return str(self.typed.get(self.only, ""))
