"""Tiles about images: how fresh our copy is, what breaks a tag policy, and what there is, as charts that lead on."""

from operator import itemgetter

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.cache.queries.freshness import freshness
from images.cache.queries.sync_indicator import sync_indicator
from images.core import humanize
from images.core.url_cache import cached_url
from images.dashboard.tables.look import LINES, Chart, Content, Line, Reader
from images.search.filters import text
from images.search.tables.breakdown import list_of, of_age, of_facet
from images.tags.queries.policy import policy_statuses_in


def projects(look: Reader) -> Content:
    """Those that fail, then those that are read for the first time, then the ones whose copy is oldest."""
    seen = look.matching.scope.projects
    fresh = freshness(look.matching.scope)
    indicator = sync_indicator([(project.published_at, project.synced_at, project.error) for project in seen], look.now)
    lines = [
        Line(
            holder.name,
            list_of(f"project:{text.value(holder.name)}"),
            _("failing"),
            "bad",
            holder.reason,
            holder.synced_at,
        )
        for holder in fresh.unreachable
    ]
    lines += [Line(name, cached_url("images:accounts"), _("first synchronisation"), "wait") for name in fresh.waiting]
    good = [(project.synced_at, project) for project in seen if project.synced_at and not project.error]
    lines += [
        Line(project.name, list_of(f"project:{text.value(project.name)}"), note=project.region, at=at)
        for at, project in sorted(good, key=itemgetter(0))
    ]
    return Content(
        lines=lines[:LINES],
        figure=indicator.short if indicator else "",
        tone=indicator.tone if indicator else "",
        nothing=_("You see no projects yet."),
        more=_("Accounts & projects"),
        more_url=cached_url("images:accounts"),
    )


def policy(look: Reader) -> Content:
    labels, snapshot, seen = look.matching.vocabulary.labels, look.matching.snapshot, look.matching.scope
    pks = tuple(project.pk for project in seen.projects)
    # breaches are remembered with the snapshot, too: as long as the images stay as they are, so does this
    statuses = snapshot.remembered.get(("standings", pks), lambda: policy_statuses_in(snapshot, pks))
    broken = [status for status in statuses if status.broken]
    lines = [
        Line(labels[status.project], list_of(f"project:{text.value(labels[status.project])} policy:broken"),
             _("%(n)s break it") % {"n": humanize.number(status.broken)}, "wait",
             _("of %(n)s images") % {"n": humanize.number(status.images)})
        for status in broken[:LINES]
    ]  # fmt: skip
    total = sum(status.broken for status in broken)
    nothing = _("Every image keeps the policy of its project.") if statuses else _("No project has a policy for tags.")
    figure = ngettext("%(n)s image", "%(n)s images", total) % {"n": humanize.number(total)} if total else ""
    return Content(lines, figure=figure, tone="wait", nothing=nothing, more=_("All tag policies"),
                   more_url=cached_url("images:tag_policies"))  # fmt: skip


def images(look: Reader) -> Content:
    """Counts of the facet index: no image is read for them."""
    matching, total = look.matching, len(look.matching.visible)
    charts = [Chart(title, of_facet(matching, name)) for name, title in (
        ("type", _("By type")), ("status", _("By status")), ("os", _("By OS")))]  # fmt: skip
    if total:
        charts.append(Chart(_("By age"), of_age(matching)))
    return Content(
        charts=charts if total else (),
        figure=humanize.number(total),
        nothing=_("There are no images yet."),
        more=_("All images"),
        more_url=cached_url("images:list"),
    )
