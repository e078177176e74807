"""Decisions about shares: by the policy or by votes (votes.py), and the operation that carries each to IMS.

A decision and its operation are one transaction, under the project's lock.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import check_can_decide
from images.cache.enums import MemberStatus
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core import clock
from images.incoming import rules as incoming_rules
from images.incoming.enums import SENT_SHARES, ShareEventKind, ShareState
from images.incoming.models import IncomingShare, ShareVote
from images.incoming.queries.policies import offered, policy_of, terms_of
from images.incoming.rules import Ballot, Terms
from images.incoming.services import states
from images.incoming.services.locks import locked
from images.incoming.services.story import Line, write_story
from images.operations import services as operations
from images.operations.enums import ActionKind, ItemState
from images.operations.models.operation import OperationItem
from images.operations.services import Target
from images.partners.queries import trust_of

#: An item in one of these states will not do by itself what it was to do.
_STUCK = (ItemState.FAILED, ItemState.CANCELLED, ItemState.UNKNOWN)


def judge(project: Project, shares: Sequence[IncomingShare], terms: Terms, at: datetime) -> None:
    """Holds shares that wait against the policy: what it decides by itself, then the votes there are. Under the
    project's lock; saves them."""
    decided: list[tuple[IncomingShare, str, str]] = []
    ballots = ballots_of(shares)
    trust = trust_of(share.owner for share in shares)
    by = _("policy v%(n)d") % {"n": terms.version}
    for share in shares:
        ruling = incoming_rules.ruling(terms, offered(share, trust.get(share.owner, "")), at)
        share.policy_version = terms.version
        share.remind_at, share.escalate_at = incoming_rules.due(terms, share.waiting_since)
        decision = ruling.decision if ruling else incoming_rules.tally(terms, ballots[share.pk])
        if decision:
            reason = ruling.reason if ruling else _("The votes are enough for the policy as it is now.")
            decided.append((share, decision, reason))
    decide(project, decided, by=by, actor=None, at=at)
    states.save(shares)


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
        words = _("accepted") if decision == incoming_rules.ACCEPTED else _("rejected")
        text = _("%(decision)s by %(who)s. %(why)s") % {"decision": words.capitalize(), "who": by, "why": why}
        events.append(Line(share, ShareEventKind.DECIDED, at, by, text.strip()))
        if share.member_status == decision:
            states.move(share, ShareState(decision))
        else:
            states.move(share, ShareState.ACCEPTING if decision == incoming_rules.ACCEPTED else ShareState.REJECTING)
            to_send[decision].append(share)
    write_story(events)
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
        now, name = clock.now(), actor.get_username()
        write_story(Line(one, ShareEventKind.TRIED_AGAIN, now, actor) for one in held)
        _send(project, held, held[0].decision, by=name, actor=actor, request_id=request_id)
        states.save(held)
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
            now, name = clock.now(), actor.get_username()
            write_story([Line(one, ShareEventKind.REOPENED, now, actor, why)])
            states.reopen(one, _("by %(who)s") % {"who": name}, now)
            terms = terms_of(policy_of(project))
            one.policy_version = terms.version  # it has spoken; a person has the last word
            one.remind_at, one.escalate_at = incoming_rules.due(terms, now)
        states.save(held)
    return bool(held)


def may_reopen(share: IncomingShare) -> bool:
    return share.state in (ShareState.ACCEPTED, ShareState.REJECTED) or is_stuck(share)


def votes_of(shares: Iterable[IncomingShare]) -> dict[int, list[ShareVote]]:
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
    for pk, votes in votes_of(shares).items():
        found[pk] = [ballot_of(vote) for vote in votes if vote.counts]
    return found


def ballot_of(vote: ShareVote) -> Ballot:
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
        kind=ActionKind.ANSWER,
        targets=targets,
        parameters={"status": MemberStatus(decision).value},
        key=uuid.uuid4().hex,
        request_id=request_id,
        projects=[project],
        whole=True,  # each share knows its item
    )
    items = {item.image_uid: item for item in OperationItem.objects.filter(operation=operation)}
    for share in shares:
        share.item = items[share.image_id]
