"""The words of a saved view."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SavedViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, strip=True)
    shared = forms.BooleanField(label=_("Share with the team"), required=False)
