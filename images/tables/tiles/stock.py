"""Tiles about images: how fresh our copy is, what breaks a tag policy, and what there is, as charts that lead on."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images import words
from images.charts import BarChart, bar_chart
from images.filters import Range, parse, text
from images.places import place
from images.selectors.facets import BY_FACET, count
from images.selectors.freshness import freshness
from images.selectors.matching import Matching
from images.selectors.pulse import pulse_of
from images.selectors.tag_policy import standings_in
from images.tables.labels import label_of
from images.tables.tiles.look import LINES, Chart, Content, Line, Look

#: Bars of a chart; the rest is in the list's own facets.
_BARS = 5
#: Ages in days at which images are told apart.
_AGES = (30, 90, 365, 730)


def projects(look: Look) -> Content:
    """Those that fail, then those that are read for the first time, then the ones whose copy is oldest."""
    seen = look.matching.sight.projects
    fresh = freshness(look.matching.sight)
    pulse = pulse_of([(one.published_at, one.synced_at, one.error) for one in seen], look.now)
    lines = [
        Line(one.name, _list(f"project:{text.value(one.name)}"), _("failing"), "bad", one.reason, one.synced_at)
        for one in fresh.unreachable
    ]
    lines += [Line(name, place("images:accounts"), _("first synchronisation"), "wait") for name in fresh.waiting]
    good = sorted((one for one in seen if one.synced_at and not one.error), key=lambda one: one.synced_at)
    lines += [
        Line(one.name, _list(f"project:{text.value(one.name)}"), note=one.region, at=one.synced_at) for one in good
    ]
    return Content(
        lines=lines[:LINES],
        figure=pulse.short if pulse else "",
        tone=pulse.tone if pulse else "",
        nothing=_("You see no projects yet."),
        more=_("Accounts & projects"),
        more_url=place("images:accounts"),
    )


def policy(look: Look) -> Content:
    labels = look.matching.vocabulary.labels
    standing = standings_in(look.matching.snapshot, [one.pk for one in look.matching.sight.projects])
    broken = [one for one in standing if one.broken]
    lines = [
        Line(labels[one.project], _list(f"project:{text.value(labels[one.project])} policy:broken"),
             _("%(n)s break it") % {"n": words.number(one.broken)}, "wait",
             _("of %(n)s images") % {"n": words.number(one.images)})
        for one in broken[:LINES]
    ]  # fmt: skip
    total = sum(one.broken for one in broken)
    nothing = _("Every image keeps the policy of its project.") if standing else _("No project has a policy for tags.")
    figure = ngettext("%(n)s image", "%(n)s images", total) % {"n": words.number(total)} if total else ""
    return Content(lines, figure=figure, tone="wait", nothing=nothing, more=_("All tag policies"),
                   more_url=place("images:tag_policies"))  # fmt: skip


def images(look: Look) -> Content:
    """Counts of the facet index: no image is read for them."""
    asked, total = look.matching, len(look.matching.visible)
    charts = [Chart(title, _of_facet(asked, name)) for name, title in (
        ("type", _("By type")), ("status", _("By status")), ("os", _("By OS")))]  # fmt: skip
    if total:
        charts.append(Chart(_("By age"), _of_age(asked)))
    return Content(
        charts=charts if total else (),
        figure=words.number(total),
        nothing=_("There are no images yet."),
        more=_("All images"),
        more_url=place("images:list"),
    )


def _of_facet(asked: Matching, name: str) -> BarChart:
    counted = count(BY_FACET[name], asked, shown=_BARS)
    entries = [(label_of(name, one.value), one.count) for one in counted.values]
    return bar_chart(entries, urls=[_list(f"{name}:{text.value(one.value)}") for one in counted.values])


def _of_age(asked: Matching) -> BarChart:
    """By the days of the reader: with dates in the questions, the lists behind them count the same, and what was found
    is remembered as long as the index stays as it is."""
    today = timezone.localdate(timezone=asked.zone)
    days = [(today - timedelta(days=age)).isoformat() for age in _AGES]
    older = [len(asked.visible), *(asked.asked(_before(day)).intersection_cardinality(asked.visible) for day in days)]
    queries = [f"created:>={days[0]}"]
    queries += [f"created:>={lower} created:<{upper}" for upper, lower in pairwise(days)]
    queries.append(f"created:<{days[-1]}")
    counts = [before - after for before, after in zip(older, [*older[1:], 0], strict=True)]
    urls = [_list(query) if number else "" for query, number in zip(queries, counts, strict=True)]
    return bar_chart(list(zip(_age_words(), counts, strict=True)), urls=urls)


def _before(day: str) -> Range:
    (condition,) = parse(f"created:<{day}").filter
    if not isinstance(condition, Range):
        raise TypeError(f"{condition} is no range")
    return condition


def _age_words() -> Sequence[str]:
    return (_("Last 30 days"), _("1 to 3 months"), _("3 to 12 months"), _("1 to 2 years"), _("Older"))


def _list(query: str) -> str:
    return f"{place('images:list')}?{urlencode({'q': query})}"
