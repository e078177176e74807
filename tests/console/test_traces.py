"""Traces: one from a click to the call to the cloud, with nothing secret in it; and none unless somebody wants them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests import database
from tests.console.test_embedded import Running, child_of, free_port, signed_in
from tests.otlp import Collector, Got
from tests.sandbox_process import ROOT, wait_for

pytestmark = pytest.mark.process

KEY = "xK3-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2
OURS = {"SECRET_KEY": KEY, "DJANGO_SETTINGS_MODULE": "console.settings", "HTTPS": "false"}
SERVER, CLIENT, CONSUMER = 2, 3, 5


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


def python(var: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, in which the console's own settings hold and the suite's do not."""
    usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=ROOT,
        env={**usual, **OURS, "VAR_DIR": str(var), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


# --- off, unless -----------------------------------------------------------------------------------------------------
LOADED = """
import sys
import console.wsgi
from console.celery import app
app.loader.import_default_modules()
from django.conf import settings
from django.test import Client
status = Client(SERVER_NAME="localhost").get("/healthz").status_code
loaded = [name for name in sys.modules if name.startswith(("opentelemetry", "console.spans"))]
print(settings.TRACES, status, loaded)
"""


def test_off_by_default_and_nothing_of_it_is_imported(tmp_path):
    assert python(tmp_path, LOADED).stdout.strip() == "False 200 []"


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_switched_off_nothing_is_sent(tmp_path, collector, off):
    assert python(tmp_path, LOADED, **collector.environment, **off).stdout.strip() == "False 200 []"
    assert not collector.bytes()


def test_without_its_packages_the_start_says_what_to_install(tmp_path):
    missing = "import sys; sys.modules['opentelemetry'] = None; import console.wsgi"
    assert python(tmp_path, missing).returncode == 0
    refused = python(tmp_path, missing, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert refused.returncode == 1
    assert "OTEL_EXPORTER_OTLP_ENDPOINT wants traces" in refused.stderr
    assert "pip install --require-hashes -r requirements-traces.lock" in refused.stderr


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT must be an address"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be an address"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is http/protobuf"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is otlp or none"),
        ({"OTEL_SDK_DISABLED": "perhaps"}, "OTEL_SDK_DISABLED"),
    ],
)
def test_what_cannot_be_is_refused_at_start(tmp_path, said, words):
    refused = python(tmp_path, "import console.wsgi", **{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"} | said)
    assert refused.returncode == 1
    assert words in refused.stderr


# --- ids, sampling, and what goes out ---------------------------------------------------------------------------------
SPELLED = """
import django; django.setup()
from console.spans import span_of, trace_of
for cause in ("req-0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5bd9cb469fa16570867728950e", "0" * 32,
              "0f8fad5b-d9cb-469f-a165-70867728950e", "caller-17"):
    print(f"{trace_of(cause):032x}", bool(span_of(cause)))
"""


def test_the_trace_of_a_request_is_its_id_where_it_can_be(tmp_path):
    here, there = (
        [line.split(" ") for line in python(tmp_path, SPELLED, PUBLIC_URL=url).stdout.splitlines()]
        for url in ("https://one.example", "https://two.example")
    )
    assert [pair[0] for pair in here[:2]] == ["0f8fad5bd9cb469fa16570867728950e"] * 2
    assert all(re.fullmatch("[0-9a-f]{32}", trace) and int(trace, 16) and span == "True" for trace, span in here)
    assert not {*map(tuple, here[2:])} & {*map(tuple, there[2:])}, (
        "consoles that report to one place must not share traces of their operations"
    )


SAMPLED = """
import django; django.setup()
from django.http import HttpResponse
from django.test import RequestFactory
from opentelemetry import trace
from console import spans
from console.middleware import _new_id
seen = []
middleware = spans.SpanMiddleware(
    lambda request: seen.append(trace.get_current_span().get_span_context()) or HttpResponse()
)
for number in range(300):
    request = RequestFactory().get("/")
    request.resolver_match, request.request_id = None, _new_id()
    middleware(request)
    there = trace.get_current_span(spans._context_of(request.request_id)).get_span_context()
    assert (there.trace_id, there.span_id) == (seen[-1].trace_id, seen[-1].span_id)
    assert there.trace_flags.sampled == seen[-1].trace_flags.sampled
print(sum(one.trace_flags.sampled for one in seen))
"""


def test_a_carrier_decides_like_the_request_whether_it_is_recorded(tmp_path, collector):
    some = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5"}
    done = python(tmp_path, SAMPLED, **collector.environment, **some)
    assert done.returncode == 0, done.stderr
    sampled = int(done.stdout)
    assert 60 < sampled < 240, "half of them, give or take ten standard deviations"
    assert len(collector.spans()) == sampled


CALLED = """
import os
import django; django.setup()
from console import spans
from images.ims.transport import Call, Transport
from images.core.correlation import Threads, caused_by
spans.begin()
cloud = Transport(os.environ["CLOUD"], None)
with caused_by("req-0f8fad5b-d9cb-469f-a165-70867728950e", "edit send"):
    with Threads(1) as pool:
        pool.submit(cloud.send, Call("GET", "/v2/images/one", query=(("name", "hidden-name"),))).result()
"""


def test_the_cloud_hears_the_request_id_and_nothing_of_traces(tmp_path, collector):
    done = python(tmp_path, CALLED, CLOUD=collector.url, **collector.environment)
    assert done.returncode == 0, done.stderr
    [asked] = collector.asked
    assert not [name for name in asked if name in {"traceparent", "tracestate", "baggage", "b3"}]
    assert asked["x-request-id"].startswith("req-0f8fad5b-d9cb-469f-a165-70867728950e-")
    call, work = sorted(collector.spans(), key=lambda span: span.name != "GET 127.0.0.1")
    assert (call.trace, call.parent, call.kind) == ("0f8fad5bd9cb469fa16570867728950e", work.id, CLIENT)
    assert call.said["url.path"] == "/v2/images/one"
    assert call.said["console.request_id"] == asked["x-request-id"]
    assert b"hidden-name" not in collector.bytes()


MIGRATE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
STRANGER = """
import django; django.setup()
from django.test import Client
answer = Client(SERVER_NAME="localhost").get(
    "/accounts/password/reset/key/1-hidden-key/?next=hidden-query",
    headers={"traceparent": "00-11111111111111111111111111111111-2222222222222222-01"},
)
print(answer.status_code, answer["X-Request-Id"])
"""


def test_a_stranger_decides_no_ids_and_no_key_of_an_address_comes_out(tmp_path, collector):
    database.lay(tmp_path / "console.sqlite3")
    assert python(tmp_path, MIGRATE).returncode == 0
    done = python(tmp_path, STRANGER, **collector.environment)
    assert done.returncode == 0, done.stderr
    status, request_id = done.stdout.split()
    [asked] = [span for span in collector.spans() if span.kind == SERVER]
    assert asked.trace == request_id.removeprefix("req-").replace("-", "")
    assert asked.links == ("1" * 32,)
    assert not asked.parent
    assert asked.said["http.response.status_code"] == int(status)
    assert asked.name.startswith("GET /accounts/password/reset/key/")
    for hidden in (b"hidden-key", b"hidden-query"):
        assert hidden not in collector.bytes()


def test_a_collector_that_is_away_keeps_nobody_from_answering_or_leaving(tmp_path):
    away = f"http://127.0.0.1:{free_port()}"
    done = python(tmp_path, STRANGER.replace("/accounts/password/reset/key/1-hidden-key/", "/nothing/"),
                  OTEL_EXPORTER_OTLP_ENDPOINT=away)  # fmt: skip
    assert (done.returncode, done.stdout[:3]) == (0, "404"), done.stderr


# --- a pool that forks ------------------------------------------------------------------------------------------------
RING = """
import django; django.setup()
from django.http import HttpResponse
from django.test import RequestFactory
from console import spans
from images.core.wake import wake_up
request = RequestFactory().get("/")
request.resolver_match, request.request_id = None, "0f8fad5bd9cb469fa16570867728950e"
spans.SpanMiddleware(lambda request: wake_up("images.carry") or HttpResponse())(request)
"""


@pytest.mark.slow
def test_each_process_of_a_pool_reports_also_what_it_did_last(tmp_path, collector):
    """Workers fork unless they are told otherwise. Here spans leave after ten minutes, or when the process ends."""
    later = collector.environment | {"OTEL_BSP_SCHEDULE_DELAY": "600000"}
    database.lay(tmp_path / "console.sqlite3")
    assert python(tmp_path, MIGRATE).returncode == 0
    rung = python(tmp_path, RING, **later)
    assert rung.returncode == 0, rung.stderr
    waiting = tmp_path / "broker" / "messages"
    assert len(list(waiting.iterdir())) == 1
    usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-W", "ignore", "-m", "celery", "--app=console", "worker", "--queues=operations"]
    with (tmp_path / "worker.log").open("w") as log:
        worker = subprocess.Popen(
            [*command, "--pool=prefork", "--concurrency=1"],
            cwd=ROOT, env={**usual, **OURS, "VAR_DIR": str(tmp_path), **later}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(lambda: not list(waiting.iterdir()), 120)
        worker.terminate()  # what it has taken it still does
        worker.wait(120)
    finally:
        worker.kill()
        worker.wait()
    [task] = [span for span in collector.spans() if span.kind == CONSUMER]
    [asked] = [span for span in collector.spans() if span.kind == SERVER]
    assert (task.name, task.trace, task.parent) == ("images.carry", "0f8fad5bd9cb469fa16570867728950e", asked.id)
    assert task.process["process.pid"] not in {worker.pid, asked.process["process.pid"]}


# --- from a click to the cloud ----------------------------------------------------------------------------------------
@pytest.fixture
def console(tmp_path: Path, collector: Collector) -> Iterator[Running]:
    running = Running(tmp_path, **collector.environment, LOG_FORMAT="json")
    yield running
    if running.process.poll() is None:
        family = running.family()
        running.process.terminate()
        running.process.communicate(timeout=120)
        psutil.wait_procs(family, timeout=60)


@pytest.mark.lane
def test_one_trace_leads_from_a_click_over_the_carrier_to_the_cloud(console: Running, collector: Collector, tmp_path):
    password = console.lines()[1].split(" ")[2]
    session = signed_in(console.url, "admin", password)
    request_id = wait_for(lambda: _renamed(console.url, session, "hidden-new-name"), 120)
    trace = request_id.removeprefix("req-").replace("-", "")

    def found(kind: int, **said: str) -> Got | None:
        ours = (span for span in collector.spans() if span.trace == trace and span.kind == kind)
        return next((span for span in ours if said.items() <= span.said.items()), None)

    call = wait_for(lambda: found(CLIENT, **{"http.request.method": "PATCH"}))
    rung = wait_for(lambda: found(CONSUMER))
    click = wait_for(lambda: found(SERVER))
    by_id = {span.id: span for span in collector.spans() if span.trace == trace}
    work = by_id[call.parent]
    assert (work.name, work.parent, click.parent) == ("edit send", click.id, "")
    assert (rung.name, rung.parent, "ring" in click.events) == ("images.carry", click.id, True)
    assert click.said["console.request_id"] == work.said["console.request_id"] == request_id

    web, carrier = child_of(console, "web"), child_of(console, "carrier")
    assert click.process["process.pid"] in {one.pid for one in web.children()}
    assert call.process["process.pid"] == carrier.pid
    assert {span.process["service.name"] for span in by_id.values()} == {"image-console"}
    # the third process answered that very call, and the log has the same ids
    assert call.said["server.port"] == console.sandbox_port
    assert call.said["http.response.status_code"] == 200
    assert call.said["console.request_id"].startswith(f"{request_id}-")
    lines = [json.loads(line) for line in (tmp_path / "log" / "carrier.log").read_text().splitlines()]
    assert [line for line in lines if line["trace_id"] == trace and call.said["console.request_id"] in line["message"]]

    sql = [span for span in by_id.values() if "db.query.text" in span.said]
    assert [span for span in sql if "images_operation" in span.said["db.query.text"]]
    cookies = [value for value in session.cookies.get_dict().values() if len(value) > 20]
    assert len(cookies) >= 2
    for hidden in (password, "hidden-new-name", *cookies):
        assert hidden.encode() not in collector.bytes()


def _renamed(url: str, session: requests.Session, name: str) -> str:
    """The id of the request with which somebody gave an image another name; "" as long as there is none."""
    listed = session.get(f"{url}/images/", params={"q": "type:private status:active"}, timeout=60).text
    for pk in re.findall(r'href="/images/(\d+)/', listed):
        field = f"{url}/images/{pk}/field/?name=name"
        page = session.get(field, timeout=60)
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        if page.status_code == 200 and "name" in form:
            answer = session.post(field, form | {"name": name}, timeout=60, allow_redirects=False)
            return answer.headers["X-Request-Id"] if answer.status_code < 400 else ""
    return ""
