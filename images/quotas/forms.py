"""From how many percent of the quota people are told."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class ThresholdForm(forms.Form):
    """`warn` is below `critical`."""

    warn = forms.IntegerField(label=gettext_lazy("Nearly full from (%)"), min_value=1, max_value=99)
    critical = forms.IntegerField(label=gettext_lazy("Almost full from (%)"), min_value=2, max_value=100)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"warn", "critical"} <= data.keys() and data["warn"] >= data["critical"]:
            self.add_error("critical", _("Must be above the first threshold."))
        return data
