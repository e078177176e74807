"""Rings workers by task name. The database holds the work; a ring that is lost costs only the scheduler's interval."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: str, *arguments: str | int) -> None:
    """After the present transaction commits. A broker that is away is logged, never an error for whoever asked."""
    transaction.on_commit(partial(_ring_now, task, *arguments), robust=True)


def _ring_now(task: str, *arguments: str | int) -> None:
    try:
        current_app.send_task(task, args=arguments, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("broker away, %s%r waits for the scheduler: %s", task, arguments, error)
