"""Tile about what changed of late: at the clouds, as synchronisations saw it, and through operations of ours."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.cache.enums import ChangeKind
from images.core.url_cache import cached_url
from images.dashboard.queries import RecentChange, lately_done, recent_changes
from images.dashboard.tables.look import LINES, Content, Line, Reader

_TONES = {ChangeKind.APPEARED: "good", ChangeKind.GONE: "bad", ChangeKind.CHANGED: "note"}


def changes(look: Reader) -> Content:
    lines = [_line(one) for one in recent_changes(look.matching.scope.projects, LINES)]
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
        more_url=f"{cached_url('images:list')}?sort=-updated",
    )


def _line(one: RecentChange) -> Line:
    where = one.project or _("public images of %(region)s") % {"region": one.region}
    if one.count == 1:
        url = reverse("images:by_id", args=[one.region, one.image_id])
        return Line(one.name or one.image_id, url, str(one.kind.label), _TONES[one.kind], where, one.at)
    label = ngettext("%(n)d image", "%(n)d images", one.count) % {"n": one.count}
    return Line(label, "", str(one.kind.label), _TONES[one.kind], where, one.at)
