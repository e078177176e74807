"""What synchronisation and carrier see of the images that others share with a project, made into requests.

Part of the transaction that brings the cache to what IMS said: killed at any line, neither is there, and both come with
the next synchronisation. What the policy says to a new request is not asked here (due.py is rung for it), so that a
synchronisation of ten thousand shares stays one.
"""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from images.cache.enums import MemberStatus
from images.cache.services.columns import Row, document_of
from images.clouds.models import Project
from images.core.wake import wake_up
from images.incoming import rules as incoming_rules
from images.incoming.enums import SENT_SHARES, ShareEventKind, ShareState
from images.incoming.models import IncomingShare
from images.incoming.queries.policies import policy_of, terms_of
from images.incoming.services import states
from images.incoming.services.story import Line, write_story

TASK = "images.judge_shares"
_IN = 500
_ANSWERS = (MemberStatus.ACCEPTED, MemberStatus.REJECTED)


def receive_shares(project: Project, seen: Collection[Row], gone: Collection[str], at: datetime) -> None:
    """`seen`: images that are shared with the project, or were, and are new or differ from what the cache held; `gone`:
    IDs of those that it sees no more. Inside the transaction that writes them."""
    known = _present(project, [*(row.image_id for row in seen), *gone])
    run = _Notice(project, at)
    for row in seen:
        run.seen(row, known.get(row.image_id))
    for image_id in gone:
        if image_id in known:
            run.revoked(known[image_id])
    run.write()


class _Notice:
    """Collects what changes, and writes it at the end."""

    def __init__(self, project: Project, at: datetime) -> None:
        self._project = project
        self._at = at
        self._new: list[IncomingShare] = []
        self._changed: dict[int, IncomingShare] = {}
        self._events: list[Line] = []
        self._reopens: bool | None = None

    def seen(self, row: Row, share: IncomingShare | None) -> None:
        if share is not None and not row.member_status:
            self.revoked(share)  # it is the project's own now
        elif share is not None and row.member_status == MemberStatus.PENDING != share.member_status:
            self.revoked(share)  # nobody goes back to pending: it was taken back and shared anew between two looks
            self._appeared(row)
        elif share is not None:
            self._looked_at_again(row, share)
        elif row.member_status:
            self._appeared(row)

    def revoked(self, share: IncomingShare) -> None:
        states.move(share, ShareState.REVOKED)
        share.member_status = ""
        self._note(share, ShareEventKind.REVOKED)

    def write(self) -> None:
        states.save(self._changed.values())  # first: what was taken back makes room for what is shared anew
        IncomingShare.objects.bulk_create(self._new, batch_size=_IN)
        write_story(self._events)
        if self._new or any(share.is_open for share in self._changed.values()):
            wake_up(TASK)

    def _appeared(self, row: Row) -> None:
        share = IncomingShare(
            project=self._project, image_id=row.image_id, first_seen_at=self._at, waiting_since=self._at
        )
        _copy(row, share)
        share.member_status = row.member_status
        self._new.append(share)
        self._events.append(Line(share, ShareEventKind.APPEARED, self._at))
        if row.member_status in _ANSWERS:
            self._decided_elsewhere(share, row.member_status)

    def _looked_at_again(self, row: Row, share: IncomingShare) -> None:
        if row.member_status != share.member_status:
            self._answered(share, row.member_status)
        differences = incoming_rules.changes(
            document_of(share.image_id, share.document), document_of(row.image_id, row.document)
        )
        if share.is_open:
            _copy(row, share)
            if differences and share.approvals + share.rejections:
                self._reopen(share, differences)
        elif differences and share.decision == MemberStatus.ACCEPTED and self._policy_reopens():
            _copy(row, share)
            self._reopen(share, differences)
        self._changed[share.pk] = share

    def _answered(self, share: IncomingShare, status: str) -> None:
        """IMS says something else than it did: what we sent has arrived, or somebody decided elsewhere."""
        share.member_status = status
        if share.state in SENT_SHARES and share.decision == status:
            states.move(share, ShareState(status))
            self._note(share, ShareEventKind.CARRIED_OUT, _("IMS says %(status)s.") % {"status": status})
        elif share.state != status:
            self._decided_elsewhere(share, status)

    def _decided_elsewhere(self, share: IncomingShare, status: str) -> None:
        states.move(share, ShareState(status))
        share.decision, share.decided_at, share.decided_by, share.elsewhere = status, self._at, "", True
        text = _("Somebody has answered outside the console: %(status)s.") % {"status": status}
        self._note(share, ShareEventKind.ELSEWHERE, text)

    def _reopen(self, share: IncomingShare, differences: list[tuple[str, str, str]]) -> None:
        what = "; ".join(f"{name}: {old or '–'} → {new or '–'}" for name, old, new in differences)
        self._note(share, ShareEventKind.CHANGED, what)
        states.reopen(share, _("changed: %(what)s") % {"what": ", ".join(one[0] for one in differences)}, self._at)
        self._note(share, ShareEventKind.REOPENED, _("The image is another one than that which was looked at."))

    def _policy_reopens(self) -> bool:
        if self._reopens is None:
            self._reopens = terms_of(policy_of(self._project)).reopen
        return self._reopens

    def _note(self, share: IncomingShare, kind: ShareEventKind, text: str = "") -> None:
        self._events.append(Line(share, kind, self._at, text=text))
        if share.pk:
            self._changed[share.pk] = share


def _present(project: Project, image_ids: list[str]) -> dict[str, IncomingShare]:
    """Those that are not taken back, by image ID; locked, for they may move."""
    found: dict[str, IncomingShare] = {}
    rows = IncomingShare.objects.present().filter(project=project).select_for_update().order_by()
    for start in range(0, len(image_ids), _IN):
        for share in rows.filter(image_id__in=image_ids[start : start + _IN]):
            share.project = project
            found[share.image_id] = share
    return found


def _copy(row: Row, share: IncomingShare) -> None:
    """What people see of the image, and what they decide about."""
    share.name, share.owner, share.document = row.name or row.image_id, row.owner, row.document
    share.os_type, share.os_version, share.size = row.os_type, row.os_version, row.size
    share.encrypted, share.made_at = bool(row.key_id), row.created_at
