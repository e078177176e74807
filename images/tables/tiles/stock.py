"""Tiles about images: how fresh our copy is, what breaks a tag policy, and what there is, as charts that lead on."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images import words
from images.filters import text
from images.places import place
from images.selectors.freshness import freshness
from images.selectors.pulse import pulse_of
from images.selectors.tag_policy import standings_in
from images.tables.breakdown import list_of, of_age, of_facet
from images.tables.tiles.look import LINES, Chart, Content, Line, Look


def projects(look: Look) -> Content:
    """Those that fail, then those that are read for the first time, then the ones whose copy is oldest."""
    seen = look.matching.sight.projects
    fresh = freshness(look.matching.sight)
    pulse = pulse_of([(one.published_at, one.synced_at, one.error) for one in seen], look.now)
    lines = [
        Line(one.name, list_of(f"project:{text.value(one.name)}"), _("failing"), "bad", one.reason, one.synced_at)
        for one in fresh.unreachable
    ]
    lines += [Line(name, place("images:accounts"), _("first synchronisation"), "wait") for name in fresh.waiting]
    good = sorted((one for one in seen if one.synced_at and not one.error), key=lambda one: one.synced_at)
    lines += [
        Line(one.name, list_of(f"project:{text.value(one.name)}"), note=one.region, at=one.synced_at) for one in good
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
    labels, snapshot, seen = look.matching.vocabulary.labels, look.matching.snapshot, look.matching.sight
    pks = tuple(one.pk for one in seen.projects)
    # breaches are remembered with the snapshot, too: as long as the images stay as they are, so does this
    standing = snapshot.remembered.get(("standings", pks), lambda: standings_in(snapshot, pks))
    broken = [one for one in standing if one.broken]
    lines = [
        Line(labels[one.project], list_of(f"project:{text.value(labels[one.project])} policy:broken"),
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
    charts = [Chart(title, of_facet(asked, name)) for name, title in (
        ("type", _("By type")), ("status", _("By status")), ("os", _("By OS")))]  # fmt: skip
    if total:
        charts.append(Chart(_("By age"), of_age(asked)))
    return Content(
        charts=charts if total else (),
        figure=words.number(total),
        nothing=_("There are no images yet."),
        more=_("All images"),
        more_url=place("images:list"),
    )
