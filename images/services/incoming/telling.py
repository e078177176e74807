"""The story of a share, line by line, and what the audit hears of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User

from images.enums import ShareEventKind
from images.models import IncomingShare, ShareEvent
from images.services import audit
from images.services.audit import AuditEvent, Subject
from images.services.incoming.notifying import Told, tell_story

#: What IMS and its owner did to a share is in its story alone; the audit has what was done and noticed here.
_AUDITED = {
    ShareEventKind.APPROVED: AuditEvent.SHARE_APPROVED,
    ShareEventKind.REFUSED: AuditEvent.SHARE_REFUSED,
    ShareEventKind.TOO_LATE: AuditEvent.SHARE_TOO_LATE,
    ShareEventKind.DECIDED: AuditEvent.SHARE_DECIDED,
    ShareEventKind.TRIED_AGAIN: AuditEvent.SHARE_SENT_AGAIN,
    ShareEventKind.COMMENTED: AuditEvent.SHARE_COMMENTED,
    ShareEventKind.ASKED: AuditEvent.SHARE_ASKED,
    ShareEventKind.ASSIGNED: AuditEvent.SHARE_ASSIGNED,
    ShareEventKind.REOPENED: AuditEvent.SHARE_REOPENED,
    ShareEventKind.ELSEWHERE: AuditEvent.SHARE_ELSEWHERE,
    ShareEventKind.CHANGED: AuditEvent.SHARE_CHANGED,
    ShareEventKind.REMINDED: AuditEvent.SHARE_REMINDED,
    ShareEventKind.ESCALATED: AuditEvent.SHARE_ESCALATED,
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


def tell(lines: Iterable[Line]) -> None:
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
    tell_story(Told(one.share, one.kind, one.text) for one in told)


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
