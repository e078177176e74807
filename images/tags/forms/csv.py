"""A CSV file of tags that somebody uploads."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.core import humanize
from images.tags.services.csv.layout import MOST_BYTES


class TagFileForm(forms.Form):
    """`file`, and what its empty cells mean: `empties` "leave" or "remove"."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )
    empties = forms.ChoiceField(
        label=gettext_lazy("An empty cell"),
        choices=[
            ("leave", gettext_lazy("leaves the tag as it is")),
            ("remove", gettext_lazy("takes the tag off the image")),
        ],
        widget=forms.RadioSelect,
        initial="leave",
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            said = _("The file has %(size)s; at most %(most)s are taken. Split it, or download fewer images.")
            raise forms.ValidationError(
                said % {"size": humanize.size(file.size or 0), "most": humanize.size(MOST_BYTES)}
            )
        return file

    @property
    def told(self) -> dict[str, Any]:
        """For `keep` of tags/services/csv, once valid."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        return {
            "name": file.name or "tags.csv",
            "content": file.read(),
            "empty_removes": self.cleaned_data["empties"] == "remove",
        }


class ApplyForm(forms.Form):
    """Confirms a plan. `left_out` has to be ticked when some images of the file cannot be changed."""

    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)
    left_out = forms.BooleanField(
        error_messages={"required": gettext_lazy("Say that the others may be changed without these, or mend the file.")}
    )

    def __init__(self, data: QueryDict | None, *, fingerprint: str, cannot: int) -> None:
        super().__init__(data, initial={"fingerprint": fingerprint})
        if cannot:
            self.fields["left_out"].label = _("Leave out the %(n)d that cannot be changed") % {"n": cannot}
        else:
            del self.fields["left_out"]
