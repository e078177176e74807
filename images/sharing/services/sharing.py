"""Sharing images of ours with other projects and taking them back: what each would do, before anything is sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from pyroaring import BitMap

from images.access.permissions import Ability, check_can_operate, projects_for, refusal
from images.audit import services as audit
from images.core import ims_limits
from images.core.violations import Violation
from images.operations.enums import ActionKind
from images.operations.models.operation import Operation
from images.operations.services import SubmitRefused, Target, submit
from images.operations.services.selection import Group, Sample
from images.operations.services.targets import SelectedTargets
from images.partners.queries import Party
from images.sharing.audit_events import ShareOutEvent
from images.sharing.models import Share
from images.sharing.rules import check_pair

_AT_ONCE = 500


@dataclass
class LeftOut(Sample):
    """Images that one recipient cannot get for one reason."""

    party: Party
    reason: str
    code: str = ""


@dataclass(frozen=True)
class SharePlan:
    """A selection held against recipients. `targets` each have their own `project_ids`: those that lack the image.

    `receivers` get something; `pairs`: shares that come; `present`: those that are there already; `refused`: images
    that cannot be shared on, by reason; `left_out`: recipients that cannot get some of them.
    """

    targets: Sequence[Target]
    receivers: Sequence[Party]
    pairs: int
    present: int
    refused: Sequence[Group]
    left_out: Sequence[LeftOut]


def plan(targets: SelectedTargets, recipients: Sequence[Party]) -> SharePlan:
    """What sharing these images with these recipients does (9.3), as the cache knows their members."""
    lacking: dict[tuple[str, ...], BitMap] = {}
    refused: dict[Violation, Group] = {}
    left_out: dict[tuple[str, Violation], LeftOut] = {}
    receiving: set[str] = set()
    pairs = present = 0
    for target, pk, members in _with_members(targets):
        missing: list[str] = []
        for party in recipients:
            broken = check_pair(
                recipient=party.project_id,
                own=target.project.project_id,
                region=target.project.region.name,
                recipient_region=party.region,
            )
            if broken:
                key = (party.project_id, broken)
                left_out.setdefault(key, LeftOut(party, broken.message, broken.code)).add(target.name)
            elif party.project_id in members:
                present += 1
            else:
                missing.append(party.project_id)
        full = _full(members, missing)
        if full:
            refused.setdefault(full, Group(full.message, full.code)).add(target.name)
        elif missing:
            pairs += len(missing)
            receiving.update(missing)
            lacking.setdefault(tuple(missing), BitMap()).add(pk)
    return SharePlan(
        _each_with_its_own(targets, lacking),
        [party for party in recipients if party.project_id in receiving],
        pairs,
        present,
        sorted(refused.values(), key=lambda group: -group.count),
        sorted(left_out.values(), key=lambda one: -one.count),
    )


def _full(members: set[str], missing: Sequence[str]) -> Violation | None:
    if not missing or len(members) + len(missing) <= ims_limits.MAX_MEMBERS:
        return None
    message = _("Shared with %(now)d projects; with %(more)d more it would be above %(most)d.")
    words = {"now": len(members), "more": len(missing), "most": ims_limits.MAX_MEMBERS}
    return Violation("projects", message % words, "IMG.0088", "9.3")


def _each_with_its_own(targets: SelectedTargets, lacking: Mapping[tuple[str, ...], BitMap]) -> SelectedTargets:
    """Those that somebody lacks, read anew each time with the recipients of each: a hundred thousand are not held."""
    largest = sorted(lacking.items(), key=lambda one: -len(one[1]))

    def make(_number: int, target: Target) -> Target:
        pk = target.image.pk if target.image else 0
        return replace(target, parameters={"project_ids": list(next(one for one, ids in largest if pk in ids))})

    return targets.made(make, among=BitMap().union(*lacking.values()))


def _with_members(targets: Iterable[Target]) -> Iterator[tuple[Target, int, set[str]]]:
    """Of those that are in the cache: its key, and who has it."""
    left = iter(targets)
    while piece := list(islice(left, _AT_ONCE)):
        pairs = [(target, target.image.pk) for target in piece if target.image]
        members: dict[int, set[str]] = {}
        rows = Share.objects.filter(image__in=[pk for _target, pk in pairs]).order_by()
        for image, recipient in rows.values_list("image_id", "recipient"):
            members.setdefault(image, set()).add(recipient)
        yield from ((target, pk, members.get(pk, set())) for target, pk in pairs)


# --- taking back ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RevokePlan:
    """Shares that were chosen: `shares` are taken back, those of images that are gone are only forgotten, and `refused`
    is out of projects in which the person may not operate (a sentence for each)."""

    shares: Sequence[Share]
    ended: Sequence[Share]
    refused: Sequence[tuple[Share, str]]


def revoke_plan(*, actor: User, ids: Iterable[int]) -> RevokePlan:
    """What taking these shares back would do. Shares that the actor does not see are left out.

    Raises PermissionDenied when none of them may be taken back for lack of permission.
    """
    found = (
        Share.objects.visible_to(actor)
        .filter(pk__in=list(ids))
        .select_related("project__region", "project__account", "image")
    )
    rows = list(found.defer("image__document", "image__search_text").order_by("image_name", "pk"))
    operable = set(projects_for(actor, Ability.OPERATE).values_list("pk", flat=True))
    refused = [(one, refusal(Ability.OPERATE, one.project)) for one in rows if one.project_id not in operable]
    if rows and len(refused) == len(rows):
        raise PermissionDenied(refused[0][1])
    mine = [one for one in rows if one.project_id in operable]
    return RevokePlan([one for one in mine if one.image], [one for one in mine if not one.image], refused)


def revoke(*, actor: User, shares: Sequence[Share], key: str, request_id: str = "") -> Operation:
    """Takes shares back as one operation, an item an image (5.3.1; natively 6.4.5). The same `key` again gives back the
    operation that there is. Raises PermissionDenied, SubmitRefused."""
    by_image: dict[int, list[Share]] = {}
    for one in shares:
        if one.image_id is not None:
            by_image.setdefault(one.image_id, []).append(one)
    targets = [
        Target(same[0].project, same[0].image, same[0].image_name, {"project_ids": [one.recipient for one in same]})
        for same in by_image.values()
    ]
    everybody: dict[str, Any] = {"project_ids": sorted({one.recipient for one in shares})}
    return submit(
        actor=actor, kind=ActionKind.UNSHARE, targets=targets, parameters=everybody, key=key, request_id=request_id
    )


def forget(*, actor: User, shares: Iterable[Share]) -> int:
    """Takes shares of images that are gone off the list; returns how many. Raises PermissionDenied."""
    ended = [one for one in shares if one.image_id is None]
    for project in {one.project for one in ended}:
        check_can_operate(actor, project)
    with transaction.atomic():
        for one in ended:
            details = {"recipient": one.recipient, "status": one.status}
            subject = audit.Subject("image", one.image_uid, one.image_name)
            audit.record(
                event=ShareOutEvent.FORGOTTEN, actor=actor, project=one.project, subject=subject, details=details
            )
        return Share.objects.filter(pk__in=[one.pk for one in ended], image=None).delete()[0]


__all__ = ["LeftOut", "RevokePlan", "SharePlan", "SubmitRefused", "forget", "plan", "revoke", "revoke_plan"]
