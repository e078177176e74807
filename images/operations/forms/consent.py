"""What approvers say to a request, and what administrators of a project demand."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.operations.models.consent import ConsentPolicy
from images.operations.services.consent import LONGEST_COMMENT


class DecisionForm(forms.Form):
    """`decision`: "give" or "refuse"; who refuses says why."""

    decision = forms.ChoiceField(choices=[("give", "give"), ("refuse", "refuse")], widget=forms.HiddenInput)
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Kept with your decision. Whoever refuses says why."),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("decision") == "refuse" and not said.get("comment", "").strip() and "comment" not in self.errors:
            self.add_error("comment", _("Say why you refuse; whoever asked reads it."))
        return said


class ConsentPolicyForm(forms.ModelForm[ConsentPolicy]):
    """Which acts need a second person, and how long they may take."""

    days = forms.IntegerField(
        label=gettext_lazy("Days to answer"),
        min_value=1,
        max_value=90,
        help_text=gettext_lazy("What nobody has answered by then is not done."),
    )

    class Meta:
        model = ConsentPolicy
        fields = ("for_share", "for_delete", "for_export", "days")
