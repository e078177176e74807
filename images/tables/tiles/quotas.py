"""Tile about quotas of images: those near their limit, the fullest first, with the day on which they run full."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images import words
from images.enums import QuotaLevel
from images.places import place
from images.selectors.quotas import Standing, standings
from images.tables.quotas import TONES, foretold, ordered
from images.tables.tiles.look import LINES, Content, Line, Look


def quotas(look: Look) -> Content:
    known = standings(look.user)
    near = [one for one in ordered(known, "full") if one.level != QuotaLevel.CALM]
    critical = any(one.level == QuotaLevel.CRITICAL for one in near)
    count = ngettext("%(n)d near its limit", "%(n)d near their limits", len(near)) % {"n": len(near)}
    return Content(
        lines=[_line(one) for one in near[:LINES]],
        figure=count if near else "",
        tone="bad" if critical else "wait",
        nothing=_("Every project has enough left.") if any(one.known for one in known) else _("No quota is known yet."),
        more=_("All quotas"),
        more_url=place("images:quotas"),
    )


def _line(one: Standing) -> Line:
    used = _("%(used)s of %(limit)s images") % {
        "used": words.number(one.used or 0),
        "limit": words.number(one.limit or 0),
    }
    return Line(
        str(one.project),
        reverse("images:quota", args=[one.project.pk]),
        f"{one.percent or 0:.0f} %",
        TONES[one.level],
        f"{used}; {_('full:')} {foretold(one.forecast)}",
    )
