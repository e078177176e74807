"""What machines that watch this one are told: alive, ready, and the figures."""

import json
import logging
import re
from collections import namedtuple
from datetime import timedelta

import pytest
import requests
from django.db import OperationalError, connection
from django.utils import timezone

from console.heartbeat import serve_figures
from images.core import processes
from images.core.enums import ProcessKind, RemarkKind
from images.core.models.process import Process
from images.core.models.remark import Remark
from images.core.remarks import note
from images.operations.models.operation import Lane
from images.system.services import doctor
from images.system.services.health import AWAY, KEEPS_DYING
from tests.cache.test_leases import WRONG, set_clock
from tests.clouds.projects import project_of
from tests.core.test_process_identity import Other
from tests.glance.service import free_port

pytestmark = pytest.mark.django_db
BEARER = {"Authorization": "Bearer open-sesame"}


def seen(kind: ProcessKind, queues: str = "", ago: timedelta = timedelta(), name: str = "elsewhere:1") -> None:
    now = timezone.now()
    Process.objects.create(kind=kind, queues=queues, name=name, version="1", started_at=now, seen_at=now - ago)


def states(client, query: str = "") -> tuple[int, dict[str, str]]:
    answer = client.get(f"/readyz{query}")
    return answer.status_code, {name: part["state"] for name, part in answer.json()["parts"].items()}


def test_everything_is_there(anonymous):
    seen(ProcessKind.WORKER, "celery,operations,deliveries")
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


def test_the_dead_of_this_machine_are_not_waited_for(anonymous, settings):
    with Other(settings) as killed:
        killed.kill()
    seen(ProcessKind.WORKER, "celery", name=f"{killed.name}@here:{killed.pid}")
    seen(ProcessKind.WORKER, "operations", name=processes.name_here())
    told = states(anonymous)[1]
    assert (told["workers"], told["carriers"]) == ("bad", "good")


def test_two_of_one_host_name_and_number_are_two(monkeypatch):
    """As in two pods; of each it is known whether it is there."""
    for name in ("a" * 20, "b" * 20):
        monkeypatch.setattr(processes.process_identity, "own", lambda name=name: name)
        processes.report_alive(ProcessKind.WORKER, ["operations"])
    assert Process.objects.count() == 2


@pytest.mark.parametrize("ahead", WRONG, ids=str)
def test_signs_of_life_by_a_wrong_clock(anonymous, monkeypatch, ahead):
    """They count by the database's clock, and tell how wrong the other is."""
    with monkeypatch.context() as wrong:
        set_clock(wrong, ahead)
        processes.report_alive(ProcessKind.SCHEDULER)
    row = Process.objects.get()
    assert abs(timezone.now() - row.seen_at) < timedelta(minutes=1)
    assert row.clock_ahead == pytest.approx(ahead.total_seconds(), abs=60)
    assert states(anonymous)[1]["scheduler"] == "good"


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
    processes.report_alive(ProcessKind.WORKER, ["operations", "celery"])
    processes.report_alive(ProcessKind.WORKER, ["operations", "celery"])
    row = Process.objects.get()
    assert (row.queues, row.name) == ("celery,operations", processes.name_here())
    processes.leave(ProcessKind.WORKER)
    assert not Process.objects.exists()


def test_the_long_forgotten_are_cleared():
    seen(ProcessKind.WORKER, ago=processes.FORGOTTEN + timedelta(minutes=1))
    processes.report_alive(ProcessKind.SCHEDULER)
    assert list(Process.objects.values_list("kind", flat=True)) == ["scheduler"]


# --- figures ---------------------------------------------------------------------------------------------------------
def test_figures_of_requests_calls_and_rows(anonymous, cloud, settings):
    from images.clouds.services.clients import client_for

    project = project_of(cloud)
    client_for(project).images.raw_page(limit=1)
    anonymous.get("/healthz")
    settings.METRICS_TOKEN = "open-sesame"
    text = anonymous.get("/metrics", headers=BEARER).content.decode()
    assert 'console_request_seconds_count{method="GET",status="200",view="images:healthz"}' in text
    assert 'operation="GET /v2/cloudimages"' in text
    labels = {"account": project.account.name, "region": project.region.name, "project": project.name}
    told = ",".join(f'{name}="{value}"' for name, value in sorted({**labels, "project_id": project.project_id}.items()))
    assert f"console_sync_failing{{{told}}} 0.0" in text
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
    from images.core.metrics import operation_of

    assert operation_of("PUT", path) == operation


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
                                    {"Authorization": "Bearer None"}, {"X-Forwarded-For": "127.0.0.1"}])  # fmt: skip
