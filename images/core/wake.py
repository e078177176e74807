"""Rings workers by task name. The database holds the work; a ring that is lost costs only the scheduler's interval."""

import logging
import math
import time
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


#: After a ring that nobody heard the broker is left alone for so many seconds: a page that rings for twenty projects
#: must not wait twenty times for a machine that is off. The scheduler's interval finds what was not rung for.
REST = 10.0
_resting_until = -math.inf


def wake_up(task: str, *arguments: str | int) -> None:
    """After the present transaction commits. A broker that is away is logged, never an error for whoever asked."""
    transaction.on_commit(partial(_ring_now, task, *arguments), robust=True)


def _ring_now(task: str, *arguments: str | int) -> None:
    global _resting_until  # noqa: PLW0603 # one for the process; two threads that write it at once do no harm
    if time.monotonic() < _resting_until:
        logger.info("%s%r waits for the scheduler", task, arguments)
        return
    try:
        current_app.send_task(task, args=arguments, retry=False)
    except (OperationalError, OSError) as error:
        _resting_until = time.monotonic() + REST
        logger.warning("broker away, %s%r waits for the scheduler: %s", task, arguments, error)
