"""What a report is asked for, and how often it is to come by mail."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from images.cache.queries.visibility import VisibleProjects
from images.core.choices import offer
from images.reports.enums import Rhythm
from images.reports.queries import REPORTS, Span, months_after

#: More would neither fit on a page nor be read.
_MOST_MONTHS = 60
_USUAL = 6
_REPORTS = [(one.name, one.title) for one in REPORTS.values()]
_SELECT = {"class": "form-select"}
_SEVERAL = {"class": "form-select", "size": 5}


class MonthField(forms.Field):
    """2026-01, as <input type="month"> sends it."""

    widget = forms.TextInput

    def __init__(self, label: StrOrPromise) -> None:
        attrs = {"type": "month", "class": "form-control", "placeholder": "2026-01", "maxlength": 7}
        super().__init__(label=label, required=False, widget=forms.TextInput(attrs=attrs))

    def to_python(self, value: str | None) -> date | None:
        if not value:
            return None
        try:
            month = datetime.strptime(value.strip(), "%Y-%m").date()  # noqa: DTZ007 # a month has no zone
        except ValueError as error:
            raise forms.ValidationError(_("A month looks like 2026-01.")) from error
        if not 1900 <= month.year <= 2999:
            raise forms.ValidationError(_("A month looks like 2026-01."))
        return month


class ReportForm(forms.Form):
    """GET: its state is the address."""

    report = forms.ChoiceField(label=gettext_lazy("Report"), choices=_REPORTS,
                               widget=forms.Select(attrs=_SELECT))  # fmt: skip
    since = MonthField(gettext_lazy("From"))
    until = MonthField(gettext_lazy("To"))
    project = forms.TypedMultipleChoiceField(label=gettext_lazy("Projects"), coerce=int, required=False,
                                             help_text=gettext_lazy("None chosen: all."),
                                             widget=forms.SelectMultiple(attrs=_SEVERAL))  # fmt: skip

    def __init__(self, query: QueryDict, scope: VisibleProjects) -> None:
        today = timezone.localdate()
        usual = {"report": "inventory", "since": f"{months_after(today, 1 - _USUAL):%Y-%m}", "until": f"{today:%Y-%m}"}
        given = query.copy()
        for name, value in usual.items():
            if not given.get(name):
                given[name] = value
        super().__init__(given)
        self.address = given.urlencode()
        offer(self, "project", ((project.pk, f"{project.name} ({project.region})") for project in scope.projects))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until:
            if until < since:
                self.add_error("until", _("This is before the first month."))
            elif months_after(since, _MOST_MONTHS) <= until:
                self.add_error("since", _("A report has at most %(n)d months.") % {"n": _MOST_MONTHS})
        return cleaned

    @property
    def span(self) -> Span:
        return Span(self.cleaned_data["since"], self.cleaned_data["until"])


class ScheduleForm(forms.Form):
    report = forms.ChoiceField(label=gettext_lazy("Report"), choices=_REPORTS,
                               widget=forms.Select(attrs=_SELECT))  # fmt: skip
    rhythm = forms.ChoiceField(label=gettext_lazy("How often"), choices=Rhythm.choices,
                               widget=forms.Select(attrs=_SELECT))  # fmt: skip
    hour = forms.IntegerField(label=gettext_lazy("Hour"), min_value=0, max_value=23, initial=7,
                              help_text=gettext_lazy("Of your day, 0 to 23."),
                              widget=forms.NumberInput(attrs={"class": "form-control"}))  # fmt: skip
    projects = forms.TypedMultipleChoiceField(label=gettext_lazy("Projects"), coerce=int, required=False,
                                              help_text=gettext_lazy("None chosen: all that you see at that time."),
                                              widget=forms.SelectMultiple(attrs=_SEVERAL))  # fmt: skip

    def __init__(
        self, data: QueryDict | None, scope: VisibleProjects, *, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        offer(self, "projects", ((project.pk, f"{project.name} ({project.region})") for project in scope.projects))
