"""The health check of a worker's and a scheduler's container: theirs lives, and nobody else's counts."""

import secrets
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from images.core import clock
from images.core.enums import ProcessKind
from images.core.models.process import Process
from images.core.processes import report_alive
from images.system.services.health import AWAY

pytestmark = pytest.mark.django_db


def alive(*words):
    call_command("alive", *words)


def test_who_has_told_so_lives_with_its_queue(capsys):
    report_alive(ProcessKind.WORKER, ["celery"])
    alive("worker")
    alive("worker", "--queue", "celery")
    assert "worker celery is at work here." in capsys.readouterr().out


@pytest.mark.parametrize("words", [["worker", "--queue", "operations"], ["scheduler"]])
def test_another_queue_and_another_kind_do_not(words):
    report_alive(ProcessKind.WORKER, ["celery"])
    with pytest.raises(CommandError, match="is at work here"):
        alive(*words)


def test_who_has_been_silent_does_not():
    report_alive(ProcessKind.SCHEDULER)
    Process.objects.update(seen_at=clock.now() - AWAY - timedelta(seconds=5))
    with pytest.raises(CommandError, match="No scheduler is at work here"):
        alive("scheduler")


def test_one_of_another_container_does_not():
    """It tells the same database, but keeps its lock elsewhere."""
    report_alive(ProcessKind.SCHEDULER)
    Process.objects.update(name=f"{secrets.token_hex(10)}@another:7")
    with pytest.raises(CommandError, match="No scheduler is at work here"):
        alive("scheduler")


@pytest.mark.django_db(transaction=True)
def test_without_a_database_nobody_can_tell():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE images_process RENAME TO images_process_away")
    try:
        with pytest.raises(CommandError, match="The database does not answer"):
            alive("scheduler")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE images_process_away RENAME TO images_process")
