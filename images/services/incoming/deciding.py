"""Votes, and what follows from them: the decision, and the operation that carries it to IMS.

A vote holds the lock of the project while it counts. So two people at once are one after the other; a revocation, an
answer of IMS and a new policy come before it or after it; and what comes too late is told so and noted.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from images.enums import SENT_SHARES, ActKind, ItemState, MemberStatus, ShareEventKind, ShareState
from images.models import Image, IncomingShare, OperationItem, Project, ShareVote
from images.permissions import check_can_decide
from images.rules import share_policy as rules
from images.rules.share_policy import Ballot, Terms
from images.selectors.share_policies import offered, own_people, policy_of, terms_of, trust_of
from images.services import operations
from images.services.incoming import moving
from images.services.incoming.locking import locked
from images.services.incoming.telling import Line, tell
from images.services.operations import Target, batches

AT_ONCE = 200
#: An item in one of these states will not do by itself what it was to do.
_STUCK = (ItemState.FAILED, ItemState.CANCELLED, ItemState.UNKNOWN)


@dataclass
class Cast:
    """What came of votes: how many were given, what they decided, and what was not taken, with the reason."""

    given: int = 0
    decided: dict[str, int] = field(default_factory=lambda: {rules.ACCEPTED: 0, rules.REJECTED: 0})
    refused: list[tuple[IncomingShare, str]] = field(default_factory=list)


def vote(
    *,
    actor: User,
    shares: Sequence[IncomingShare],
    approves: bool,
    comment: str = "",
    seen_version: int | None = None,
    request_id: str = "",
) -> Cast:
    """This person's word on these shares. Raises PermissionDenied; then nothing is written.

    `seen_version`: the policy that the person looked at; if another is in force meanwhile nothing is counted. Each 200
    are a transaction of their own. `Cast.refused` has what was decided, taken back or said before.
    """
    cast = Cast()
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


def judge(project: Project, shares: Sequence[IncomingShare], terms: Terms, at: datetime) -> None:
    """Holds shares that wait against the policy: what it decides by itself, then the votes there are. Under the
    project's lock; saves them."""
    decided: list[tuple[IncomingShare, str, str]] = []
    ballots = ballots_of(shares)
    trust = trust_of(share.owner for share in shares)
    by = _("policy v%(n)d") % {"n": terms.version}
    for share in shares:
        ruling = rules.ruling(terms, offered(share, trust.get(share.owner, "")), at)
        share.policy_version = terms.version
        share.remind_at, share.escalate_at = rules.due(terms, share.waiting_since)
        decision = ruling.decision if ruling else rules.tally(terms, ballots[share.pk])
        if decision:
            reason = ruling.reason if ruling else _("The votes are enough for the policy as it is now.")
            decided.append((share, decision, reason))
    decide(project, decided, by=by, actor=None, at=at)
    moving.save(shares)


def decide(
    project: Project,
    decided: Sequence[tuple[IncomingShare, str, str]],
    *,
    by: str,
    actor: User | None,
    at: datetime,
    request_id: str = "",
) -> None:
    """(share, decision, why): noted, and sent to IMS as one operation for each decision. Under the project's lock; the
    caller saves the shares. What IMS says already needs no call."""
    to_send: dict[str, list[IncomingShare]] = defaultdict(list)
    events = []
    for share, decision, why in decided:
        share.decision, share.decided_at, share.decided_by, share.elsewhere = decision, at, by[:200], False
        words = _("accepted") if decision == rules.ACCEPTED else _("rejected")
        text = _("%(decision)s by %(who)s. %(why)s") % {"decision": words.capitalize(), "who": by, "why": why}
        events.append(Line(share, ShareEventKind.DECIDED, at, by, text.strip()))
        if share.member_status == decision:
            moving.move(share, ShareState(decision))
        else:
            moving.move(share, ShareState.ACCEPTING if decision == rules.ACCEPTED else ShareState.REJECTING)
            to_send[decision].append(share)
    tell(events)
    for decision, shares in to_send.items():
        _send(project, shares, decision, by=by, actor=actor, request_id=request_id)


def send_again(*, actor: User, share: IncomingShare, request_id: str = "") -> bool:
    """Once more to IMS what was decided and did not arrive; False: it is under way, or nothing waits to be sent.
    Raises PermissionDenied."""
    project = share.project
    check_can_decide(actor, project)
    with transaction.atomic():
        held = [one for one in locked(project, [share.pk]) if is_stuck(one)]
        if not held:
            return False
        now, name = timezone.now(), actor.get_username()
        tell(Line(one, ShareEventKind.TRIED_AGAIN, now, actor) for one in held)
        _send(project, held, held[0].decision, by=name, actor=actor, request_id=request_id)
        moving.save(held)
    return True


def is_stuck(share: IncomingShare) -> bool:
    """Decided, and what was to carry it out has ended without doing so."""
    return share.state in SENT_SHARES and (share.item is None or share.item.state in _STUCK)


