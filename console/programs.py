"""Celery's programs, which say nothing beside the log where LOG_FORMAT=json promises one object a line."""

import logging
from typing import Any

from celery.apps import beat, worker
from django.conf import settings

logger = logging.getLogger(__name__)


class Worker(worker.Worker):  # type: ignore[misc] # celery has no types
    def on_before_init(self, quiet: bool = False, **options: Any) -> None:
        if _for_machines():
            # what the handlers of signals say goes past the log: "worker: Warm shutdown (MainProcess)"
            worker.safe_say = _log
        super().on_before_init(quiet=quiet or _for_machines(), **options)


class Beat(beat.Beat):  # type: ignore[misc] # celery has no types
    def __init__(self, *arguments: Any, quiet: bool = False, **options: Any) -> None:
        super().__init__(*arguments, quiet=quiet or _for_machines(), **options)


def _for_machines() -> bool:
    return bool(settings.LOG_FORMAT == "json")


def _log(words: str, _file: object = None) -> None:
    logger.info(words)
