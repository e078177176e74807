"""Tags of chosen images: what wishes would change, as a diff to look at, and as what an operation carries out.

Only what differs is sent, key by key, with what was there before: so nobody's tags on other keys are touched, and what
was done can be taken back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from images.rules import Broken, TagDifference, Wish, difference
from images.selectors.tags import Tags, tags_of
from images.services.operations import Target
from images.services.selection import Group, Sample

#: Ids in one statement.
_AT_ONCE = 500


@dataclass
class DiffGroup(Sample):
    """Images whose tags change in the same way."""

    difference: TagDifference


@dataclass(frozen=True)
class TagPlan:
    """A selection held against wishes: `targets` change, `unchanged` images are so already, `refused` cannot."""

    targets: Sequence[Target]
    groups: Sequence[DiffGroup]
    unchanged: int
    refused: Sequence[Group]


def plan(targets: Iterable[Target], wishes: Sequence[Wish]) -> TagPlan:
    """What the wishes change of each of these images, as the cache knows them; groups come largest first."""
    changing: list[Target] = []
    groups: dict[TagDifference, DiffGroup] = {}
    refused: dict[Broken, Group] = {}
    unchanged = 0
    for target, tags in _with_tags(targets):
        found = difference(tags, wishes, native=target.project.is_native)
        if isinstance(found, Broken):
            refused.setdefault(found, Group(found.message, found.code)).add(target.name)
        elif found:
            changing.append(replace(target, parameters=found.parameters))
            groups.setdefault(found, DiffGroup(found)).add(target.name)
        else:
            unchanged += 1
    return TagPlan(
        changing,
        sorted(groups.values(), key=lambda group: -group.count),
        unchanged,
        sorted(refused.values(), key=lambda group: -group.count),
    )


def _with_tags(targets: Iterable[Target]) -> Iterator[tuple[Target, Tags]]:
    piece: list[Target] = []
    for target in targets:
        piece.append(target)
        if len(piece) == _AT_ONCE:
            yield from _tagged(piece)
            piece = []
    yield from _tagged(piece)


def _tagged(targets: Sequence[Target]) -> Iterator[tuple[Target, Tags]]:
    tags = tags_of(target.image.pk for target in targets if target.image)
    for target in targets:
        yield target, tags[target.image.pk] if target.image else {}
