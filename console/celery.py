"""The Celery application: messages carry ids only, the database is the truth.

Entries live in images/<room>/tasks.py and are registered when Django is set up, which Celery does for its own programs.
"""

import logging.config
import os
from functools import cached_property
from typing import Any

from celery import Celery, signals

from console import broker, private

private.begin()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")


class Console(Celery):  # type: ignore[misc] # celery has no types
    """Celery's own, whose programs write nothing but log lines where machines read them (console/programs.py)."""

    @cached_property
    def Worker(self) -> Any:  # noqa: N802 # celery's name
        return self.subclass_with_self("console.programs:Worker")

    @cached_property
    def Beat(self) -> Any:  # noqa: N802
        return self.subclass_with_self("console.programs:Beat")


broker.install()
app = Console("console")
app.config_from_object("django.conf:settings", namespace="CELERY")


def route(name: str, *_arguments: object, **_options: object) -> dict[str, str]:
    """Asked for each message: by then the rooms have said which queue their tasks want."""
    from images.core.registries.schedule import queue_of

    return {"queue": str(queue_of(name))}


app.conf.task_routes = [route]


# imported late: prometheus_client looks at the environment that the settings have set
def add_steps(sender: Celery, **_kwargs: object) -> None:
    from console.heartbeat import Figures, Heartbeat

    sender.steps["worker"].update({Heartbeat, Figures})


app.on_after_configure.connect(add_steps)


def keep_logging(**_options: object) -> None:
    """LOG_LEVEL and LOG_FORMAT hold for workers and scheduler too: where somebody listens, Celery sets up nothing."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


signals.setup_logging.connect(keep_logging, weak=False)
