"""The story of a share, line by line, what the audit hears of it, and which lines people are told.

Notices of one sort and project wait for each other (notices/services), so that a batch is one notice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.audit import services as audit
from images.audit.services import AuditEvent, Subject
from images.clouds.models import Project
from images.incoming import notice_kinds
from images.incoming.audit_events import ShareInEvent
from images.incoming.enums import ShareEventKind
from images.incoming.models import IncomingShare, ShareEvent
from images.notices import services as notices
from images.notices.services import Audience, Merging, NoticeKind

#: What IMS and its owner did to a share is in its story alone; the audit has what was done and noticed here.
_AUDITED = {
    ShareEventKind.APPROVED: ShareInEvent.APPROVED,
    ShareEventKind.REFUSED: ShareInEvent.REFUSED,
    ShareEventKind.TOO_LATE: ShareInEvent.TOO_LATE,
    ShareEventKind.DECIDED: ShareInEvent.DECIDED,
    ShareEventKind.TRIED_AGAIN: ShareInEvent.SENT_AGAIN,
    ShareEventKind.COMMENTED: ShareInEvent.COMMENTED,
    ShareEventKind.ASKED: ShareInEvent.ASKED,
    ShareEventKind.ASSIGNED: ShareInEvent.ASSIGNED,
    ShareEventKind.REOPENED: ShareInEvent.REOPENED,
    ShareEventKind.ELSEWHERE: ShareInEvent.ELSEWHERE,
    ShareEventKind.CHANGED: ShareInEvent.CHANGED,
    ShareEventKind.REMINDED: ShareInEvent.REMINDED,
    ShareEventKind.ESCALATED: ShareInEvent.ESCALATED,
}


class Line(NamedTuple):
    """One line of a story. `by`: a person, or in words ("policy v3"); empty: IMS, the owner, or the clock."""

    share: IncomingShare
    kind: ShareEventKind
    at: datetime
    by: User | str = ""
    text: str = ""

    @property
    def actor_name(self) -> str:
        return self.by if isinstance(self.by, str) else self.by.get_username()


def write_story(lines: Iterable[Line]) -> None:
    """Inside the transaction of what happened, after the shares themselves were written."""
    story = list(lines)
    ShareEvent.objects.bulk_create(
        (
            ShareEvent(share=line.share, kind=line.kind, at=line.at, actor_name=line.actor_name[:150], text=line.text)
            for line in story
        ),
        batch_size=500,
    )
    for line in story:
        if line.kind in _AUDITED:
            _audit(line, _AUDITED[line.kind])
    _notify(story)


def _audit(line: Line, event: AuditEvent) -> None:
    share = line.share
    audit.record(
        event=event,
        actor=None if isinstance(line.by, str) else line.by,
        actor_name=line.actor_name,
        project=share.project,
        subject=Subject("share", str(share.pk), str(share)),
        details={
            "image_id": share.image_id,
            "owner": share.owner,
            "policy": share.policy_version,
            "round": share.round,
            "said": line.text,
        },
    )


# --- what people are told ---------------------------------------------------------------------------------------------
def notify_waiting(project: Project, shares: Sequence[IncomingShare]) -> None:
    """Shares that the policy leaves to the team."""
    _write_notice(
        notice_kinds.SHARE,
        project,
        shares,
        lambda n: ngettext("%(n)d share waits in %(project)s", "%(n)d shares wait in %(project)s", n),
    )


def _notify(story: Iterable[Line]) -> None:
    """Decisions, reminders and escalations among these lines."""
    groups: dict[tuple[int, _Told], list[Line]] = defaultdict(list)
    for line in story:
        if line.kind in _TOLD:
            groups[line.share.project_id, _TOLD[line.kind]].append(line)
    for (_project, told), lines in groups.items():
        shares = [line.share for line in lines]
        _write_notice(told.notice, shares[0].project, shares, told.words, text=lines[0].text, people=told.people)


def _write_notice(
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

    first = shares[0]
    notices.write_notice(
        kind=kind,
        project=project,
        subject=_("%(words)s: %(share)s") % {"words": many(1)[0], "share": first},
        text=text,
        url=reverse("images:shared_in_share", args=[first.pk]),
        people=people,
        together=Merging(many, len(shares)),
    )


def _decided(n: int) -> str:
    return ngettext("Decision about %(n)d share in %(project)s", "Decisions about %(n)d shares in %(project)s", n)


def _late(n: int) -> str:
    return ngettext("%(n)d share waits for long in %(project)s", "%(n)d shares wait for long in %(project)s", n)


def _too_late(n: int) -> str:
    return ngettext("%(n)d share waits for too long in %(project)s", "%(n)d shares wait for too long in %(project)s", n)


class _Told(NamedTuple):
    """How people are told of a line; lines of one kind of notice become one."""

    notice: NoticeKind
    people: Audience | None
    words: Callable[[int], str]


_DECISION = _Told(notice_kinds.DECISION, None, _decided)
_TOLD = {
    ShareEventKind.DECIDED: _DECISION,
    ShareEventKind.ELSEWHERE: _DECISION,
    ShareEventKind.REMINDED: _Told(notice_kinds.SHARE_LATE, None, _late),
    ShareEventKind.ESCALATED: _Told(notice_kinds.SHARE_LATE, Audience.ADMINISTER, _too_late),
}