def reopen(*, actor: User, share: IncomingShare, why: str) -> bool:
    """A person wants it decided anew; the earlier votes count no more. False: it is open, taken back or under way.
    Raises PermissionDenied."""
    project = share.project
    check_can_decide(actor, project)
    with transaction.atomic():
        held = [one for one in locked(project, [share.pk]) if may_reopen(one)]
        for one in held:
            now, name = timezone.now(), actor.get_username()
            tell([Line(one, ShareEventKind.REOPENED, now, actor, why)])
            moving.reopen(one, _("by %(who)s") % {"who": name}, now)
            terms = terms_of(policy_of(project))
            one.policy_version = terms.version  # it has spoken; a person has the last word
            one.remind_at, one.escalate_at = rules.due(terms, now)
        moving.save(held)
    return bool(held)


def may_reopen(share: IncomingShare) -> bool:
    return share.state in (ShareState.ACCEPTED, ShareState.REJECTED) or is_stuck(share)


class _Box:
    """One person's votes on shares of one project, under its lock."""

    def __init__(self, actor: User, project: Project, comment: str, seen: int | None, request_id: str) -> None:
        self._actor, self._project, self._comment, self._seen = actor, project, comment, seen
        self._request_id = request_id
        self._terms = terms_of(policy_of(project))
        self._at = timezone.now()
        self._name = actor.get_username()
        self._events: list[Line] = []

    def put(self, shares: Sequence[IncomingShare], *, approves: bool, cast: Cast) -> None:
        self._judge_first(shares)
        own = own_people(share.owner for share in shares)
        rows = ShareVote.objects.filter(share__in=shares, user=self._actor)
        said = {(vote.share_id, vote.round): vote for vote in rows}
        taken: list[IncomingShare] = []
        new: list[ShareVote] = []
        changed: list[ShareVote] = []
        for share in shares:
            before = said.get((share.pk, share.round))
            refusal = self._refusal(share, before, approves=approves)
            if refusal:
                cast.refused.append((share, refusal))
                continue
            is_own = self._actor.pk in own.get(share.owner, ())
            (changed if before else new).append(self._vote(share, before, approves=approves, is_own=is_own))
            taken.append(share)
            if share.state == ShareState.ASKED:
                moving.move(share, ShareState.PENDING)
        ShareVote.objects.bulk_create(new)
        ShareVote.objects.bulk_update(changed, ["approves", "comment", "counts", "why_not", "policy_version", "at"])
        cast.given += len(taken)
        self._count(taken, cast)
        tell(self._events)
        moving.save(shares)

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
            return rules.needs_words(self._terms, offered(share), approves=approves, at=self._at)
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

    def _count(self, shares: Sequence[IncomingShare], cast: Cast) -> None:
        votes = _votes(shares)
        decided: dict[str, list[tuple[IncomingShare, str, str]]] = defaultdict(list)
        for share in shares:
            counted = [vote for vote in votes[share.pk] if vote.counts]
            share.approvals = sum(vote.approves for vote in counted)
            share.rejections = len(counted) - share.approvals
            share.policy_version = self._terms.version
            decision = rules.tally(self._terms, map(_ballot, counted))
            if decision:
                who = [vote.user_name for vote in counted if vote.approves == (decision == rules.ACCEPTED)]
                decided[", ".join(who)].append((share, decision, self._comment))
                cast.decided[decision] += 1
        tell(self._events)
        self._events = []
        for names, what in decided.items():
            decide(self._project, what, by=names, actor=self._actor, at=self._at, request_id=self._request_id)


def _votes(shares: Iterable[IncomingShare]) -> dict[int, list[ShareVote]]:
    """Of the present round of each."""
    rounds = {share.pk: share.round for share in shares}
    found: dict[int, list[ShareVote]] = defaultdict(list)
    for vote in ShareVote.objects.filter(share__in=rounds):
        if vote.round == rounds[vote.share_id]:
            found[vote.share_id].append(vote)
    return found


def ballots_of(shares: Sequence[IncomingShare]) -> Mapping[int, list[Ballot]]:
    """The votes of the present round that count, by share."""
    found = defaultdict[int, list[Ballot]](list)
    for pk, votes in _votes(shares).items():
        found[pk] = [_ballot(vote) for vote in votes if vote.counts]
    return found


def _ballot(vote: ShareVote) -> Ballot:
    return Ballot(vote.user_id or vote.user_name, vote.approves)


def _send(
    project: Project, shares: Sequence[IncomingShare], decision: str, *, by: str, actor: User | None, request_id: str
) -> None:
    """The operation, written with the decision."""
    images = Image.objects.filter(project=project, image_id__in=[share.image_id for share in shares])
    cached = {image.image_id: image for image in images.only("image_id", "name", "project")}
    targets = [Target(project, cached.get(share.image_id), share.name, {}, share.image_id) for share in shares]
    operation = operations.write(
        actor=actor or by,
        kind=ActKind.ANSWER,
        targets=targets,
        parameters={"status": MemberStatus(decision).value},
        key=uuid.uuid4().hex,
        request_id=request_id,
        projects=[project],
    )
    batches.expand_all(operation)  # each share knows its item
    items = {item.image_uid: item for item in OperationItem.objects.filter(operation=operation)}
    for share in shares:
        share.item = items[share.image_id]
