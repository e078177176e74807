"""Where messages go that cannot be read: VAR_DIR/broker/unreadable/ of the machine that met them, and the log.

Nothing is lost with one: the database holds the work, and the scheduler rings again for what is due.
"""

import logging
import os
import time
import uuid
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import close_old_connections, connection

logger = logging.getLogger(__name__)

#: So many are kept, the newest, and so many bytes of each: a sender that floods us fills no disk.
KEPT = 100
LONGEST = 64 * 1024


def folder() -> Path:
    return Path(settings.VAR_DIR) / "broker" / "unreadable"


def set_aside(queue: str, content: bytes, reason: str) -> None:
    """Keeps a message for whoever looks for its sender, and tells that it came. Never raises for a full disk."""
    try:
        where = f"it is kept as {_keep(queue, content)}"
    except OSError as error:
        where = f"nor can it be kept: {error}"
    logger.error("a message in queue %s cannot be read: %s; %s", queue, reason, where)
    _note(queue, f"{reason}; {where}")


def _keep(queue: str, content: bytes) -> Path:
    place = folder()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in queue)[:60]
    file = place / f"{time.time_ns()}_{uuid.uuid4().hex[:8]}.{safe or 'unknown'}.msg"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content[:LONGEST])
    for old in sorted(place.glob("*.msg"))[:-KEPT]:
        old.unlink(missing_ok=True)  # another worker may tidy up at the same moment
    return file


def _note(queue: str, told: str) -> None:
    """For the first page and doctor. The connection is not kept: a worker's pool forks from here."""
    if not apps.ready:
        return  # a command of Celery's own that does without Django
    from images.core.enums import RemarkKind
    from images.core.remarks import note

    close_old_connections()
    try:
        note(RemarkKind.MESSAGE, queue, told)
    finally:
        connection.close()
