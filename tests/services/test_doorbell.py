"""A ring comes after the commit, and a broker that is away harms nobody."""

import contextlib
import math
import time

import pytest
from celery import Celery
from django.db import transaction

from images.services import doorbell
from images.services.doorbell import ring

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rested(monkeypatch):
    monkeypatch.setattr(doorbell, "_resting_until", -math.inf)


@pytest.fixture
def rung(monkeypatch):
    calls = []
    monkeypatch.setattr(
        doorbell.current_app, "send_task", lambda task, *, args, retry: calls.append((task, args, retry))
    )
    return calls


def test_only_what_is_committed_rings(rung):
    with transaction.atomic():
        ring("images.sync_holder", "p1")
        assert not rung
    assert rung == [("images.sync_holder", ("p1",), False)]
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        ring("images.sync_holder", "p2")
        raise ZeroDivisionError
    assert len(rung) == 1


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
def test_a_broker_that_is_away_is_logged_and_keeps_nobody_waiting(monkeypatch, caplog, broker):
    away = Celery("away", broker=broker)
    away.conf.broker_transport_options = {"max_retries": 0}  # as in our settings
    monkeypatch.setattr(doorbell, "current_app", away)
    ring("images.sync_holder", "p0")  # the first one also imports the transport
    monkeypatch.setattr(doorbell, "_resting_until", -math.inf)
    caplog.clear()
    began = time.monotonic()
    for project in range(20):
        ring("images.sync_holder", f"p{project}")
    assert time.monotonic() - began < 1.5
    assert caplog.text.count("broker away, images.sync_holder('p0',) waits for the scheduler") == 1


def test_after_a_rest_it_rings_again(monkeypatch, rung):
    monkeypatch.setattr(doorbell, "_resting_until", time.monotonic() + 60)
    ring("images.sync_holder", "p1")
    assert not rung
    monkeypatch.setattr(doorbell, "_resting_until", time.monotonic() - 1)
    ring("images.sync_holder", "p1")
    assert len(rung) == 1
