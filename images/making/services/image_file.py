"""An image that waits for its file: the two ways to give it one, and why either cannot be gone (5.1.6, 6.1.4)."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from images.access.permissions import check_can_operate
from images.cache.models.image import Image
from images.core.ims_limits import REGISTER_FORMATS
from images.core.violations import insist
from images.making.rules.files import check_import_address
from images.operations.enums import OPEN_ITEMS, ActionKind
from images.operations.models.operation import Operation, OperationItem
from images.operations.rules.actions import can_fill, problem_of_fill
from images.operations.services import Target, is_offered, submit
from images.operations.services.selection import Offer, refusal_of

_FILLING = (ActionKind.UPLOAD, ActionKind.REGISTER)


def waits_for_file(image: Image) -> bool:
    """It has no file and will have none unless somebody gives it one."""
    return image.project_id is not None and can_fill(image)


def ways_for(*, actor: User, image: Image) -> list[Offer]:
    """Upload and register, each with the reason why it cannot be done, "" when it can."""
    return [Offer(kind, _reason(actor, image, kind)) for kind in _FILLING]


def register(*, actor: User, image: Image, image_url: str, key: str, request_id: str = "") -> Operation:
    """Gives a waiting image of a project a file of OBS. Raises PermissionDenied, SubmitRefused, RulesViolated."""
    assert image.project is not None  # noqa: S101 # the caller has looked
    check_can_operate(actor, image.project)
    insist(check_import_address(image_url, REGISTER_FORMATS))
    problem = problem_of_fill(image, busy=_is_coming(image))
    insist([problem] if problem else [])
    target = Target(image.project, image, image.name or image.image_id, {"image_url": image_url})
    return submit(actor=actor, kind=ActionKind.REGISTER, targets=[target], key=key, request_id=request_id)


def _reason(actor: User, image: Image, kind: ActionKind) -> str:
    project = image.project
    if project is None:
        return _("Public images belong to no project that this could be done in.")
    refused = refusal_of(actor, project) or problem_of_fill(image, busy=_is_coming(image))
    if refused:
        return refused.message
    if not is_offered(kind, project):
        return _("An OpenStack Glance takes no files from OBS.")
    return ""


def _is_coming(image: Image) -> bool:
    rows = OperationItem.objects.filter(image=image, state__in=OPEN_ITEMS)
    return rows.filter(operation__kind__in=(*_FILLING, ActionKind.DELETE)).exists()
