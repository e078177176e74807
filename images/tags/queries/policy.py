"""Tag policies as they hold for projects, and the images that break them: sets of ids, from the index alone.

Which images break what follows from the postings of tags and from the policies; it is computed once for a version of
the index, and whoever saves a policy moves that version (tags/services/policy.py), so that a change of either is seen
with the next request. Four queries a version, however many projects and images there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyroaring import BitMap

from images.cache.facets import holder_of_project
from images.cache.queries.index import Snapshot, current
from images.cache.queries.tags import images_with_words
from images.cache.queries.visibility import visible_projects_of
from images.core.requests import Person
from images.tags.models.policy import TagPolicy
from images.tags.queries.values import having, not_matching
from images.tags.rules.policy import BARRED, MISSING, VALUE, Breach, Policy, PolicyRule, TagRule

BROKEN, KEPT = "broken", "kept"


@dataclass(frozen=True)
class Policies:
    """The default of all projects, and those of projects, as they are saved."""

    default: tuple[PolicyRule, ...] = ()
    own: Mapping[int, tuple[PolicyRule, ...]] = field(default_factory=dict)
    #: Projects in which the default does not hold.
    apart: frozenset[int] = frozenset()

    def of(self, project: int) -> Policy:
        """What holds for the images of a project (its primary key)."""
        return Policy.merged(self.own.get(project, ()), () if project in self.apart else self.default)


@dataclass(frozen=True)
class Finding:
    """What images of a project break in the same way. `breach` has no detail for wrong values: each has its own."""

    project: int
    breach: Breach
    images: BitMap


@dataclass(frozen=True)
class Breaches:
    """All that is broken anywhere, whoever may see it."""

    findings: tuple[Finding, ...] = ()
    #: Images that break something, and those with a policy that break nothing.
    broken: BitMap = field(default_factory=BitMap)
    kept: BitMap = field(default_factory=BitMap)
    #: Value of the query language (`missing:env`) → images, of all projects.
    by_name: Mapping[str, BitMap] = field(default_factory=dict)

    def of_image(self, pk: int) -> list[Breach]:
        return [one.breach for one in self.findings if pk in one.images]

    def names_of_image(self, pk: int) -> list[str]:
        """As the query language asks for them."""
        return [one.name for one in self.of_image(pk)]

    def of_project(self, project: int) -> list[Finding]:
        """Largest first."""
        return sorted((one for one in self.findings if one.project == project), key=lambda one: -len(one.images))


def policies() -> Policies:
    """One query."""
    default: tuple[PolicyRule, ...] = ()
    own: dict[int, tuple[PolicyRule, ...]] = {}
    apart: set[int] = set()
    for policy in TagPolicy.objects.only("project", "rules", "binding", "inherits"):
        project = policy.project_id
        held = tags_under_policy(map(TagRule.of, policy.rules), binding=policy.binding, inherited=project is None)
        if project is None:
            default = held
            continue
        own[project] = held
        if not policy.inherits:
            apart.add(project)
    return Policies(default, own, frozenset(apart))


def tags_under_policy(rules: Iterable[TagRule], *, binding: bool, inherited: bool = False) -> tuple[PolicyRule, ...]:
    return tuple(PolicyRule(rule, binding, inherited) for rule in rules)


def policies_in(snapshot: Snapshot) -> Policies:
    """As they were when this version of the index was first asked."""
    return snapshot.remembered.get("tag policies", policies)


def breaches_in(snapshot: Snapshot) -> Breaches:
    """Remembered with the snapshot."""
    return snapshot.remembered.get("tag policy breaches", lambda: _all(snapshot))


def _all(snapshot: Snapshot) -> Breaches:
    known = policies_in(snapshot)
    if not known.default and not known.own:
        return Breaches()
    projects = [int(holder[1:]) for holder in snapshot.values("holder") if holder.startswith("p")]
    return _gathered(snapshot, {project: known.of(project) for project in projects})


def preview(snapshot: Snapshot, wanted: Mapping[int, Policy]) -> Breaches:
    """What would be broken if these policies held in these projects."""
    return _gathered(snapshot, wanted)


def _gathered(snapshot: Snapshot, wanted: Mapping[int, Policy]) -> Breaches:
    wanted = {project: policy for project, policy in wanted.items() if policy}
    wrong = _wrong_values(snapshot, wanted.values())
    findings: list[Finding] = []
    kept, broken = BitMap(), BitMap()
    by_name: dict[str, BitMap] = defaultdict(BitMap)
    for project, policy in wanted.items():
        images = own_images(snapshot, project)
        here = _of_project(snapshot, project, policy, images, wrong)
        findings += here
        breaking = BitMap.union(BitMap(), *(one.images for one in here))
        broken |= breaking
        kept |= images - breaking
        for one in here:
            by_name[one.breach.name] |= one.images
    return Breaches(tuple(findings), broken, kept, dict(by_name))


def own_images(snapshot: Snapshot, project: int) -> BitMap:
    """Those that the project itself may tag: neither public nor shared with it (rules/subject.is_own)."""
    return snapshot.get(*holder_of_project(project)) - snapshot.remembered.get("foreign", lambda: _foreign(snapshot))


def _foreign(snapshot: Snapshot) -> BitMap:
    shared = snapshot.union("member_status", snapshot.values("member_status"))
    return shared | snapshot.get("image_type", "gold") | snapshot.get("visibility", "public")


def _of_project(
    snapshot: Snapshot, project: int, policy: Policy, images: BitMap, wrong: Mapping[TagRule, BitMap]
) -> list[Finding]:
    found = [(_missing(one), images - snapshot.get("tag_key", one.rule.key)) for one in policy.required]
    for key, one in policy.by_key.items():
        if one.rule.need != BARRED and one.rule in wrong:
            found.append((Breach(VALUE, key, binding=one.binding), images & wrong[one.rule]))
    for key, breach in _wrong_keys(snapshot, policy).items():
        found.append((breach, images & snapshot.get("tag_key", key)))
    return [Finding(project, breach, breaking) for breach, breaking in found if breaking]


def _missing(one: PolicyRule) -> Breach:
    return Breach(MISSING, one.rule.key, binding=one.binding)


def _wrong_keys(snapshot: Snapshot, policy: Policy) -> Mapping[str, Breach]:
    """Of all keys in use those that are barred or spelled otherwise. Most projects share one policy."""

    def judge() -> dict[str, Breach]:
        judged = ((key, policy.of_key(key)) for key in snapshot.values("tag_key"))
        return {key: breach for key, breach in judged if breach}

    return snapshot.remembered.get(("wrong keys", policy), judge)


def _wrong_values(snapshot: Snapshot, wanted: Iterable[Policy]) -> Mapping[TagRule, BitMap]:
    """Rule → the images that have its key with another value than it allows, of any project."""
    rules = {one.rule for policy in wanted for one in policy.held if one.rule.need != BARRED}
    listed = having((rule.key, value) for rule in rules for value in rule.values)
    patterns = {(rule.key, rule.pattern) for rule in rules if rule.pattern}
    unmatched = not_matching(snapshot, patterns) if patterns else {}
    wrong = {}
    for rule in rules:
        if not rule.values and not rule.pattern:
            continue
        ground = unmatched[rule.key, rule.pattern] if rule.pattern else snapshot.get("tag_key", rule.key)
        right = [listed[rule.key, value] for value in rule.values if (rule.key, value) in listed]
        wrong[rule] = BitMap.difference(ground, *right) if right else ground
        wrong[rule] = _with_wrong_words(snapshot, rule, wrong[rule])
    return wrong


def _with_wrong_words(snapshot: Snapshot, rule: TagRule, wrong: BitMap) -> BitMap:
    """Where tags are words an image may have a right value of a key and a wrong one beside it: there each value is
    looked at."""
    images = images_with_words(snapshot) & snapshot.get("tag_key", rule.key)
    if not images:
        return wrong
    others = (having for value, having in snapshot.tag_values(rule.key).items() if not rule.allows(value))
    return (wrong - images) | (BitMap.union(BitMap(), *others) & images)


def values_in(snapshot: Snapshot) -> Mapping[str, BitMap]:
    """What `policy:` in a query can be, with its images: broken, kept, and what is broken by name."""
    found = breaches_in(snapshot)
    return {BROKEN: found.broken, KEPT: found.kept, **found.by_name} if found.broken or found.kept else {}


def order_in(snapshot: Snapshot) -> list[BitMap]:
    """The images by what they make of their policy: kept before broken."""
    found = breaches_in(snapshot)
    return [found.kept, found.broken]


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """How one project stands: `broken` of `images` of its own break its policy; `rules` hold, `binding` of them."""

    project: int
    images: int
    broken: int
    rules: int
    binding: int
    findings: Sequence[Finding] = ()


def policy_statuses(user: Person) -> list[PolicyStatus]:
    """Of each project that this person may see and that has a policy, the one with most breaches first. The number of
    queries depends neither on projects nor on images: who sees what, and what breaches_in needs."""
    return policy_statuses_in(current(), [one.pk for one in visible_projects_of(user).projects])


def policy_statuses_in(snapshot: Snapshot, projects: Iterable[int]) -> list[PolicyStatus]:
    known, found = policies_in(snapshot), breaches_in(snapshot)
    by_project: dict[int, list[Finding]] = defaultdict(list)
    for one in found.findings:
        by_project[one.project].append(one)
    lines = []
    for project in projects:
        policy = known.of(project)
        if policy:
            images = own_images(snapshot, project)
            here = sorted(by_project[project], key=lambda one: -len(one.images))
            broken = found.broken.intersection_cardinality(images)
            binding = sum(one.binding for one in policy.held)
            lines.append(PolicyStatus(project, len(images), broken, len(policy.held), binding, here))
    return sorted(lines, key=lambda one: -one.broken)


def policy_of(project: int | None) -> Policy:
    """What holds for a project now; nothing for public images, which belong to none."""
    return Policy() if project is None else policies().of(project)


def policy_words(policy: Policy, key: str, in_use: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Completions with their counts: keys (or the values of `key`) that the policy asks for first, without what it
    bars."""
    if key:
        asked = policy.by_key[key].rule.values if key in policy.by_key else ()
        return _first(asked, [pair for pair in in_use if not policy.of_tag(key, pair[0])])
    asked = tuple(one.rule.key for one in policy.required)
    return _first(asked, [pair for pair in in_use if not policy.of_key(pair[0])])


def _first(asked: Sequence[str], in_use: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    counts = dict(in_use)
    return [*((one, counts.get(one, 0)) for one in asked), *(pair for pair in in_use if pair[0] not in asked)]
