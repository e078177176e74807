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
    lines = [_line(change) for change in recent_changes(look.matching.scope.projects, LINES)]
    lines += [
        Line(
            str(operation),
            reverse("images:operation", args=[operation.pk]),
            _("operation"),
            "accent",
            operation.actor_name,
            operation.finished_at,
        )
        for operation in lately_done(look.user, LINES)
    ]
    lines.sort(key=lambda line: line.at or look.now, reverse=True)
    return Content(
        lines=lines[:LINES],
        nothing=_("Nothing has changed yet."),
        more=_("Latest images"),
        more_url=f"{cached_url('images:list')}?sort=-updated",
    )


def _line(change: RecentChange) -> Line:
    where = change.project or _("public images of %(region)s") % {"region": change.region}
    if change.count == 1:
        url = reverse("images:by_id", args=[change.region, change.image_id])
        return Line(change.name or change.image_id, url, str(change.kind.label), _TONES[change.kind], where, change.at)
    label = ngettext("%(n)d image", "%(n)d images", change.count) % {"n": change.count}
    return Line(label, "", str(change.kind.label), _TONES[change.kind], where, change.at)
