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
from images.incoming.rules import Terms
from images.incoming.services import states
from images.incoming.services.states import locked
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
    votes = counted_votes(shares)
    trust = trust_of(share.owner for share in shares)
    by = _("policy v%(n)d") % {"n": terms.version}
    for share in shares:
        ruling = incoming_rules.ruling(terms, offered(share, trust.get(share.owner, "")), at)
        share.policy_version = terms.version
        share.remind_at, share.escalate_at = incoming_rules.due(terms, share.waiting_since)
        decision = ruling.decision if ruling else incoming_rules.tally(terms, votes[share.pk])
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
        shares = [share for share in locked(project, [share.pk]) if is_stuck(share)]
        if not shares:
            return False
        now, name = clock.now(), actor.get_username()
        write_story(Line(share, ShareEventKind.TRIED_AGAIN, now, actor) for share in shares)
        _send(project, shares, shares[0].decision, by=name, actor=actor, request_id=request_id)
        states.save(shares)
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
        shares = [share for share in locked(project, [share.pk]) if may_reopen(share)]
        for decided in shares:
            now, name = clock.now(), actor.get_username()
            write_story([Line(decided, ShareEventKind.REOPENED, now, actor, why)])
            states.reopen(decided, _("by %(who)s") % {"who": name}, now)
            terms = terms_of(policy_of(project))
            decided.policy_version = terms.version  # it has spoken; a person has the last word
            decided.remind_at, decided.escalate_at = incoming_rules.due(terms, now)
        states.save(shares)
    return bool(shares)


def may_reopen(share: IncomingShare) -> bool:
    return share.state in (ShareState.ACCEPTED, ShareState.REJECTED) or is_stuck(share)


def counted_votes(shares: Iterable[IncomingShare]) -> Mapping[int, list[ShareVote]]:
    """The votes of the present round that count, by share."""
    rounds = {share.pk: share.round for share in shares}
    votes: dict[int, list[ShareVote]] = defaultdict(list)
    for vote in ShareVote.objects.filter(share__in=rounds, counts=True):
        if vote.round == rounds[vote.share_id]:
            votes[vote.share_id].append(vote)
    return votes


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
