"""Tile about quotas of images: those near their limit, the fullest first, with the day on which they run full."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.core import humanize
from images.core.url_cache import cached_url
from images.dashboard.tables.look import LINES, Content, Line, Reader
from images.quotas.enums import QuotaLevel
from images.quotas.queries.quotas import ProjectQuota, project_quotas
from images.quotas.tables.overview import TONES, forecast_text, ordered


def quotas(look: Reader) -> Content:
    known = project_quotas(look.user)
    near = [one for one in ordered(known, "full") if one.level != QuotaLevel.CALM]
    critical = any(one.level == QuotaLevel.CRITICAL for one in near)
    count = ngettext("%(n)d near its limit", "%(n)d near their limits", len(near)) % {"n": len(near)}
    return Content(
        lines=[_line(one) for one in near[:LINES]],
        figure=count if near else "",
        tone="bad" if critical else "wait",
        nothing=_("Every project has enough left.") if any(one.known for one in known) else _("No quota is known yet."),
        more=_("All quotas"),
        more_url=cached_url("images:quotas"),
    )


def _line(one: ProjectQuota) -> Line:
    used = _("%(used)s of %(limit)s images") % {
        "used": humanize.number(one.used or 0),
        "limit": humanize.number(one.limit or 0),
    }
    return Line(
        str(one.project),
        reverse("images:quota", args=[one.project.pk]),
        f"{one.percent or 0:.0f} %",
        TONES[one.level],
        f"{used}; {_('full:')} {forecast_text(one.forecast)}",
    )
