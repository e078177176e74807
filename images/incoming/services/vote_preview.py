"""What votes on many shares at once would do, before anybody gives them."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.access.permissions import Ability, projects_for, refusal
from images.core import clock
from images.incoming import rules as incoming_rules
from images.incoming.models import IncomingShare, ShareVote
from images.incoming.queries.policies import offered, own_people, terms_in_force
from images.operations.services.selection import Sample

#: Shares that are voted on at once; the rest afterwards.
MOST = 1_000


@dataclass(frozen=True)
class VotePreview:
    """`shares`: those that the vote would be given on; `decides`: how many of them it would decide; `wanted`: why the
    vote must say something (""); `looked_at`: all that were chosen; `groups`: of the others, by reason."""

    approves: bool
    shares: Sequence[IncomingShare]
    decides: int
    wanted: str
    groups: dict[str, Sample]
    looked_at: int

    @property
    def names(self) -> list[str]:
        return [share.name for share in self.shares[:10]]

    @property
    def more(self) -> int:
        return max(0, len(self.shares) - 10)

    @property
    def fingerprint(self) -> str:
        """Moves when the vote would be given on other shares, or by other policies."""
        said = ",".join(f"{share.pk}.{share.round}.{share.policy_version}" for share in self.shares)
        return hashlib.blake2b(f"{self.approves}:{said}".encode(), digest_size=16).hexdigest()


def preview_vote(actor: User, shares: Sequence[IncomingShare], *, approves: bool) -> VotePreview:
    """Writes nothing; five queries, however many shares."""
    now = clock.now()
    able = set(projects_for(actor, Ability.DECIDE).order_by().values_list("pk", flat=True))
    terms = terms_in_force({share.project_id for share in shares})
    own = own_people(share.owner for share in shares)
    said = {
        (vote.share_id, vote.round): vote.approves
        for vote in ShareVote.objects.filter(user=actor, share__in=[share.pk for share in shares])
    }
    given: list[IncomingShare] = []
    groups: dict[str, Sample] = defaultdict(Sample)
    decides, failing = 0, 0
    for share in shares:
        before = said.get((share.pk, share.round))
        if share.project_id not in able:
            groups[refusal(Ability.DECIDE, share.project)].add(share.name)
        elif not share.is_open:
            groups[_("It is decided already, or was taken back.")].add(share.name)
        elif before == approves:
            groups[_("You have said so already.")].add(share.name)
        else:
            given.append(share)
            rule = terms[share.project_id]
            failing += bool(incoming_rules.violated(rule, offered(share), now))
            counts = actor.pk not in own.get(share.owner, ())
            votes, needed = (share.approvals, rule.approvals) if approves else (share.rejections, rule.rejections)
            decides += counts and votes + 1 >= needed
    return VotePreview(approves, given, decides, _wanted(failing, approves=approves), dict(groups), len(shares))


def _wanted(failing: int, *, approves: bool) -> str:
    if not approves:
        return _("Say why: whoever shares them will ask.")
    if not failing:
        return ""
    said = ngettext(
        "%(n)d of them breaks a rule of its policy. Say why it is approved all the same.",
        "%(n)d of them break a rule of their policy. Say why they are approved all the same.",
        failing,
    )
    return said % {"n": failing}
