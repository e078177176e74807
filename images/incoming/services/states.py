"""The states of a share, and the one way from one to the next (docs/approval.md has the picture).

Whoever moves a share holds the lock of its project, as synchronisation and carrier do: so a vote, a revocation and an
answer of IMS follow each other, and each finds what the one before it left.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from images.cache.services import publication
from images.clouds.models import Project
from images.incoming.enums import ShareState
from images.incoming.models import IncomingShare

_OPEN = frozenset({ShareState.ACCEPTING, ShareState.REJECTING, ShareState.ACCEPTED, ShareState.REJECTED})
TRANSITIONS: dict[str, frozenset[str]] = {
    ShareState.PENDING: _OPEN | {ShareState.ASKED, ShareState.REVOKED},
    ShareState.ASKED: _OPEN | {ShareState.PENDING, ShareState.REVOKED},
    ShareState.ACCEPTING: frozenset({ShareState.ACCEPTED, ShareState.REJECTED, ShareState.PENDING, ShareState.REVOKED}),
    ShareState.REJECTING: frozenset({ShareState.ACCEPTED, ShareState.REJECTED, ShareState.PENDING, ShareState.REVOKED}),
    ShareState.ACCEPTED: frozenset({ShareState.PENDING, ShareState.REJECTED, ShareState.REVOKED}),
    ShareState.REJECTED: frozenset({ShareState.PENDING, ShareState.ACCEPTED, ShareState.REVOKED}),
    ShareState.REVOKED: frozenset(),
}
#: Columns that services change; `save` writes them together.
COLUMNS = (
    "state", "round", "waiting_since", "approvals", "rejections", "policy_version", "decision", "decided_at",
    "decided_by", "elsewhere", "reopened", "item", "remind_at", "escalate_at", "member_status", "name", "owner",
    "os_type", "os_version", "size", "encrypted", "made_at", "document",
)  # fmt: skip
_AT_ONCE = 200


def locked(project: Project, pks: Sequence[int]) -> list[IncomingShare]:
    """These shares of the project: nobody else moves them before the transaction ends, neither people nor
    synchronisation nor carrier. The project's lock comes first everywhere, so that nobody waits in a circle."""
    publication.lock(project)
    rows = IncomingShare.objects.filter(project=project, pk__in=pks).select_for_update(of=("self",)).order_by("pk")
    shares = list(rows.select_related("item"))
    for share in shares:
        share.project = project
    return shares


def move(share: IncomingShare, to: ShareState) -> None:
    """In memory; `save` writes it. Raises ValueError for a step that there is not."""
    if to not in TRANSITIONS[share.state]:
        raise ValueError(f"a share that is {share.state} cannot become {to}")
    share.state = to
    if not share.is_open:
        share.remind_at = share.escalate_at = None


def reopen(share: IncomingShare, why: str, at: datetime) -> None:
    """A new round: earlier votes count no more, and the policy looks at it anew."""
    if share.state != ShareState.PENDING:
        move(share, ShareState.PENDING)
    share.round += 1
    share.approvals = share.rejections = 0
    share.decision, share.decided_at, share.decided_by, share.elsewhere, share.item = "", None, "", False, None
    share.reopened, share.waiting_since, share.policy_version = why[:300], at, None


def save(shares: Iterable[IncomingShare]) -> None:
    IncomingShare.objects.bulk_update(shares, COLUMNS, batch_size=_AT_ONCE)
