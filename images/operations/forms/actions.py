"""What people confirm about an act on images that they chose."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import BitMap

from images.operations.enums import ActionKind
from images.operations.services import Target
from images.operations.services.selection import JudgedSelection

#: Longest list of ids in a form, in characters: some 200,000 images.
_LONGEST = 2_000_000


class ChoiceForm(forms.Form):
    """What was chosen: `image` ticked (repeated), `images` ids joined by commas, or `all` that match `query`.

    Once valid, `ids` are the ticked ones; `query` is a query string of the list.
    """

    data: QueryDict

    images = forms.RegexField(r"^\d{1,10}(,\d{1,10})*$", required=False, max_length=_LONGEST)
    all = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=8000)

    @property
    def ids(self) -> BitMap:
        ticked = [text for text in self.data.getlist("image") if text.isascii() and text.isdigit() and len(text) <= 10]
        joined = self.cleaned_data["images"]
        # Ids beyond 32 bits belong to no image
        return BitMap(pk for pk in map(int, [*ticked, *(joined.split(",") if joined else [])]) if pk < 2**32)


class ConfirmForm(forms.Form):
    """Confirms an act for the images of a preview.

    `key` makes a form that is sent twice one operation. `count` is typed before more than one image is deleted.
    """

    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)
    delete_backup = forms.BooleanField(
        label=gettext_lazy("Delete the backups of full-ECS images as well"),
        required=False,
        help_text=gettext_lazy("Otherwise they stay, and cost what they cost."),
    )
    count = forms.IntegerField(
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "8"}),
        error_messages={"required": gettext_lazy("Type how many images are to be deleted.")},
    )

    def __init__(self, data: QueryDict | None, judged: JudgedSelection, typed: QueryDict | None = None) -> None:
        """`typed`: what stood in a form that is shown again, without a word on whether it is right."""
        again = {name: value for name, value in typed.items() if name in self.base_fields} if typed else {}
        super().__init__(data, initial=again | {"key": uuid.uuid4().hex, "fingerprint": judged.fingerprint})
        self.judged = judged
        deletes = judged.kind == ActionKind.DELETE
        if not (deletes and judged.whole_images):
            del self.fields["delete_backup"]
        if deletes and len(judged.targets) > 1:
            self.fields["count"].label = _("Type %(n)d to delete them") % {"n": len(judged.targets)}
        else:
            del self.fields["count"]

    def clean_count(self) -> int:
        count: int = self.cleaned_data["count"]
        if count != len(self.judged.targets):
            raise forms.ValidationError(
                _("The act applies to %(n)d images, not to %(typed)d.")
                % {"n": len(self.judged.targets), "typed": count}
            )
        return count

    @staticmethod
    def known(_data: QueryDict) -> dict[str, Any]:
        """What the rules of the act want to know of the form, besides the image."""
        return {}

    @property
    def targets(self) -> Iterable[Target]:
        """Each with its own parameters."""
        return self.judged.targets

    @property
    def parameters(self) -> dict[str, Any]:
        """Of the operation: `delete_backup` is None where there is no backup to speak of."""
        if self.judged.kind != ActionKind.DELETE:
            return {}
        return {"delete_backup": self.cleaned_data.get("delete_backup")}
