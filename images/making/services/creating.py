"""What an image can be made from, and whether a request for one would be taken (5.1.3 to 5.1.5, 7.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from images.access.permissions import Ability, projects_for
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core import ims_limits
from images.core.text_rules import check_name
from images.core.violations import Violation
from images.making.rules.creating import (
    check_from_disks,
    check_image,
    check_metadata,
    check_quick_import,
    check_whole_image,
)
from images.operations.actions import is_offered
from images.operations.actions.making import creation_request, metadata_of
from images.operations.enums import ActionKind

_QUICK = frozenset({"QuickSystemFile", "QuickDataFile"})
_WHOLE = frozenset({"WholeServer", "WholeBackup"})


@dataclass(frozen=True, slots=True)
class CreationProjects:
    """The projects where a person may make images, and those whose service cannot make any this way."""

    able: tuple[Project, ...]
    unable: tuple[Project, ...]


def places_for(user: User | AnonymousUser, *kinds: ActionKind) -> dict[ActionKind, CreationProjects]:
    """For each of these ways to make an image, of the projects that this person may operate in."""
    own = list(projects_for(user, Ability.OPERATE).select_related("region", "account"))
    able = {kind: tuple(project for project in own if is_offered(kind, project)) for kind in kinds}
    return {
        kind: CreationProjects(able[kind], tuple(project for project in own if project not in able[kind]))
        for kind in kinds
    }


def problems_of(order: str, fields: dict[str, Any]) -> list[Violation]:
    """What IMS would refuse of such a request as far as it can be known here, by the names of its parameters.

    `order` and `fields` are those of an operation of kind create (operations/actions/making.py).
    """
    body = creation_request({"order": order, "fields": fields}).as_body()
    if order in _QUICK:
        return check_quick_import({"type": "ECS"} | body)
    if order in _WHOLE:
        return check_whole_image(body)
    if order == "DataDisks":
        return check_from_disks(body)
    return check_image(body)


def problems_of_metadata(fields: dict[str, Any], *, native: bool) -> list[Violation]:
    """The same of an image that is made without its file (6.1.6); `fields` are those of an operation of kind metadata.

    A plain Glance (`native`) sets none of these rules but that it knows the format.
    """
    body = metadata_of(fields).as_body()
    if not native:
        return check_name(body.get("name")) + check_metadata(body)
    if body.get("disk_format") in (None, *ims_limits.GLANCE_FORMATS):
        return []
    message = _("The service knows these formats: %(formats)s.") % {"formats": ", ".join(ims_limits.GLANCE_FORMATS)}
    return [Violation("disk_format", message)]


def of_same_name(user: User | AnonymousUser, project: Project, names: Iterable[str]) -> list[str]:
    """Which of these names images of the project have already: allowed, but rarely meant."""
    there = Image.objects.visible_to(user).filter(project=project, name__in=set(names))
    return sorted(set(there.values_list("name", flat=True)))
