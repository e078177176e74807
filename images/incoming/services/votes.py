"""Votes: one person's word on shares, each counted once, and what comes too late.

A vote holds the lock of the project while it counts. So two people at once are one after the other; a revocation, an
answer of IMS and a new policy come before it or after it; and what comes too late is told so and noted.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import check_can_decide
from images.clouds.models import Project
from images.core import clock
from images.incoming import rules as incoming_rules
from images.incoming.enums import ShareEventKind, ShareState
from images.incoming.models import IncomingShare, ShareVote
from images.incoming.queries.policies import offered, own_people, policy_of, terms_of
from images.incoming.services import states
from images.incoming.services.decisions import counted_votes, decide, judge
from images.incoming.services.states import locked
from images.incoming.services.story import Line, write_story

AT_ONCE = 200


@dataclass
class VoteResult:
    """What came of votes: how many were given, what they decided, and what was not taken, with the reason."""

    given: int = 0
    decided: dict[str, int] = field(default_factory=lambda: {incoming_rules.ACCEPTED: 0, incoming_rules.REJECTED: 0})
    refused: list[tuple[IncomingShare, str]] = field(default_factory=list)


def vote(
    *,
    actor: User,
    shares: Sequence[IncomingShare],
    approves: bool,
    comment: str = "",
    seen_version: int | None = None,
    request_id: str = "",
) -> VoteResult:
    """This person's word on these shares. Raises PermissionDenied; then nothing is written.

    `seen_version`: the policy that the person looked at; if another is in force meanwhile nothing is counted. Each 200
    are a transaction of their own. `Cast.refused` has what was decided, taken back or said before.
    """
    cast = VoteResult()
    by_project: dict[int, list[int]] = defaultdict(list)
    for share in shares:
        by_project[share.project_id].append(share.pk)
    projects = list(Project.objects.filter(pk__in=by_project).select_related("region", "account"))
    for project in projects:
        check_can_decide(actor, project)
    for project in projects:
        pks = sorted(by_project[project.pk])
        for start in range(0, len(pks), AT_ONCE):
            with transaction.atomic():
                held = locked(project, pks[start : start + AT_ONCE])
                box = _Box(actor, project, comment.strip(), seen_version, request_id)
                box.put(held, approves=approves, cast=cast)
    return cast


class _Box:
    """One person's votes on shares of one project, under its lock."""

    def __init__(self, actor: User, project: Project, comment: str, seen: int | None, request_id: str) -> None:
        self._actor, self._project, self._comment, self._seen = actor, project, comment, seen
        self._request_id = request_id
        self._terms = terms_of(policy_of(project))
        self._at = clock.now()
        self._name = actor.get_username()
        self._events: list[Line] = []

    def put(self, shares: Sequence[IncomingShare], *, approves: bool, cast: VoteResult) -> None:
        self._judge_first(shares)
        own = own_people(share.owner for share in shares)
        rows = ShareVote.objects.filter(share__in=shares, user=self._actor)
        earlier = {(vote.share_id, vote.round): vote for vote in rows}
        taken: list[IncomingShare] = []
        new: list[ShareVote] = []
        changed: list[ShareVote] = []
        for share in shares:
            before = earlier.get((share.pk, share.round))
            refusal = self._refusal(share, before, approves=approves)
            if refusal:
                cast.refused.append((share, refusal))
                continue
            is_own = self._actor.pk in own.get(share.owner, ())
            (changed if before else new).append(self._vote(share, before, approves=approves, is_own=is_own))
            taken.append(share)
            if share.state == ShareState.ASKED:
                states.move(share, ShareState.PENDING)
        ShareVote.objects.bulk_create(new)
        ShareVote.objects.bulk_update(changed, ["approves", "comment", "counts", "why_not", "policy_version", "at"])
        cast.given += len(taken)
        self._count(taken, cast)
        write_story(self._events)
        states.save(shares)

    def _judge_first(self, shares: Sequence[IncomingShare]) -> None:
        """What the policy in force has not seen yet it may decide by itself."""
        unseen = [share for share in shares if share.is_open and share.policy_version != self._terms.version]
        if unseen:
            judge(self._project, unseen, self._terms, self._at)

    def _refusal(self, share: IncomingShare, before: ShareVote | None, *, approves: bool) -> str:
        wish = _("wanted to approve") if approves else _("wanted to vote against")
        if share.state == ShareState.REVOKED:
            reason = _("Its owner has taken it back.")
        elif not share.is_open:
            by = share.decided_by or _("somebody outside the console")
            reason = _("%(who)s had decided already: %(what)s.") % {"who": by, "what": share.decision}
        elif self._seen is not None and self._seen != self._terms.version:
            reason = _("The policy was changed meanwhile: v%(now)d is in force. Look again.") % {
                "now": self._terms.version
            }
        elif before and before.approves == approves:
            return _("You have said so already.")
        elif not self._comment:
            return incoming_rules.needs_words(self._terms, offered(share), approves=approves, at=self._at)
        else:
            return ""
        text = f"{wish}. {reason} {self._comment}".strip()
        self._events.append(Line(share, ShareEventKind.TOO_LATE, self._at, self._actor, text[:1].upper() + text[1:]))
        return reason

    def _vote(self, share: IncomingShare, before: ShareVote | None, *, approves: bool, is_own: bool) -> ShareVote:
        vote = before or ShareVote(share=share, round=share.round, user=self._actor, user_name=self._name)
        vote.approves, vote.comment, vote.at = approves, self._comment, self._at
        vote.policy_version, vote.counts = self._terms.version, not is_own
        vote.why_not = _("belongs to the project that shares it") if is_own else ""
        kind = ShareEventKind.APPROVED if approves else ShareEventKind.REFUSED
        notes = [
            _("(changes an earlier vote)") if before else "",
            _("(does not count: %(why)s)") % {"why": vote.why_not} if is_own else "",
        ]
        text = " ".join(filter(None, [self._comment, *notes]))
        self._events.append(Line(share, kind, self._at, self._actor, text))
        return vote

    def _count(self, shares: Sequence[IncomingShare], cast: VoteResult) -> None:
        votes = counted_votes(shares)
        decided: dict[str, list[tuple[IncomingShare, str, str]]] = defaultdict(list)
        for share in shares:
            counted = votes[share.pk]
            share.approvals = sum(vote.approves for vote in counted)
            share.rejections = len(counted) - share.approvals
            share.policy_version = self._terms.version
            decision = incoming_rules.tally(self._terms, counted)
            if decision:
                who = [vote.user_name for vote in counted if vote.approves == (decision == incoming_rules.ACCEPTED)]
                decided[", ".join(who)].append((share, decision, self._comment))
                cast.decided[decision] += 1
        write_story(self._events)
        self._events = []
        for names, what in decided.items():
            decide(self._project, what, by=names, actor=self._actor, at=self._at, request_id=self._request_id)
