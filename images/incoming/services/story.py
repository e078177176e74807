"""The story of a share, line by line, and what the audit hears of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User

from images.audit import services as audit
from images.audit.services import AuditEvent, Subject
from images.incoming.audit_events import ShareInEvent
from images.incoming.enums import ShareEventKind
from images.incoming.models import IncomingShare, ShareEvent
from images.incoming.services.notification import StoryLine, notify_story

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
    told = list(lines)
    ShareEvent.objects.bulk_create(
        (
            ShareEvent(share=one.share, kind=one.kind, at=one.at, actor_name=one.actor_name[:150], text=one.text)
            for one in told
        ),
        batch_size=500,
    )
    for one in told:
        if one.kind in _AUDITED:
            _audit(one, _AUDITED[one.kind])
    notify_story(StoryLine(one.share, one.kind, one.text) for one in told)


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
