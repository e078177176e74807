"""Tags of chosen images: what wishes would change, as a diff to look at, and as what an operation carries out.

Only what differs is sent, key by key, with what was there before: so nobody's tags on other keys are touched, and what
was done can be taken back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from images.enums import ActKind, ItemState
from images.models import Image, Operation, OperationItem
from images.permissions import check_can_operate
from images.rules import Broken, TagDifference, Wish, difference
from images.selectors.tags import Tags, tags_of
from images.services.operations import SubmitRefused, Target, submit
from images.services.selection import Group, Sample, why_not

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


def change(*, actor: User, image: Image, found: TagDifference, key: str, request_id: str = "") -> Operation:
    """Changes the tags of one image. The same `key` again gives back the operation that there is.

    Raises PermissionDenied, SubmitRefused.
    """
    reason = why_not(actor=actor, kind=ActKind.TAG, image=image)
    if reason or image.project is None:
        raise PermissionDenied(reason)
    target = Target(image.project, image, image.name or image.image_id, found.parameters)
    return submit(actor=actor, kind=ActKind.TAG, targets=[target], key=key, request_id=request_id)


def undo(*, actor: User, operation: Operation, key: str, image: Image | None = None, request_id: str = "") -> Operation:
    """Takes back what a tag operation did to the images on which it was done (or to `image` alone), as an operation of
    its own.

    A key that somebody changed since is left alone: that item ends as a conflict. The same `key` again gives back the
    operation that there is. Raises PermissionDenied, and SubmitRefused when there is nothing to take back.
    """
    if operation.kind != ActKind.TAG:
        raise SubmitRefused(_("Only changes of tags can be taken back."))
    targets = [_undoing(item) for item in _undoable(operation, image)]
    for project in {target.project for target in targets}:
        check_can_operate(actor, project)
    if not targets:
        raise SubmitRefused(_("Nothing was done that could be taken back."))
    return submit(
        actor=actor,
        kind=ActKind.TAG,
        targets=targets,
        parameters={"undoes": operation.pk},
        key=key,
        request_id=request_id,
    )


def _undoable(operation: Operation, image: Image | None) -> Iterator[OperationItem]:
    """Items that were done, of images that are still there."""
    done = operation.items.filter(state=ItemState.DONE, image__isnull=False)
    if image is not None:
        done = done.filter(image=image)
    whole = done.select_related("project", "image").defer("image__document", "image__search_text")
    for item in whole.order_by("position").iterator(chunk_size=_AT_ONCE):
        if TagDifference.of(item.parameters):
            yield item


def _undoing(item: OperationItem) -> Target:
    back = TagDifference.of(item.parameters).reversed
    return Target(item.project, item.image, item.image_name, back.parameters)
