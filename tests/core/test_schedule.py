"""Tasks stand in their rooms, and say there how often and in which queue (images/core/registries/schedule.py)."""

import subprocess
import sys

import pytest
from django.conf import settings

from console.celery import app
from images.core.registries import schedule
from images.core.registries.schedule import Queue
from images.system.services import health


@pytest.fixture
def apart(monkeypatch):
    """What is registered within is forgotten afterwards, here and by Celery."""
    monkeypatch.setattr(schedule, "_ENTRIES", {})
    monkeypatch.setattr(schedule, "shared_task", lambda name: lambda work: work)


def test_a_task_says_how_often_and_where(apart):
    schedule.task("images.often", every=5)(lambda: None)
    schedule.task("images.rung", queue=Queue.OPERATIONS)(lambda: None)
    assert schedule.rhythm() == {"images.often": {"task": "images.often", "schedule": 5}}
    assert schedule.queue_of("images.often") == Queue.DEFAULT
    assert schedule.queue_of("images.rung") == Queue.OPERATIONS
    assert schedule.queue_of("celery.chord") == Queue.DEFAULT


def test_two_tasks_of_one_name_are_refused(apart):
    schedule.task("images.once")(lambda: None)
    with pytest.raises(ValueError, match="two tasks are called"):
        schedule.task("images.once")(lambda: None)


def test_celery_knows_what_the_rooms_have_and_nothing_else():
    app.finalize()
    assert {name for name in app.tasks if name.startswith("images.")} == {one.name for one in schedule.entries()}


@pytest.mark.parametrize(
    ("name", "queue"),
    [
        ("images.carry", "operations"),
        ("images.send_reports", "deliveries"),
        ("images.sync_holder", "celery"),
        ("images.carry_due", "celery"),
    ],
)
def test_a_message_goes_to_the_queue_of_its_task(name, queue):
    assert app.amqp.router.route({}, name)["queue"].name == queue


def test_each_queue_has_words_for_the_health_page():
    assert [*health.QUEUES] == [*health._PEOPLE] == [*health._COMMANDS] == [*Queue]


@pytest.mark.slow
def test_celery_s_programs_know_the_tasks_without_a_database(tmp_path):
    """As they begin: Django is set up by Celery itself, and a database that is away keeps no worker from starting."""
    code = """
from console.celery import app
from console.heartbeat import Scheduler
app.loader.init_worker()
app.finalize()
scheduler = Scheduler(app=app, schedule_filename="schedule", lazy=True)
scheduler.setup_schedule()
print(len([name for name in app.tasks if name.startswith("images.")]), "images.carry_due" in scheduler.schedule)
"""
    environment = {"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "HTTPS": "false",
                   "SECRET_KEY": settings.SECRET_KEY, "PYTHONPATH": str(settings.BASE_DIR), "PATH": ""}  # fmt: skip
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert told.stdout == f"{len(schedule.entries())} True\n", told.stderr
