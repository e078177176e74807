"""The policy of a project for what is shared with it, as a form; sizes are typed with their unit, lists by line."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.core import humanize
from images.incoming.models import SharePolicy
from images.incoming.queries.policies import terms_of
from images.incoming.rules import Terms
from images.search.filters.units import parse_bytes, render_bytes

_LINES = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"})
_OS_TYPES = (("Linux", "Linux"), ("Windows", "Windows"), ("Other", gettext_lazy("other")))
#: Entries of a list, and characters of one.
_MOST, _LONGEST = 200, 200
_BEHAVIOUR = ((False, gettext_lazy("the team decides all the same")), (True, gettext_lazy("it is rejected by itself")))


class LinesField(forms.CharField):
    """One entry a line; a list of text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=_LINES, max_length=_MOST * _LONGEST, **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override] # what the field is for
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines()]
        return list(dict.fromkeys(filter(None, lines)))

    def validate(self, value: Any) -> None:
        if len(value) > _MOST:
            raise forms.ValidationError(_("At most %(n)d lines.") % {"n": _MOST})
        if any(len(line) > _LONGEST for line in value):
            raise forms.ValidationError(_("At most %(n)d characters in a line.") % {"n": _LONGEST})

    def run_validators(self, value: Any) -> None:
        """Those of a text do not fit a list."""


class SizeField(forms.CharField):
    """ "10 GB"; bytes, None for nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=20, **options)

    def prepare_value(self, value: Any) -> Any:
        return render_bytes(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:  # type: ignore[override] # the same
        text = (super().to_python(value) or "").replace(" ", "")
        if not text:
            return None
        try:
            return parse_bytes(text)
        except ValueError as error:
            raise forms.ValidationError(_("Write a size with its unit, for example 40GB.")) from error

    def run_validators(self, value: Any) -> None:
        if value is not None and value >= 2**63:
            raise forms.ValidationError(_("No image is so large."))


class SharePolicyForm(forms.ModelForm[SharePolicy]):
    """`columns`: what the service takes; `terms`: what a simulation takes. `seen`: the version that it begins from."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 2)
    trusted = LinesField(
        label=gettext_lazy("Trusted owners"),
        help_text=gettext_lazy(
            "Project IDs, one a line. Their images are accepted by themselves when they keep every rule."
        ),
    )
    barred = LinesField(
        label=gettext_lazy("Barred owners"),
        help_text=gettext_lazy("Project IDs, one a line. Their images are rejected by themselves."),
    )
    os_types = forms.MultipleChoiceField(
        label=gettext_lazy("OS types"),
        required=False,
        choices=_OS_TYPES,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: any."),
    )
    os_versions = LinesField(
        label=gettext_lazy("OS versions"), help_text=gettext_lazy("One a line, * for anything: Ubuntu 2*. Empty: any.")
    )
    tags = LinesField(label=gettext_lazy("Tags it must have"), help_text=gettext_lazy("key or key=value, one a line."))
    attributes = LinesField(
        label=gettext_lazy("Attributes it must have"),
        help_text=gettext_lazy("name or name=value as IMS writes them, one a line: __productcode."),
    )
    min_size = SizeField(label=gettext_lazy("At least"), help_text=gettext_lazy("For example 1GB."))
    max_size = SizeField(label=gettext_lazy("At most"), help_text=gettext_lazy("For example 40GB."))
    reject_mismatch = forms.TypedChoiceField(
        label=gettext_lazy("An image that breaks a rule"),
        choices=_BEHAVIOUR,
        coerce=lambda said: said in {True, "True"},
    )

    class Meta:
        model = SharePolicy
        fields = (
            "approvals", "one_rejection_ends", "trusted", "barred", "by_book", "os_types", "os_versions",
            "max_age_days", "min_size", "max_size", "unencrypted", "tags", "attributes", "reject_mismatch", "reopen",
            "remind_days", "escalate_days", "note",
        )  # fmt: skip
        labels = {
            "one_rejection_ends": gettext_lazy("One vote against ends it"),
            "by_book": gettext_lazy("Owners that the address book trusts or bars count as trusted or barred"),
            "max_age_days": gettext_lazy("Not older than, in days"),
            "unencrypted": gettext_lazy("Not encrypted"),
            "reopen": gettext_lazy("Open a decision again when the image changes after the approval"),
            "remind_days": gettext_lazy("Remind after, in days"),
            "escalate_days": gettext_lazy("Escalate after, in days"),
            "note": gettext_lazy("Why it is changed"),
        }
        help_texts = {
            "approvals": gettext_lazy("People of the project that shares do not count."),
            "one_rejection_ends": gettext_lazy("Otherwise it takes as many against as approvals are needed."),
        }

    def __init__(self, data: QueryDict | None, policy: SharePolicy | None) -> None:
        self.version = policy.version if policy else 0
        super().__init__(data, instance=None, initial=_initial(policy, self._meta.fields) | {"seen": self.version})

    def clean_approvals(self) -> int:
        approvals: int = self.cleaned_data["approvals"]
        if not 1 <= approvals <= 20:
            raise forms.ValidationError(_("From 1 to 20."))
        return approvals

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        least, most = said.get("min_size"), said.get("max_size")
        if least is not None and most is not None and least > most:
            self.add_error("max_size", _("It is less than %(least)s, the least.") % {"least": humanize.size(least)})
        both = set(said.get("trusted") or ()) & set(said.get("barred") or ())
        if both:
            self.add_error("barred", _("Both trusted and barred: %(ids)s.") % {"ids": ", ".join(sorted(both))})
        remind, escalate = said.get("remind_days"), said.get("escalate_days")
        if remind and escalate and escalate <= remind:
            self.add_error("escalate_days", _("Later than the reminder."))
        return said

    @property
    def columns(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in {"seen", "note"}}

    @property
    def terms(self) -> Terms:
        return terms_of(SharePolicy(version=self.version + 1, **self.columns))

    def group(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Fields under their headings."""
        row: Callable[..., list[forms.BoundField]] = self.group
        return [
            (_("Votes"), row("approvals", "one_rejection_ends", "reopen")),
            (_("Owners"), row("by_book", "trusted", "barred")),
            (_("Rules for images"), row("os_types", "os_versions", "max_age_days", "min_size", "max_size",
                                        "unencrypted", "tags", "attributes", "reject_mismatch")),
            (_("When nobody decides"), row("remind_days", "escalate_days")),
        ]  # fmt: skip


def _initial(policy: SharePolicy | None, names: Any) -> dict[str, Any]:
    kept = policy or SharePolicy()
    return {name: getattr(kept, name) for name in names if name != "note"}
