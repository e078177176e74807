"""What the console itself sends has no flaw, however it is sent: a check that is too strict stops all work."""

from collections.abc import Iterator
from pathlib import Path

import kombu
import pytest
from celery.beat import Scheduler

from console.broker.flaws import flaw_of
from console.celery import app
from images.core.registries.schedule import Queue, rhythm

ARGUMENTS = {"images.sync_holder": ["p1"]}


@pytest.fixture
def link(tmp_path: Path) -> Iterator[kombu.Connection]:
    with kombu.Connection("filesystem://", transport_options={"folder": str(tmp_path / "broker")}) as connection:
        yield connection


def taken(link: kombu.Connection) -> dict[str, str]:
    """The flaw of each message, by its task."""
    found: dict[str, str] = {}

    def take(message: kombu.Message) -> None:
        found[message.headers["task"]] = flaw_of(message, app)
        message.ack()

    queues = [kombu.Queue(name, kombu.Exchange(name), routing_key=name) for name in Queue]
    with kombu.Consumer(link, queues, on_message=take, accept=["json"]):
        while True:
            try:
                link.drain_events(timeout=0.1)
            except TimeoutError:
                return found


def ours() -> list[str]:
    app.loader.import_default_modules()
    app.finalize()
    return sorted(name for name in app.tasks if name.startswith("images."))


def test_what_the_doorbell_sends_has_no_flaw(link):
    for name in ours():
        app.send_task(name, args=ARGUMENTS.get(name, []), retry=False, connection=link)
    assert taken(link) == dict.fromkeys(ours(), "")


def test_what_the_scheduler_sends_has_no_flaw(link):
    """It lets the task send itself, with the limits of the settings."""
    ours()
    scheduler = Scheduler(app, lazy=True)
    scheduler.merge_inplace(rhythm())
    for entry in scheduler.schedule.values():
        scheduler.apply_async(entry, producer=app.amqp.Producer(link, auto_declare=False), advance=False)
    assert taken(link) == dict.fromkeys(rhythm(), "")
