"""An uploaded file between the look at what it would change and the confirmation: a row, for a day, of one person."""

from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import Ability, projects_for
from images.core import clock
from images.operations.enums import ActionKind
from images.operations.models.operation import Operation
from images.operations.services import submit
from images.tags.models.file import TagFile
from images.tags.services.csv.planning import Plan
from images.tags.services.csv.reading import Sheet, packed, read, unpacked

KEPT_FOR: Final = timedelta(hours=24)
#: Of one person; the oldest go.
MOST_KEPT: Final = 5


def check_can_upload(actor: User) -> None:
    """Whoever may change images of some project. Raises PermissionDenied."""
    if not projects_for(actor, Ability.OPERATE).exists():
        raise PermissionDenied(_("You may look at images, but not change them."))


def keep(*, actor: User, name: str, content: bytes, empty_removes: bool) -> TagFile:
    """Raises PermissionDenied, and FileRefused for what cannot be read; then nothing is kept."""
    check_can_upload(actor)
    read(content)
    with transaction.atomic():
        clear_expired()
        older = TagFile.objects.filter(actor=actor).values_list("pk", flat=True)[MOST_KEPT - 1 :]
        TagFile.objects.filter(pk__in=list(older)).delete()
        return TagFile.objects.create(
            actor=actor,
            name=name[:200],
            content=packed(content),
            empty_removes=empty_removes,
            expires_at=clock.now() + KEPT_FOR,
        )


def sheet_of(kept: TagFile) -> Sheet:
    return read(unpacked(bytes(kept.content)), empty_removes=kept.empty_removes)


def apply(*, actor: User, kept: TagFile, plan: Plan, request_id: str = "") -> Operation:
    """Makes the plan of this file an operation; a file is applied once, so twice gives back the same operation.

    Raises PermissionDenied and SubmitRefused; then nothing is written.
    """
    with transaction.atomic():
        operation = submit(
            actor=actor,
            kind=ActionKind.TAG,
            targets=plan.targets,
            parameters={"file": kept.name},
            key=kept.key,
            request_id=request_id,
            projects=[plan.projects[pk] for pk in _places(plan)],
        )
        TagFile.objects.filter(pk=kept.pk).update(operation=operation, content=b"")
    return operation


def _places(plan: Plan) -> set[int | None]:
    return {project for (project,) in plan.targets.values("project_id")}


def discard(*, kept: TagFile) -> None:
    kept.delete()


def clear_expired() -> int:
    """Files that nobody applied; returns how many."""
    return TagFile.objects.filter(expires_at__lt=clock.now()).delete()[0]
