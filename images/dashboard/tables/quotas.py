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
    near = [quota for quota in ordered(known, "full") if quota.level != QuotaLevel.CALM]
    critical = any(quota.level == QuotaLevel.CRITICAL for quota in near)
    count = ngettext("%(n)d near its limit", "%(n)d near their limits", len(near)) % {"n": len(near)}
    return Content(
        lines=[_line(quota) for quota in near[:LINES]],
        figure=count if near else "",
        tone="bad" if critical else "wait",
        nothing=_("Every project has enough left.")
        if any(quota.known for quota in known)
        else _("No quota is known yet."),
        more=_("All quotas"),
        more_url=cached_url("images:quotas"),
    )


def _line(quota: ProjectQuota) -> Line:
    used = _("%(used)s of %(limit)s images") % {
        "used": humanize.number(quota.used or 0),
        "limit": humanize.number(quota.limit or 0),
    }
    return Line(
        str(quota.project),
        reverse("images:quota", args=[quota.project.pk]),
        f"{quota.percent or 0:.0f} %",
        TONES[quota.level],
        f"{used}; {_('full:')} {forecast_text(quota.forecast)}",
    )
