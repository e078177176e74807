"""What people say to an image that is shared with us: votes, remarks, whose it is."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from images.core.choices import offer

_LONGEST = 4000
Initial = dict[str, Any] | None


class VoteForm(forms.Form):
    """`seen`: the version of the policy that the person looked at. `wanted`: why the vote must say something, as a
    sentence; empty: it need not."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: QueryDict | None = None, *, wanted: str = "", initial: Initial = None) -> None:
        super().__init__(data, initial=initial)
        self._wanted = wanted
        if wanted:
            self.fields["comment"].widget.attrs["required"] = True
            self.fields["comment"].help_text = wanted

    def clean_comment(self) -> str:
        comment: str = self.cleaned_data["comment"].replace("\0", "").strip()
        if self._wanted and not comment:
            raise forms.ValidationError(self._wanted)
        return comment


class SayForm(forms.Form):
    """A remark, or a question before anybody votes."""

    text = forms.CharField(
        label=_("Say something"), max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what you want to say.")},
    )  # fmt: skip

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\0", "").strip()
        return text


class AssignForm(forms.Form):
    """Whose it is to look at, by user name; empty: nobody's."""

    to = forms.ChoiceField(label=_("Assigned to"), required=False)

    def __init__(self, data: QueryDict | None = None, *, names: Iterable[str], initial: Initial = None) -> None:
        super().__init__(data, initial=initial)
        offer(self, "to", [("", _("nobody")), *((name, name) for name in names)])
