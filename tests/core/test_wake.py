"""A ring comes after the commit, and a broker that is away harms nobody."""

import contextlib
import math
import time

import pytest
from celery import Celery
from django.db import transaction

from images.core import wake
from images.core.wake import wake_up

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _rested(monkeypatch):
    monkeypatch.setattr(wake, "_resting_until", -math.inf)


@pytest.fixture
def rung(monkeypatch):
    calls = []
    monkeypatch.setattr(wake.current_app, "send_task", lambda task, *, args, retry: calls.append((task, args, retry)))
    return calls


def test_only_what_is_committed_rings(rung):
    with transaction.atomic():
        wake_up("images.sync_holder", "p1")
        assert not rung
    assert rung == [("images.sync_holder", ("p1",), False)]
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        wake_up("images.sync_holder", "p2")
        raise ZeroDivisionError
    assert len(rung) == 1


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
def test_a_broker_that_is_away_is_logged_and_keeps_nobody_waiting(monkeypatch, caplog, broker):
    away = Celery("away", broker=broker)
    away.conf.broker_transport_options = {"max_retries": 0}  # as in our settings
    monkeypatch.setattr(wake, "current_app", away)
    # how long that takes is not measured: kombu waits by this, and the connection itself is refused at once
    naps: list[float] = []
    monkeypatch.setattr("kombu.utils.functional.sleep", naps.append)
    for project in range(20):
        wake_up("images.sync_holder", f"p{project}")
    assert naps == []
    assert caplog.text.count("broker away, images.sync_holder('p0',) waits for the scheduler") == 1


def test_after_a_rest_it_rings_again(monkeypatch, rung):
    monkeypatch.setattr(wake, "_resting_until", time.monotonic() + 60)
    wake_up("images.sync_holder", "p1")
    assert not rung
    monkeypatch.setattr(wake, "_resting_until", time.monotonic() - 1)
    wake_up("images.sync_holder", "p1")
    assert len(rung) == 1
