"""What machines that watch this one are told: alive, ready, and the figures."""

import json
import logging
import os
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from images.enums import ProcessKind
from images.models import Lane, Process
from images.services import processes
from images.services.standing import AWAY
from tests.clouds import project_of

pytestmark = pytest.mark.django_db
DEAD = 2**22 + 1  # more than Linux gives out


def seen(kind: ProcessKind, queues: str = "", ago: timedelta = timedelta(), name: str = "elsewhere:1") -> None:
    now = timezone.now()
    Process.objects.create(kind=kind, queues=queues, name=name, version="1", started_at=now, seen_at=now - ago)


def states(client, query: str = "") -> tuple[int, dict[str, str]]:
    answer = client.get(f"/readyz{query}")
    return answer.status_code, {name: part["state"] for name, part in answer.json()["parts"].items()}


def test_everything_is_there(anonymous):
    seen(ProcessKind.WORKER, "celery,operations")
    seen(ProcessKind.SCHEDULER)
    status, told = states(anonymous, "?strict")
    assert status == 200
    assert set(told.values()) == {"good"}


def test_without_workers_people_can_still_look(anonymous):
    status, told = states(anonymous)
    assert status == 200
    assert told["workers"] == told["carriers"] == told["scheduler"] == "bad"
    assert states(anonymous, "?strict")[0] == 503


def test_silence_is_absence(anonymous):
    seen(ProcessKind.WORKER, "celery", ago=AWAY + timedelta(seconds=1))
    seen(ProcessKind.SCHEDULER, ago=AWAY - timedelta(seconds=5))
    told = states(anonymous)[1]
    assert (told["workers"], told["scheduler"]) == ("bad", "good")


def test_the_dead_of_this_machine_are_not_waited_for(anonymous):
    here = processes.name_here().rpartition(":")[0]
    seen(ProcessKind.WORKER, "celery", name=f"{here}:{DEAD}")
    seen(ProcessKind.WORKER, "operations", name=f"{here}:{os.getpid()}")
    told = states(anonymous)[1]
    assert (told["workers"], told["carriers"]) == ("bad", "good")


def test_a_carrier_that_holds_a_lane_is_at_work(anonymous, cloud):
    until = timezone.now() + timedelta(seconds=20)
    Lane.objects.create(project=project_of(cloud), lease_owner="elsewhere:7:abc", lease_until=until)
    assert states(anonymous)[1]["carriers"] == "wait"


def test_without_database_it_is_not_ready(anonymous):
    def away(*_args):
        raise OperationalError("no route")

    with connection.execute_wrapper(away):
        status, told = states(anonymous)
    assert status == 503
    assert told == {"database": "bad"}


def test_without_broker_it_is_ready_and_says_so(anonymous, settings, monkeypatch):
    from console.celery import app

    monkeypatch.setitem(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setitem(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    status, told = states(anonymous)
    assert status == 200
    assert told["broker"] == "bad"


def test_a_process_tells_and_leaves():
    processes.tell(ProcessKind.WORKER, ["operations", "celery"])
    processes.tell(ProcessKind.WORKER, ["operations", "celery"])
    row = Process.objects.get()
    assert (row.queues, row.name) == ("celery,operations", processes.name_here())
    processes.leave(ProcessKind.WORKER)
    assert not Process.objects.exists()


def test_the_long_forgotten_are_cleared():
    seen(ProcessKind.WORKER, ago=processes.FORGOTTEN + timedelta(minutes=1))
    processes.tell(ProcessKind.SCHEDULER)
    assert list(Process.objects.values_list("kind", flat=True)) == ["scheduler"]


# --- figures ---------------------------------------------------------------------------------------------------------
def test_figures_of_requests_calls_and_rows(anonymous, cloud):
    from images.services.clouds import client_for

    project = project_of(cloud)
    client_for(project).images.raw_page(limit=1)
    anonymous.get("/healthz")
    text = anonymous.get("/metrics").content.decode()
    assert 'console_request_seconds_count{method="GET",status="200",view="images:healthz"}' in text
    assert 'operation="GET /v2/cloudimages"' in text
    assert f'console_sync_failing{{project="{project.name}",region="{project.region.name}"}} 0.0' in text
    assert "console_operation_items_open" in text


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/v2/images/3c1f5f0e-7a35-44a2-8d4f-000000000001/file", "PUT /v2/images/{}/file"),
        ("/v2/0123456789abcdef/images/some-id/tags/a%2Fb", "PUT /v2/{}/images/{}/tags/{}"),
        ("/", "PUT /{}"),
    ],
)
def test_no_id_becomes_a_label(path, operation):
    from images.services.metrics import operation_of

    assert operation_of("PUT", path) == operation


def test_figures_are_for_this_machine_or_for_who_has_the_token(anonymous, settings):
    assert anonymous.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert anonymous.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    settings.METRICS_TOKEN = "open-sesame"
    assert anonymous.get("/metrics").status_code == 403
    assert anonymous.get("/metrics", headers={"Authorization": "Bearer open-sesam"}).status_code == 403
    answer = anonymous.get("/metrics", headers={"Authorization": "Bearer open-sesame"}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 200


def test_a_log_line_for_machines(settings):
    """The handler as the settings make it, but for a stream of our own."""
    from logging.config import DictConfigurator

    from console.logs import RequestIdFilter
    from images.services.correlation import caused_by

    formatter = DictConfigurator({"version": 1}).configure_formatter(dict(settings.LOGGING["formatters"]["json"]))
    record = logging.LogRecord("images.ims", logging.WARNING, __file__, 1, "%s was not there", ("it",), None)
    with caused_by("req-12345678"):
        RequestIdFilter().filter(record)
    line = json.loads(formatter.format(record))
    assert (line["request_id"], line["level"], line["logger"]) == ("req-12345678", "WARNING", "images.ims")
    assert line["message"] == "it was not there"
