"""How the projects are, in one dot of the header: one small query on each page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.access.permissions import visible_projects
from images.core import clock, humanize
from images.core.requests import Person

#: Synchronisations that may be missed in a row before the dot turns from good to wait.
MISSED = 10


@dataclass(frozen=True)
class SyncIndicator:
    """`tone` is good, wait or bad; `short` fits beside the dot, `sentence` says it whole."""

    tone: str
    short: str
    sentence: str


def sync_indicator_for(user: Person | None, now: datetime | None = None) -> SyncIndicator | None:
    """None when this person sees no project."""
    if user is None:  # a page that is drawn before anybody looked who asks
        return None
    rows = visible_projects(user).order_by().values_list("published_at", "synced_at", "error")
    return sync_indicator(list(rows), now)


def sync_indicator(
    rows: Sequence[tuple[datetime | None, datetime | None, str]], now: datetime | None = None
) -> SyncIndicator | None:
    """The same from (published_at, synced_at, error) of projects that a page has loaded anyway."""
    if not rows:
        return None
    now = now or clock.now()
    failed = sum(1 for _published, _synced, error in rows if error)
    if failed:
        count = {"failed": failed, "n": len(rows)}
        short = ngettext("%(failed)d failing", "%(failed)d failing", failed) % count
        sentence = ngettext(
            "%(failed)d of %(n)d project could not be synchronised",
            "%(failed)d of %(n)d projects could not be synchronised",
            len(rows),
        )
        return SyncIndicator("bad", short, sentence % count)
    if any(published is None for published, _synced, _error in rows):
        return SyncIndicator(
            "wait", _("first synchronisation"), _("Some projects are being synchronised for the first time")
        )
    oldest = min(synced for _published, synced, _error in rows if synced)
    late = now - oldest > timedelta(seconds=MISSED * settings.SYNC_INTERVAL)
    ago = humanize.ago(oldest, now)
    sentence = ngettext(
        "%(n)d project, synchronised %(ago)s", "%(n)d projects, the oldest synchronised %(ago)s", len(rows)
    )
    short = _("synced %(ago)s") % {"ago": ago}
    return SyncIndicator("wait" if late else "good", short, sentence % {"n": len(rows), "ago": ago})