@pytest.mark.parametrize("behind", [0, 1])
def test_figures_are_closed_unless_a_token_opens_them(header, behind, anonymous, settings):
    """S4: behind a proxy that sets no header everybody comes from this machine."""
    settings.PROXY_COUNT = behind
    settings.METRICS_TOKEN = ""
    assert anonymous.get("/metrics", headers=header, REMOTE_ADDR="127.0.0.1").status_code == 403
    settings.METRICS_TOKEN = "open-sesame"
    assert anonymous.get("/metrics", headers=header, REMOTE_ADDR="127.0.0.1").status_code == 403
    assert anonymous.get("/metrics", headers={"Authorization": "Bearer open-sesam"}).status_code == 403
    assert anonymous.get("/metrics", headers=BEARER, REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.mark.parametrize("given", ["", "open-sesame"])
def test_a_worker_serves_its_figures_to_who_has_the_token(given, settings):
    settings.METRICS_TOKEN = given
    server = serve_figures(free_port())
    try:
        url = f"http://127.0.0.1:{server.server_port}/metrics"
        assert requests.get(url, timeout=10).status_code == 403
        answer = requests.get(url, headers=BEARER, timeout=10)
    finally:
        server.shutdown()
        server.server_close()
    assert answer.status_code == (200 if given else 403)
    assert ("console_request_seconds" in answer.text) == bool(given)


def test_headers_that_the_proxy_does_not_set_are_told(client, settings):
    """S4: the web process sees it, doctor is another process."""
    settings.PROXY_COUNT = 1
    client.get("/readyz")
    assert not Remark.objects.exists(), "probes come past the proxy"
    whole = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    client.get("/accounts/login/", headers=whole)
    assert not Remark.objects.exists()
    for _ in range(2):
        client.get("/accounts/login/", headers=whole | {"X-Forwarded-For": ""})
    assert list(Remark.objects.values_list("name", "count")) == [("X-Forwarded-For", 1)], "not with each request"
    client.get("/accounts/login/")
    told = [finding for finding in doctor.examine() if finding.about == "Proxy"]
    assert {finding.tone for finding in told} == {"wait"}
    assert ["X-Forwarded-For" in told[0].sentence + told[1].sentence, len(told)] == [True, 2]


def test_without_a_proxy_no_header_is_missed(client, settings):
    settings.PROXY_COUNT = 0
    client.get("/accounts/login/")
    assert not Remark.objects.exists()


def test_a_log_line_for_machines(settings):
    """The handler as the settings make it, but for a stream of our own."""
    from logging.config import DictConfigurator

    from console.logs import RequestIdFilter
    from images.core.correlation import caused_by

    formatter = DictConfigurator({"version": 1}).configure_formatter(dict(settings.LOGGING["formatters"]["json"]))
    record = logging.LogRecord("images.ims", logging.WARNING, __file__, 1, "%s was not there", ("it",), None)
    with caused_by("req-12345678"):
        RequestIdFilter().filter(record)
    line = json.loads(formatter.format(record))
    assert (line["request_id"], line["level"], line["logger"]) == ("req-12345678", "WARNING", "images.ims")
    assert line["message"] == "it was not there"


# --- what processes noticed ------------------------------------------------------------------------------------------
def noticed(client, query: str = "") -> tuple[int, dict[str, dict[str, str]]]:
    answer = client.get(f"/readyz{query}")
    return answer.status_code, answer.json()["parts"]


def test_a_process_that_was_started_again_is_told_and_wakes_nobody(anonymous):
    seen(ProcessKind.WORKER, "celery,operations,deliveries")
    seen(ProcessKind.SCHEDULER)
    note(RemarkKind.CHILD, "carrier", "Traceback …")
    status, parts = noticed(anonymous, "?strict")
    assert (status, parts["process-carrier"]["state"]) == (200, "wait")
    assert re.fullmatch(r"It ended by itself once, \d+ seconds? ago, and was started again\.",
                        parts["process-carrier"]["says"])  # fmt: skip
    assert parts["process-carrier"]["measure"].endswith("/log/carrier.log.")
    for _ in range(KEEPS_DYING - 1):
        note(RemarkKind.CHILD, "carrier")
    status, parts = noticed(anonymous, "?strict")
    assert (status, parts["process-carrier"]["state"]) == (503, "bad")
    assert noticed(anonymous)[0] == 200


def test_messages_that_cannot_be_read_are_told_for_a_day(anonymous):
    for _ in range(3):
        note(RemarkKind.MESSAGE, "operations", "half")
    assert noticed(anonymous)[1]["messages-operations"]["says"].startswith("3 messages in queue operations could not")
    Remark.objects.update(seen_at=timezone.now() - timedelta(days=1, minutes=1))
    assert "messages-operations" not in noticed(anonymous)[1]
    note(RemarkKind.MESSAGE, "operations", "half")
    assert noticed(anonymous)[1]["messages-operations"]["says"].startswith("A message in queue operations")
    assert Remark.objects.count() == 1


def test_administrators_see_it_on_the_first_page_and_doctor_tells(as_admin):
    seen(ProcessKind.WORKER, "celery,operations,deliveries")
    note(RemarkKind.CHILD, "worker", "Traceback …")
    page = as_admin.get("/dashboard/console/").content.decode()
    assert "Process worker" in page
    assert "started again" in page
    assert any("Process worker" in finding.about and finding.tone == "wait" for finding in doctor.examine())


def test_without_a_database_nothing_is_noted_and_nobody_is_held_up(caplog):
    def away(*_args):
        raise OperationalError("no route")

    with connection.execute_wrapper(away):
        note(RemarkKind.MESSAGE, "operations")
    assert "not noted" in caplog.text


@pytest.mark.parametrize(("free", "tone"), [(50, "good"), (9, "wait"), (1, "bad")])
def test_doctor_looks_at_the_room_on_disk(free, tone, monkeypatch):
    monkeypatch.setattr(
        "shutil.disk_usage", lambda _folder: namedtuple("usage", "total used free")(100, 100 - free, free)
    )
    assert {finding.tone for finding in doctor.room()} == {tone}
    assert all(bool(finding.measure) == (tone != "good") for finding in doctor.room())
