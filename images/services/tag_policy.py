"""Changing what a project asks of its tags, and holding changes of tags against it.

A policy that is binding is enforced where operations are written (services/operations/submitting.py): whichever screen
asked, no operation on tags makes an image break it that did not, and no image is made that breaks it. What only tells
is told by the screens (`warnings_of`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from images.enums import ActKind
from images.models import Project, TagPolicy
from images.permissions import Ability, check, is_console_administrator
from images.rules import Broken, TagDifference, insist
from images.rules.tag_policy import Breach, Policy, TagRule, check_rules
from images.selectors.tag_policy import policies
from images.services import audit, index
from images.services.audit import AuditEvent, Subject

#: Acts that change tags, or make images that have some; copies and exports take none (5.3, 5.1.7).
POLICED = frozenset({ActKind.TAG, ActKind.CREATE, ActKind.METADATA, ActKind.UPLOAD, ActKind.REGISTER})
#: They make an image only when they say of what fields.
_FILLING = frozenset({ActKind.UPLOAD, ActKind.REGISTER})


class ChangedMeanwhile(Exception):
    """Somebody else saved the policy since it was looked at; nothing was done."""


@dataclass(frozen=True, slots=True)
class Wanted:
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


def save(*, actor: User, project: Project | None, wanted: Wanted) -> TagPolicy:
    """Replaces the policy of a project, or the default of all (None). Readers see it with their next request.

    Raises PermissionDenied, RulesBroken for rules that are none, ChangedMeanwhile. Saving what is there does nothing.
    """
    check_can_change(actor, project)
    insist(check_rules(wanted.rules))
    with transaction.atomic():
        policy = _locked(project)
        if policy.version != wanted.version:
            raise ChangedMeanwhile(_("Somebody else changed the policy meanwhile. Nothing was saved."))
        before, after = saved(policy).told, wanted.told
        entry = audit.record(
            event=AuditEvent.TAG_POLICY_CHANGED,
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


def saved(policy: TagPolicy) -> Wanted:
    """What a row says."""
    return Wanted(tuple(map(TagRule.of, policy.rules)), policy.binding, policy.inherits, policy.version)


def subject_of(project: Project | None) -> Subject:
    """How the audit names a policy."""
    return Subject("tagpolicy", str(project.pk) if project else "all", str(project or _("all projects")))


def _locked(project: Project | None) -> TagPolicy:
    """The row, for this transaction alone."""
    TagPolicy.objects.get_or_create(project=project)
    return TagPolicy.objects.select_for_update(of=("self",)).get(project=project)


def policies_of(projects: Iterable[Project]) -> Mapping[int, Policy]:
    """Project.id → what holds for it; one query."""
    known = policies()
    return {project.pk: known.of(project.pk) for project in projects}


def refused(policy: Policy, change: TagDifference) -> Broken | None:
    """The first thing that a change would break although the policy is binding; None: it may be made."""
    return _first(policy, (one for one in policy.made_worse(change) if one.binding))


def refusals_of_new(policy: Policy, tags: Sequence[Mapping[str, str]]) -> list[Breach]:
    """What is binding and would be broken by an image that is made with these tags (key and value each)."""
    return [one for one in policy.breaches(_as_tags(tags)) if one.binding]


def warnings_of(policy: Policy, tags: Sequence[Mapping[str, str]]) -> list[str]:
    """Sentences on what such an image would break though nobody refuses it."""
    return [policy.sentence(one) for one in policy.breaches(_as_tags(tags)) if not one.binding]


def _as_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {tag["key"]: tag.get("value") or "" for tag in tags}


def _first(policy: Policy, breaches: Iterable[Breach]) -> Broken | None:
    found = next(iter(breaches), None)
    return Broken("", policy.sentence(found)) if found else None


def guard(kind: str, projects: Sequence[Project]) -> Callable[[Any], Broken | None]:
    """What tells of each target (operations.Target) in these projects why a binding policy refuses its operation; None:
    none does. Reads no images: what a change makes worse is seen from the tags that it names."""
    held = {}
    if kind in POLICED:
        held = {pk: policy for pk, policy in policies_of(projects).items() if policy.binding}
    known: dict[tuple[int, TagDifference], Broken | None] = {}

    def problem_of(target: Any) -> Broken | None:
        policy = held.get(target.project.pk)
        if policy is None or (kind in _FILLING and "fields" not in target.parameters):
            return None
        if kind != ActKind.TAG:
            return _first(policy, refusals_of_new(policy, new_tags(target.parameters)))
        change = TagDifference.of(target.parameters)
        if (target.project.pk, change) not in known:
            known[target.project.pk, change] = refused(policy, change)
        return known[target.project.pk, change]

    return problem_of


def new_tags(parameters: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """The tags that an operation gives to an image that it makes (services/operations/acts/making.py)."""
    return parameters.get("fields", {}).get("tags") or []
