"""Policies of projects for what is shared with them: the one in force, earlier ones, and who belongs to a sharer."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable

from images.access.models import Membership
from images.cache.facets import looked_at
from images.cache.rules.dialects import of_kind
from images.clouds.models import Project
from images.incoming.models import IncomingShare, SharePolicy
from images.incoming.rules import OfferedImage, Terms

#: Columns of SharePolicy that are terms as they are.
_SAME = (
    "version", "by_book", "approvals", "one_rejection_ends", "max_age_days", "min_size", "max_size", "unencrypted",
    "reject_mismatch", "reopen", "remind_days", "escalate_days",
)  # fmt: skip


def policy_of(project: Project) -> SharePolicy | None:
    """The version in force; None: nobody has set one."""
    return SharePolicy.objects.filter(project=project).order_by("-version").first()


def terms_of(policy: SharePolicy | None) -> Terms:
    """As the rules take them (incoming/rules.py); without a policy one approval is needed, and nothing else."""
    if policy is None:
        return Terms()
    return Terms(
        **{name: getattr(policy, name) for name in _SAME},
        trusted=frozenset(policy.trusted),
        barred=frozenset(policy.barred),
        os_types=tuple(policy.os_types),
        os_versions=tuple(policy.os_versions),
        tags=tuple(pair_of(text) for text in policy.tags),
        attributes=tuple(pair_of(text) for text in policy.attributes),
    )


def terms_in_force(projects: Collection[int]) -> dict[int, Terms]:
    """By project, for those that have a policy: one query for all."""
    latest: dict[int, SharePolicy] = {}
    for policy in SharePolicy.objects.filter(project__in=projects).order_by("version"):
        latest[policy.project_id] = policy
    return {pk: terms_of(latest.get(pk)) for pk in projects}


def pair_of(text: str) -> tuple[str, str]:
    """ "key=value" or "key"."""
    key, _sign, value = text.partition("=")
    return key.strip(), value.strip()


def offered(share: IncomingShare, trust: str = "") -> OfferedImage:
    """The image as policies see it, from what is kept with the share and its project; `trust` is its owner's in the
    address book."""
    document = json.loads(share.document)
    return OfferedImage(
        owner=share.owner,
        trust=trust,
        os_type=share.os_type,
        os_version=share.os_version,
        size=share.size,
        encrypted=share.encrypted,
        made_at=share.made_at,
        tags=tuple(looked_at(*tag) for tag in of_kind(share.project.kind).tags_in(document.get("tags"))),
        attributes=document,
    )


def own_people(owners: Iterable[str]) -> dict[str, set[int]]:
    """Owner (a project ID) → the people of its teams: who has a role in that very project. A role in every project
    makes nobody the sharer's own."""
    found: dict[str, set[int]] = defaultdict(set)
    rows = Membership.objects.filter(team__grants__project__project_id__in=set(owners)).order_by()
    for owner, user in rows.values_list("team__grants__project__project_id", "user_id").distinct():
        found[owner].add(user)
    return found
