"""Tile about what changed of late: at the clouds, as synchronisations saw it, and through operations of ours."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.enums import ChangeKind
from images.places import place
from images.selectors.attention import Happened, happened, lately_done
from images.tables.tiles.look import LINES, Content, Line, Look

_TONES = {ChangeKind.APPEARED: "good", ChangeKind.GONE: "bad", ChangeKind.CHANGED: "note"}


def changes(look: Look) -> Content:
    lines = [_line(one) for one in happened(look.matching.sight.projects, LINES)]
    lines += [
        Line(str(one), reverse("images:operation", args=[one.pk]), _("operation"), "accent", one.actor_name,
             one.finished_at)
        for one in lately_done(look.user, LINES)
    ]  # fmt: skip
    lines.sort(key=lambda line: line.at or look.now, reverse=True)
    return Content(
        lines=lines[:LINES],
        nothing=_("Nothing has changed yet."),
        more=_("Latest images"),
        more_url=f"{place('images:list')}?sort=-updated",
    )


def _line(one: Happened) -> Line:
    where = one.project or _("public images of %(region)s") % {"region": one.region}
    if one.count == 1:
        url = reverse("images:by_id", args=[one.region, one.image_id])
        return Line(one.name or one.image_id, url, one.kind.label, _TONES[one.kind], where, one.at)
    label = ngettext("%(n)d image", "%(n)d images", one.count) % {"n": one.count}
    return Line(label, "", one.kind.label, _TONES[one.kind], where, one.at)
