"""What the schedule takes away: files that have arrived where they belong, uploads that nobody goes on with, and what
processes left behind that died while they wrote."""

import logging
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from images.core import clock
from images.core.sweeping import attempt, each
from images.making.models import Upload
from images.operations.actions import staging
from images.operations.enums import ItemState, OperationState
from images.operations.models.operation import Operation, OperationEvent
from images.operations.services.states import move

logger = logging.getLogger(__name__)

#: Seconds after which nobody writes to a part any more, and after which a file without an upload is nobody's.
PART_AGE: Final = 2 * 3600
FILE_AGE: Final = 24 * 3600


def clear() -> int:
    """Deletes what is not needed any more; returns how many files."""
    kept = Upload.objects.filter(cleared_at=None).order_by("pk").values_list("pk", flat=True)
    cleared = sum(each("uploads", kept, _clear_one))
    Upload.objects.filter(cleared_at__lt=clock.now() - timedelta(seconds=settings.UPLOAD_KEEP)).delete()
    return cleared + _sweep()


def _clear_one(pk: UUID) -> bool:
    """Nobody adds to it meanwhile: each piece is written under the lock of the row."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(pk=pk, cleared_at=None).first()
        if upload is None:
            return False
        is_late = upload.expires_at < clock.now()
        operation = _last_try(upload.operation) if upload.operation else None
        if operation is None and not is_late:
            return False
        if operation is not None and operation.state == OperationState.RECEIVING and is_late:
            _give_up(operation)
        elif operation is not None and not _is_over(operation):
            return False
        upload.cleared_at = clock.now()
        upload.save(update_fields=["cleared_at"])
        transaction.on_commit(lambda: staging.remove(upload.pk.hex))
    return True


def _last_try(operation: Operation) -> Operation:
    """What failed may have been tried again, with the same file."""
    while (again := operation.retries.order_by("-pk").first()) is not None:
        operation = again
    return operation


def _is_over(operation: Operation) -> bool:
    """What failed or is unknown may be tried again for a while."""
    if operation.state in (OperationState.DONE, OperationState.CANCELLED):
        return True
    ended = operation.finished_at
    return ended is not None and ended < clock.now() - timedelta(seconds=settings.UPLOAD_KEEP)


def _give_up(operation: Operation) -> None:
    said = _("The rest of the file did not come in time.")
    if move(operation.items.filter(state=ItemState.WAITING), ItemState.CANCELLED, error=said):
        OperationEvent.objects.create(operation=operation, text=said)


def _sweep() -> int:
    """Files of no upload: left by a process that died, or by a row that went with its project."""
    ours = {pk.hex for pk in Upload.objects.filter(cleared_at=None).values_list("pk", flat=True)}
    swept = 0
    for path in staging.folder().iterdir():
        if path.name not in ours:
            swept += bool(attempt("files", path.name, partial(_sweep_one, path)).result)
    return swept


def _sweep_one(path: Path) -> bool:
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return False  # somebody else was faster
    if age <= (PART_AGE if path.suffix == staging.PART else FILE_AGE):
        return False
    path.unlink(missing_ok=True)
    logger.info("swept %s, which belonged to no upload", path.name)
    return True
