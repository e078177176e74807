"""The scheduler whose machine's clock is set right."""

from datetime import timedelta

import pytest

from console.celery import app
from console.heartbeat import Scheduler

pytestmark = pytest.mark.django_db


def test_a_clock_that_is_set_back_stops_nothing(tmp_path):
    """It was a day ahead: everything was last run tomorrow, and would not be run before then."""
    scheduler = Scheduler(app=app, schedule_filename=str(tmp_path / "schedule"))
    try:
        for entry in scheduler.schedule.values():
            entry.last_run_at = app.now() + timedelta(days=1)
            assert entry.is_due().next > 80_000
        scheduler.tick()
        assert all(entry.last_run_at <= app.now() for entry in scheduler.schedule.values())
        soonest = min(entry.is_due().next for entry in scheduler.schedule.values())
        assert soonest <= 10
    finally:
        scheduler.close()
