"""What people are told of shares: the story's lines that somebody waits for, and what the policy leaves to them.

Notices of one sort and project wait for each other (notices/services), so that a batch is one notice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.clouds.models import Project
from images.incoming import notice_kinds
from images.incoming.enums import ShareEventKind
from images.incoming.models import IncomingShare
from images.notices import services as notices
from images.notices.services import Audience, Merging, NoticeKind


class StoryLine(NamedTuple):
    """A line of a story."""

    share: IncomingShare
    kind: ShareEventKind
    text: str


def notify_waiting(project: Project, shares: Sequence[IncomingShare]) -> None:
    """Shares that the policy leaves to the team."""
    _tell(
        notice_kinds.SHARE,
        project,
        shares,
        lambda n: ngettext("%(n)d share waits in %(project)s", "%(n)d shares wait in %(project)s", n),
    )


def notify_story(lines: Iterable[StoryLine]) -> None:
    """Decisions, reminders and escalations among these lines; inside the transaction that writes them."""
    stories = {kind: one for one in _STORY for kind in one.kinds}
    found: dict[tuple[int, _Story], list[StoryLine]] = defaultdict(list)
    for line in lines:
        if line.kind in stories:
            found[line.share.project_id, stories[line.kind]].append(line)
    for (_project, story), told in found.items():
        shares = [line.share for line in told]
        _tell(story.notice, shares[0].project, shares, story.words, text=told[0].text, people=story.people)


def _tell(
    kind: NoticeKind,
    project: Project,
    shares: Sequence[IncomingShare],
    words: Callable[[int], str],
    *,
    text: str = "",
    people: Audience | None = None,
) -> None:
    """One share by its name, more by their number."""
    if not shares:
        return
    inbox = f"{reverse('images:shared_in')}?project={project.pk}"

    def many(n: int) -> tuple[str, str]:
        return words(n) % {"n": n, "project": project}, inbox

    one = shares[0]
    notices.write_notice(
        kind=kind,
        project=project,
        subject=_("%(words)s: %(share)s") % {"words": many(1)[0], "share": one},
        text=text,
        url=reverse("images:shared_in_share", args=[one.pk]),
        people=people,
        together=Merging(many, len(shares)),
    )


def _decided(n: int) -> str:
    return ngettext("Decision about %(n)d share in %(project)s", "Decisions about %(n)d shares in %(project)s", n)


def _late(n: int) -> str:
    return ngettext("%(n)d share waits for long in %(project)s", "%(n)d shares wait for long in %(project)s", n)


def _too_late(n: int) -> str:
    return ngettext("%(n)d share waits for too long in %(project)s", "%(n)d shares wait for too long in %(project)s", n)


class _Story(NamedTuple):
    kinds: tuple[ShareEventKind, ...]
    notice: NoticeKind
    people: Audience | None
    words: Callable[[int], str]


_STORY = (
    _Story((ShareEventKind.DECIDED, ShareEventKind.ELSEWHERE), notice_kinds.DECISION, None, _decided),
    _Story((ShareEventKind.REMINDED,), notice_kinds.SHARE_LATE, None, _late),
    _Story((ShareEventKind.ESCALATED,), notice_kinds.SHARE_LATE, Audience.ADMINISTER, _too_late),
)
