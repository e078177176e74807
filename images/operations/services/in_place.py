"""One image changed from its own page, and what was changed so taken back: tags and attributes.

Each item of these operations says what was there before, so that it can be turned round, and so that what somebody
changed meanwhile is never overwritten unseen.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from images.access.permissions import check_can_operate
from images.cache.models.image import Image
from images.cache.rules.dialects import of_kind
from images.operations.enums import ActionKind, ItemState
from images.operations.models.operation import Operation, OperationItem
from images.operations.rules.edit_changes import reversed_edit
from images.operations.services import SubmitRefused, Target, submit
from images.operations.services.audit_entries import projects_of
from images.operations.services.selection import why_not

_AT_ONCE = 500


def _tags_turned_round(item: OperationItem, _attribute: str) -> dict[str, Any]:
    difference = of_kind(item.project.kind).read_difference(item.parameters)
    return difference.reversed.parameters if difference else {}


def _edit_turned_round(item: OperationItem, attribute: str) -> dict[str, Any]:
    return reversed_edit(item.parameters, attribute)


#: An item, and of an edit maybe the one attribute → the parameters of the item that takes it back.
_BACK: Final[Mapping[str, Callable[[OperationItem, str], dict[str, Any]]]] = {
    ActionKind.TAG: _tags_turned_round,
    ActionKind.EDIT: _edit_turned_round,
}
#: Kinds of operations that can be taken back.
REVERSIBLE: Final = tuple(_BACK)


def change(
    *, actor: User, kind: ActionKind, image: Image, parameters: dict[str, Any], key: str, request_id: str = ""
) -> Operation:
    """Changes one image. The same `key` again gives back the operation that there is.

    Raises PermissionDenied, SubmitRefused.
    """
    reason = why_not(actor=actor, kind=kind, image=image)
    if reason or image.project is None:
        raise PermissionDenied(reason)
    target = Target(image.project, image, image.name or image.image_id, parameters)
    return submit(actor=actor, kind=kind, targets=[target], key=key, request_id=request_id)


def undo(
    *,
    actor: User,
    operation: Operation,
    key: str,
    image: Image | None = None,
    attribute: str = "",
    request_id: str = "",
) -> Operation:
    """Takes back what an operation did to the images on which it was done (or to `image` alone; of an edit maybe one
    `attribute` alone), as an operation of its own.

    What somebody changed since is left alone: that item ends as a conflict. The same `key` again gives back the
    operation that there is. Raises PermissionDenied, and SubmitRefused when there is nothing to take back.
    """
    projects = [image.project] if image and image.project else projects_of(operation)
    for project in projects:
        check_can_operate(actor, project)
    if operation.kind not in REVERSIBLE:
        raise SubmitRefused(_("Only changes of tags and attributes can be taken back."))
    targets = _undoing(operation, image, attribute)
    first = next(targets, None)
    if first is None:
        raise SubmitRefused(_("Nothing was done that could be taken back."))
    return submit(
        actor=actor,
        kind=ActionKind(operation.kind),
        targets=chain([first], targets),
        parameters={"undoes": operation.pk},
        key=key,
        request_id=request_id,
        projects=projects,
    )


def _undoing(operation: Operation, image: Image | None, attribute: str) -> Iterator[Target]:
    """For items that were done, of images that are still there."""
    done: Any = operation.items.filter(state=ItemState.DONE, image__isnull=False)
    if image is not None:
        done = done.filter(image=image)
    whole = done.select_related("project", "image").defer("image__document", "image__search_text")
    item: OperationItem
    for item in whole.order_by("position").iterator(chunk_size=_AT_ONCE):
        back = _BACK[operation.kind](item, attribute)
        if back:
            yield Target(item.project, item.image, item.image_name, back)
