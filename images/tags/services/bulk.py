"""Tags of chosen images: what wishes would change, as a diff to look at, and as what an operation carries out.

Only what differs is sent, key by key, with what was there before: so nobody's tags on other keys are touched, and what
was done can be taken back.
"""

from array import array
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pyroaring import BitMap

from images.cache.queries.tags import Tags, tags_of
from images.cache.rules.dialects import Dialect, of_kind
from images.cache.rules.tag_changes import TagDifference, TagStep
from images.core.violations import Violation
from images.operations.services import Target
from images.operations.services.selection import Group, Sample
from images.operations.services.targets import SelectedTargets
from images.tags.services.policy import PolicyWatch

#: Ids in one statement.
_AT_ONCE = 500


@dataclass
class DiffGroup(Sample):
    """Images whose tags change in the same way."""

    difference: TagDifference
    ids: BitMap = field(default_factory=BitMap)


class ChangingTargets(Collection[Target]):
    """The targets of a plan that change, each with what changes: gone through anew each time, so that a hundred
    thousand of them are not held."""

    def __init__(self, source: Collection[Target], groups: Sequence[DiffGroup]) -> None:
        self._source = source
        self._parameters = [group.difference.parameters for group in groups]
        self._ids = BitMap().union(*(group.ids for group in groups))
        #: Which group each of the ids is in, in their order.
        self._places = array("I", bytes(array("I").itemsize * len(self._ids)))
        for number, group in enumerate(groups):
            for pk in group.ids:
                self._places[self._ids.rank(pk) - 1] = number

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, target: object) -> bool:
        return isinstance(target, Target) and target.image is not None and target.image.pk in self._ids

    def __iter__(self) -> Iterator[Target]:
        if isinstance(self._source, SelectedTargets):
            return iter(self._source.made(lambda _number, target: self._with_parameters(target), among=self._ids))
        return (self._with_parameters(target) for target in self._source if target in self)

    def _with_parameters(self, target: Target) -> Target:
        place = self._places[self._ids.rank(target.image.pk) - 1] if target.image else 0
        return Target(target.project, target.image, target.name, self._parameters[place])


@dataclass(frozen=True)
class TagPlan:
    """A selection held against wishes: `targets` change, `unchanged` images are so already, `refused` cannot."""

    targets: Collection[Target]
    groups: Sequence[DiffGroup]
    unchanged: int
    refused: Sequence[Group]
    #: Targets that would break a tag policy which only tells.
    warned: Sequence[Group] = ()


def plan(targets: Collection[Target], wishes: Sequence[TagStep]) -> TagPlan:
    """What the wishes change of each of these images, as the cache knows them; groups come largest first."""
    groups: dict[TagDifference, DiffGroup] = {}
    refused: dict[Violation, Group] = {}
    warned: dict[Violation, Group] = {}
    unchanged = 0
    differences, watch = _Differences(wishes), PolicyWatch()
    for target, pk, tags in _with_tags(targets):
        found = differences.of(tags, of_kind(target.project.kind))
        if isinstance(found, TagDifference):
            found = watch.refusal(target.project.pk, found) or found
        if isinstance(found, Violation):
            refused.setdefault(found, Group(found.message, found.code)).add(target.name)
        elif found:
            group = groups.get(found) or groups.setdefault(found, DiffGroup(found))
            group.add(target.name)
            group.ids.add(pk)
            told = watch.warning(target.project.pk, found)
            if told is not None:
                warned.setdefault(told, Group(told.message)).add(target.name)
        else:
            unchanged += 1
    largest = sorted(groups.values(), key=lambda group: -group.count)
    others = (sorted(some.values(), key=lambda group: -group.count) for some in (refused, warned))
    return TagPlan(ChangingTargets(targets, largest), largest, unchanged, *others)


class _Differences:
    """What wishes change, worked out once for all images to which they do the same (Dialect.concerned)."""

    def __init__(self, wishes: Sequence[TagStep]) -> None:
        self._wishes = wishes
        self._known: dict[Hashable, TagDifference | Violation] = {}

    def of(self, tags: Tags, dialect: Dialect) -> TagDifference | Violation:
        alike = dialect.kind, dialect.concerned(tags, self._wishes)
        found = self._known.get(alike)
        if found is None:
            found = self._known[alike] = dialect.difference(tags, self._wishes)
        return found


def _with_tags(targets: Iterable[Target]) -> Iterator[tuple[Target, int, Tags]]:
    """Of those that are in the cache."""
    left = iter(targets)
    while piece := list(islice(left, _AT_ONCE)):
        pairs = [(target, target.image.pk) for target in piece if target.image]
        tags = tags_of(pk for _target, pk in pairs)
        yield from ((target, pk, tags[pk]) for target, pk in pairs)
