"""Entries of Celery: what workers do, in which queue, and how often the scheduler rings for it.

    @task("images.sample_quotas", every=15)
    def sample_quotas() -> None:
        samples.sample_due()

They stand in `images/<room>/tasks.py`, one line each into a service. Nobody imports those; services ring by name
(core/wake.py), and they are registered when the app is ready. Workers, scheduler and router ask here.

While the database can only be read, is full or is away a task ends with a line in the log and no more: the rows keep
what is due, and the schedule rings again.
"""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from celery import shared_task

from images.core.database_trouble import SENTENCES, unwell

logger = logging.getLogger(__name__)

_Work = Callable[..., None]


class Queue(StrEnum):
    """Operations have one of their own, so that a long synchronisation never keeps them waiting, nor they it. So has
    what goes out by mail and to webhooks: a receiver that takes its time keeps neither of them waiting."""

    DEFAULT = "celery"
    OPERATIONS = "operations"
    DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class Entry:
    """`every`: seconds between two rings of the scheduler; None: it only comes when somebody rings."""

    name: str
    every: float | None
    queue: Queue


_ENTRIES: dict[str, Entry] = {}


def task(name: str, *, every: float | None = None, queue: Queue = Queue.DEFAULT) -> Callable[[_Work], Any]:
    """A ValueError for a name that is another's."""

    def register(work: _Work) -> Any:
        if name in _ENTRIES:
            raise ValueError(f"two tasks are called {name}")
        _ENTRIES[name] = Entry(name, every, queue)
        return shared_task(name=name)(_patient(name, work))

    return register


def entries() -> list[Entry]:
    return list(_ENTRIES.values())


def queue_of(name: str) -> Queue:
    """Of what is not ours (Celery's own), too."""
    return _ENTRIES[name].queue if name in _ENTRIES else Queue.DEFAULT


def rhythm() -> dict[str, dict[str, Any]]:
    """What the scheduler rings for, as Celery's beat_schedule has it."""
    return {one.name: {"task": one.name, "schedule": one.every} for one in entries() if one.every is not None}


def _patient(name: str, work: _Work) -> _Work:
    @functools.wraps(work)
    def run(*arguments: str) -> None:
        try:
            work(*arguments)
        except Exception as error:
            reason = unwell(error)
            if reason is None:
                raise
            logger.warning("%s waits: %s (%s)", name, SENTENCES[reason], error)

    return run
