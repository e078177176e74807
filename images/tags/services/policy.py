"""Changing what a project asks of its tags, and holding changes of tags against it.

A policy that is binding is enforced where operations are written (operations/services/submission.py): whichever screen
asked, no operation on tags makes an image break it that did not, and no image is made that breaks it. What only tells
is told by the screens (`PolicyWatch.warning`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import Ability, check, is_console_administrator
from images.audit import services as audit
from images.audit.services import Subject
from images.cache.rules.tag_changes import TagDifference
from images.cache.services import index
from images.clouds.models import Project
from images.core.violations import Violation, insist
from images.operations.enums import ActionKind
from images.operations.services import Refusal, Target
from images.tags.audit_events import TagPolicyEvent
from images.tags.models.policy import TagPolicy
from images.tags.queries.policy import Policies, policies
from images.tags.rules.policy import Breach, Policy, TagRule, check_rules

#: Acts that change tags, or make images that have some; copies and exports take none (5.3, 5.1.7).
POLICED = frozenset({ActionKind.TAG, ActionKind.CREATE, ActionKind.METADATA, ActionKind.UPLOAD, ActionKind.REGISTER})
#: They make an image only when they say of what fields.
_FILLING = frozenset({ActionKind.UPLOAD, ActionKind.REGISTER})


class ChangedMeanwhile(Exception):
    """Somebody else saved the policy since it was looked at; nothing was done."""


@dataclass(frozen=True, slots=True)
class WantedPolicy:
    """A policy as somebody wants it. `version`: of the one they saw, 0 when there was none."""

    rules: tuple[TagRule, ...]
    binding: bool = False
    inherits: bool = True
    version: int = 0

    @property
    def told(self) -> dict[str, Any]:
        """For the audit: each rule under its key, so that only those that differ are kept."""
        return {
            "binding": self.binding,
            "inherits": self.inherits,
            **{f"tag {rule.key}": rule.as_json for rule in self.rules},
        }


def check_can_change(actor: User, project: Project | None) -> None:
    """A project's policy is its administrators', the default of all that of the console's. Raises PermissionDenied."""
    if project is not None:
        check(actor, Ability.ADMINISTER, project)
    elif not is_console_administrator(actor):
        raise PermissionDenied(_("Only administrators of this console change what holds for all projects."))


def save(*, actor: User, project: Project | None, wanted: WantedPolicy) -> TagPolicy:
    """Replaces the policy of a project, or the default of all (None). Readers see it with their next request.

    Raises PermissionDenied, RulesViolated for rules that are none, ChangedMeanwhile. Saving what is there does nothing.
    """
    check_can_change(actor, project)
    insist(check_rules(wanted.rules))
    with transaction.atomic():
        policy = _locked(project)
        if policy.version != wanted.version:
            raise ChangedMeanwhile(_("Somebody else changed the policy meanwhile. Nothing was saved."))
        before, after = saved(policy).told, wanted.told
        entry = audit.record(
            event=TagPolicyEvent.CHANGED,
            actor=actor,
            project=project,
            subject=subject_of(project),
            before=dict.fromkeys(after) | before,
            after=dict.fromkeys(before) | after,
        )
        if entry is None:
            return policy
        policy.rules = [rule.as_json for rule in wanted.rules]
        policy.binding, policy.inherits = wanted.binding, wanted.inherits
        policy.version += 1
        policy.save()
        index.publish(index.Delta())  # nothing moved but what the images are held against
    return policy


def saved(policy: TagPolicy) -> WantedPolicy:
    """What a row says."""
    return WantedPolicy(tuple(map(TagRule.of, policy.rules)), policy.binding, policy.inherits, policy.version)


def subject_of(project: Project | None) -> Subject:
    """How the audit names a policy."""
    return Subject("tagpolicy", str(project.pk) if project else "all", str(project or _("all projects")))


def _locked(project: Project | None) -> TagPolicy:
    """The row, for this transaction alone."""
    TagPolicy.objects.get_or_create(project=project)
    return TagPolicy.objects.select_for_update(of=("self",)).get(project=project)


class PolicyWatch:
    """Holds changes of tags against the policies of their projects (by primary key): one query, when first asked.

    What a change makes worse is seen from the tags that it names, so that no image is read; many images share a change.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int | None, TagDifference], tuple[Breach, ...]] = {}

    @cached_property
    def _policies(self) -> Policies:
        return policies()

    @property
    def idle(self) -> bool:
        """There is no policy anywhere."""
        return not self._policies.default and not self._policies.own

    def policy(self, project: int | None) -> Policy:
        """What holds; nothing for public images, which are no project's."""
        return Policy() if project is None else self._policies.of(project)

    def refusal(self, project: int | None, change: TagDifference) -> Violation | None:
        """The first thing that the change would break although that is binding; None: it may be made."""
        return self._first(project, (one for one in self._worse(project, change) if one.binding))

    def warning(self, project: int | None, change: TagDifference) -> Violation | None:
        """The same for what is only told."""
        return self._first(project, (one for one in self._worse(project, change) if not one.binding))

    def refusal_of_new(self, project: int, tags: Sequence[Mapping[str, str]]) -> Violation | None:
        """What is binding and broken by an image that is made with these tags (key and value each)."""
        return self._first(project, (one for one in breaches_of_new(self.policy(project), tags) if one.binding))

    def _worse(self, project: int | None, change: TagDifference) -> tuple[Breach, ...]:
        if self.idle:
            return ()
        key = project, change
        if key not in self._known:
            self._known[key] = tuple(self.policy(project).made_worse(change))
        return self._known[key]

    def _first(self, project: int | None, breaches: Iterator[Breach]) -> Violation | None:
        found = next(breaches, None)
        return Violation("", self.policy(project).sentence(found)) if found else None


def breaches_of_new(policy: Policy, tags: Sequence[Mapping[str, str]]) -> list[Breach]:
    """All that is broken by an image that is made with these tags."""
    return policy.breaches({tag["key"]: tag.get("value") or "" for tag in tags})


def guard(kind: ActionKind) -> Refusal:
    """What tells of each target of an act of POLICED why a binding policy refuses its operation; None: none does. Reads
    no images."""
    watch = PolicyWatch()
    idle = watch.idle

    def problem_of(target: Target) -> Violation | None:
        if idle or (kind in _FILLING and "fields" not in target.parameters):
            return None
        if kind != ActionKind.TAG:
            made = tags_of_each(target.parameters.get("fields", {}))
            return next(filter(None, (watch.refusal_of_new(target.project.pk, tags) for tags in made)), None)
        return watch.refusal(target.project.pk, TagDifference.of(target.parameters))

    return problem_of


def tags_of_each(fields: Mapping[str, Any]) -> list[Sequence[Mapping[str, str]]]:
    """The tags of each image that a request of these fields makes (operations/actions/making.py): a disk has its own,
    or else those of the request (5.1.3)."""
    shared = fields.get("tags") or []
    disks = fields.get("disks")
    others = [one.get("tags") or shared for one in disks or fields.get("data_images") or ()]
    return others if disks else [shared, *others]
