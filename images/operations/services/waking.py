"""Where a message wakes the executor, and what wakes it when a message was lost."""

from django.conf import settings
from django.db import close_old_connections

from images.core import clock
from images.core.wake import wake_up
from images.operations.services.executor import execute
from images.operations.services.scheduling import next_due
from images.operations.services.submission import TASK


def execute_woken() -> None:
    """What a worker does when it is woken; wakes the next one when its time was up before the work was done."""
    close_old_connections()
    if execute(settings.CARRY_SECONDS):
        wake_up(TASK)


def wake_for_due() -> bool:
    """Wakes a worker when something is due and nobody is at it: the message was lost, or the executor died."""
    due = next_due()
    if due is None or due > clock.now():
        return False
    wake_up(TASK)
    return True
