"""What is said of quotas in words, and the orders of their overview."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.quotas.enums import QuotaLevel
from images.quotas.queries.quotas import ProjectQuota
from images.quotas.rules.forecast import Forecast, Outlook

TONES: Final[Mapping[str, str]] = {QuotaLevel.CALM: "", QuotaLevel.WARNING: "wait", QuotaLevel.CRITICAL: "bad"}
_SAID: Final[Mapping[Outlook, str | Promise]] = {
    Outlook.FULL: gettext_lazy("full now"),
    Outlook.FAR: gettext_lazy("not within two years"),
    Outlook.SHRINKING: gettext_lazy("shrinking"),
    Outlook.STEADY: gettext_lazy("no clear trend"),
    Outlook.TOO_LITTLE: gettext_lazy("too little is known yet"),
}
_LATE: Final = "9999"
Order = Callable[[ProjectQuota], Any]


def _fullest(quota: ProjectQuota) -> tuple[bool, float]:
    return quota.percent is None, -(quota.percent or 0)


def _soonest(quota: ProjectQuota) -> tuple[str, float]:
    forecast = quota.forecast
    first = "" if forecast.outlook == Outlook.FULL else forecast.first.isoformat() if forecast.first else _LATE
    return first, -(quota.percent or 0)


#: Name in the URL → label and order; whatever is not known comes last.
SORTS: Final[Mapping[str, tuple[str | Promise, Order]]] = {
    "full": (gettext_lazy("fullest first"), _fullest),
    "soon": (gettext_lazy("full soonest"), _soonest),
    "left": (gettext_lazy("least left"), lambda one: (one.left is None, one.left or 0)),
    "used": (gettext_lazy("most images"), lambda one: (one.used is None, -(one.used or 0))),
    "name": (gettext_lazy("by region and name"), lambda one: (one.project.region.name, one.project.name)),
}


def ordered(lines: Sequence[ProjectQuota], sort: str) -> list[ProjectQuota]:
    _label, order = SORTS[sort]
    return sorted(lines, key=lambda quota: (order(quota), quota.project.region.name, quota.project.name))


def forecast_text(forecast: Forecast) -> str:
    """The forecast in a sentence's end: "between 12 and 30 March"."""
    if forecast.outlook in _SAID:
        return str(_SAID[forecast.outlook])
    if forecast.outlook == Outlook.FROM:
        return _("not before %(day)s") % {"day": _day(forecast.first)}
    if forecast.first == forecast.last:
        return _("around %(day)s") % {"day": _day(forecast.first)}
    return _("between %(first)s and %(last)s") % {"first": _begin(forecast), "last": _day(forecast.last)}


def forecast_basis(forecast: Forecast) -> str:
    """What the forecast rests on."""
    if forecast.outlook in {Outlook.SPAN, Outlook.FROM, Outlook.FAR, Outlook.SHRINKING}:
        text = _("At this pace: %(n)s images a week.") % {"n": formats.number_format(forecast.pace, 1)}
    elif forecast.outlook == Outlook.STEADY:
        text = _("What comes and goes hides any pace that there may be.")
    elif forecast.outlook == Outlook.TOO_LITTLE:
        text = _("A day can be named after fifteen days of samples.")
    else:
        return ""
    if forecast.cleaned:
        text += " " + _("The clean-up of %(day)s is left out of it.") % {"day": _day(forecast.cleaned)}
    return text


def _begin(forecast: Forecast) -> str:
    """Month and year only where they differ from those of the end: "between 12 and 30 March 2027"."""
    first, last = forecast.first, forecast.last
    if first is None or last is None or first.year != last.year:
        return _day(first)
    return formats.date_format(first, "j" if first.month == last.month else "j F")


def _day(day: Any) -> str:
    return formats.date_format(day, "j F Y")
