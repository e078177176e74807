"""Policies: a new version put in force, and what a version would have decided about the past."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import Ability, check
from images.audit import services as audit
from images.cache.services import publication
from images.clouds.models import Project
from images.core.wake import wake_up
from images.incoming import rules as incoming_rules
from images.incoming.audit_events import SharePolicyEvent
from images.incoming.enums import OPEN_SHARES
from images.incoming.models import IncomingShare, SharePolicy, ShareVote
from images.incoming.queries.policies import offered, policy_of, terms_of
from images.incoming.rules import Terms
from images.incoming.services import decisions
from images.incoming.services.intake import TASK
from images.partners.queries import trust_of

#: Past shares that a simulation looks at, the newest; and differences that it names.
SIMULATED, NAMED = 1_000, 50
_CHUNK = 200


#: Columns of a policy that people set.
TERMS = (
    "approvals", "one_rejection_ends", "trusted", "barred", "by_book", "os_types", "os_versions", "max_age_days",
    "min_size", "max_size", "tags", "attributes", "unencrypted", "reject_mismatch", "reopen", "remind_days",
    "escalate_days",
)  # fmt: skip


class PolicyMoved(Exception):
    """Somebody else has changed the policy meanwhile; the message says so."""


def save_policy(
    *, actor: User, project: Project, terms: Mapping[str, Any], note: str = "", seen_version: int
) -> SharePolicy:
    """Puts a new version in force; what waits is held against it. Raises PermissionDenied, PolicyMoved.

    `terms`: columns of SharePolicy; `seen_version`: the one that was in force when the form was filled in.
    """
    check(actor, Ability.ADMINISTER, project)
    with transaction.atomic():
        publication.lock(project)
        before = policy_of(project)
        if terms_of(before).version != seen_version:
            raise PolicyMoved(_("Somebody else has changed the policy meanwhile. Nothing was saved; look again."))
        policy = SharePolicy.objects.create(
            project=project,
            version=seen_version + 1,
            note=note,
            created_by=actor,
            created_by_name=actor.get_username(),
            **terms,
        )
        waiting = IncomingShare.objects.filter(project=project, state__in=OPEN_SHARES)
        waiting.update(policy_version=None, remind_at=None, escalate_at=None)
        audit.record(
            event=SharePolicyEvent.CHANGED,
            actor=actor,
            project=project,
            subject=policy,
            before=_told(before) if before else None,
            after=_told(policy),
            details={"why": note, "version": policy.version},
        )
        wake_up(TASK)
    return policy


def _told(policy: SharePolicy) -> dict[str, Any]:
    return audit.column_values(policy, TERMS)


@dataclass(frozen=True)
class Difference:
    """A past share that would have gone another way; words of both, and why it would."""

    share: IncomingShare
    was: str
    would_be: str
    why: str


@dataclass
class Simulation:
    """What a policy would have made of past shares: (was, would be) → how many, and the first that differ."""

    looked_at: int = 0
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def different(self) -> int:
        return sum(count for (was, would_be), count in self.counts.items() if was != would_be)


def simulate(project: Project, terms: Terms) -> Simulation:
    """Holds the newest shares with the project against a policy that is not in force; writes nothing.

    Each as it was when it was decided about: its document of then, at that time, with the votes that were given.
    """
    found = Simulation()
    for share, trust, votes in _past(project):
        at = share.decided_at or share.waiting_since
        ruling = incoming_rules.ruling(terms, offered(share, trust), at)
        if ruling:
            would_be = ruling.decision
            why = ruling.reason
        else:
            would_be = incoming_rules.tally(terms, votes) or ("" if not share.elsewhere else share.decision)
            why = _("By the votes that were given.") if would_be else _too_few(terms, votes)
        found.looked_at += 1
        key = share.decision, would_be
        found.counts[key] = found.counts.get(key, 0) + 1
        if share.decision != would_be and len(found.differences) < NAMED:
            found.differences.append(Difference(share, share.decision, would_be, why))
    return found


def _past(project: Project) -> Iterator[tuple[IncomingShare, str, list[ShareVote]]]:
    """With the trust of its owner and the votes that counted."""
    pks = list(IncomingShare.objects.filter(project=project).order_by("-pk").values_list("pk", flat=True)[:SIMULATED])
    for start in range(0, len(pks), _CHUNK):
        shares = IncomingShare.objects.filter(pk__in=pks[start : start + _CHUNK]).order_by("-pk")
        shares = shares.select_related("project")
        yield from _with_votes(list(shares))


def _with_votes(shares: Sequence[IncomingShare]) -> Iterator[tuple[IncomingShare, str, list[ShareVote]]]:
    trust = trust_of(share.owner for share in shares)
    votes = decisions.counted_votes(shares)
    for share in shares:
        yield share, trust.get(share.owner, ""), votes[share.pk]


def _too_few(terms: Terms, votes: Sequence[ShareVote]) -> str:
    approvals = sum(vote.approves for vote in votes)
    return _("%(given)d of %(needed)d approvals were given.") % {"given": approvals, "needed": terms.approvals}
