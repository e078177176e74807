"""From each earlier release to this code, with 100,000 images, while people work and an operation is under way.

Nobody gets an error, nobody waits for the database longer than a second, and what was asked for is done once.
"""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
import urllib3

from tests.deploy.locks import Locks
from tests.deploy.proxy import Proxy, nginx
from tests.deploy.webs import environment, manage, web
from tests.glance.service import free_port
from tests.postgres import postgres
from tests.redis_program import redis_program
from tests.releases import Release, has_code_of, releases_before
from tests.sandbox_process import ROOT, SandboxProcess, wait_for

pytestmark = [
    pytest.mark.lane(minutes=4),
    pytest.mark.postgres,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]
IMAGES = 100_000
COPIES = 300
#: What the old code runs in its own folder: _SET_UP, then what it needs from where that release has it, then _PREPARE.
_SET_UP = """
import django
django.setup()
"""
_LAYERS = """
from images.enums import ActKind as Kind, Role
from images.models import Image, Project
from images.services.operations import Target, write
from images.services.sync import sync_holder
from tests.clouds import account_of, attached, project_of
"""
_ROOMS = """
from images.access.enums import Role
from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.clouds.models import Project
from images.operations.enums import ActionKind as Kind
from images.operations.services import Target, write
from tests.clouds.projects import account_of, attached, project_of
"""
_PREPARE = """
import json, sys
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from tests.bench import list_multiply
from tests.conftest import person
call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
said = json.loads(sys.stdin.read())
list_multiply.fill(said["images"])
Project.objects.update(enabled=False)  # they are in no cloud
with connection.cursor() as cursor:
    cursor.execute("VACUUM ANALYZE")
sandbox = attached(said["sandbox"])
project = project_of(sandbox, account_of(sandbox, "upgraded"))
sync_holder(project.region)
sync_holder(project)
Project.objects.update(enabled=True)
actor = person("upgrader", Role.VIEWER, Role.OPERATOR)
images = list(Image.objects.filter(project=project, image_id__in=said["sources"]))
names = [f"upgrade-copy-{number}" for number in range(len(images))]
targets = [Target(project, one, one.name, {"name": name}, one.image_id) for one, name in zip(images, names)]
operation = write(actor=actor, kind=Kind.COPY, targets=targets, key="upgrade", projects=[project])
client = Client()
client.force_login(actor)
session = client.cookies[settings.SESSION_COOKIE_NAME].value
print(json.dumps({"session": session, "operation": operation.pk, "names": names}))
"""


@pytest.fixture(params=releases_before(), ids=lambda release: release.version)
def release(request) -> Release:
    """One whose code this clone has. Of a history that was gathered into fewer commits one release at least is left."""
    at_hand = [release for release in releases_before() if has_code_of(release)]
    assert at_hand, "this clone has the code of no release: it may be a shallow one"
    if request.param not in at_hand:
        pytest.skip(f"this history has no commit {request.param.commit}")
    return request.param


@pytest.fixture
def old_code(release, tmp_path_factory) -> Path:
    packed = subprocess.run(["git", "archive", release.commit], cwd=ROOT, capture_output=True, check=True)
    folder = tmp_path_factory.mktemp("release")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [redis_program(), "--port", str(port), "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield port
        finally:
            process.terminate()


@contextmanager
def celery(given: Mapping[str, str], log: Path, code: Path, *words: str) -> Iterator[None]:
    """One process of docs/deploy.md; ended as systemd does: it is asked to, and after a minute made to."""
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "console", *words]
    with (
        log.open("ab") as out,
        subprocess.Popen(command, cwd=code, env=dict(given), stdout=out, stderr=out, start_new_session=True) as process,
    ):
        try:
            yield
        finally:
            assert process.poll() is None, log.read_text()[-3000:]
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(60)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def workers(given: Mapping[str, str], folder: Path, code: Path) -> Iterator[None]:
    carrier = ("worker", "--queues", "operations", "--hostname", f"operations-{code.name}@%h", "--concurrency", "1")
    with (
        celery(given, folder / "worker.log", code, "worker", "--hostname", f"{code.name}@%h", "--concurrency", "1"),
        celery(given, folder / "carrier.log", code, *carrier),
        celery(given, folder / "scheduler.log", code, "beat", "--pidfile="),
    ):
        yield


class People:
    """Some of them, who look and write all the time; every answer is kept."""

    PAGES = (
        "/",
        "/images/",
        "/images/?q=status:active",
        "/images/?page=1999",
        "/sharing/in/",
        "/operations/",
        "/readyz",
    )

    def __init__(self, proxy: Proxy, session: str) -> None:
        self._proxy = proxy
        self._cookie = f"sessionid={session}; __Host-sessionid={session}"
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._look, args=(place,)) for place in range(3)]
        self._threads.append(threading.Thread(target=self._write))
        self.answers: Counter[tuple[str, int]] = Counter()
        self.bad: list[str] = []
        self.slowest = 0.0

    def __enter__(self) -> "People":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(120)

    def _look(self, place: int) -> None:
        while not self._ended.is_set():
            path = self.PAGES[place % len(self.PAGES)]
            place += 1
            self._note("GET", path, self._cookie)

    def _write(self) -> None:
        """Changes of one's theme: a form with its token, as often as a hasty person."""
        token = "a" * 32
        body = urlencode({"theme": "dark", "csrfmiddlewaretoken": token}).encode()
        cookie = f"{self._cookie}; csrftoken={token}; __Host-csrftoken={token}"
        while not self._ended.wait(0.2):
            self._note("POST", "/preferences/theme/", cookie, body)

    def _note(self, method: str, path: str, cookie: str, body: bytes | None = None) -> None:
        began = time.monotonic()
        kind = {"Content_Type": "application/x-www-form-urlencoded", "Origin": self._proxy.url} if body else {}
        try:
            status = self._proxy.ask(method, path, body, Cookie=cookie, Connection="close", **kind).status
        except urllib3.exceptions.HTTPError as error:
            self.bad.append(f"{method} {path}: {error}")
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[path, status] += 1
        if status >= 500:
            self.bad.append(f"{method} {path}: {status}")


def test_from_an_earlier_release_without_a_break(release, old_code, tmp_path, record_testsuite_property):
    with ExitStack() as stack:
        url = stack.enter_context(postgres())
        broker = f"redis://127.0.0.1:{stack.enter_context(redis(tmp_path))}"
        sandbox = stack.enter_context(SandboxProcess(tmp_path, images=400, speed=4.0, latency=0.3))
        given = environment(
            tmp_path,
            DATABASE_URL=url,
            BROKER_URL=f"{broker}/0",
            CACHE_URL=f"{broker}/1",
            STATIC_DIR=str(tmp_path / "cache" / "static"),
        )
        facts = prepared(given, old_code, sandbox)
        ports = free_port(), free_port()
        olds = [stack.enter_context(ExitStack()) for _port in ports]
        for port, old in zip(ports, olds, strict=True):
            old.enter_context(web(given, port, tmp_path / f"web-{port}.log", old_code))
        old_workers = stack.enter_context(ExitStack())
        # a call a second, so that the operation is under way however long the upgrade takes
        old_workers.enter_context(workers(given | {"OPERATION_RATE": "1"}, tmp_path, old_code))
        proxy = stack.enter_context(nginx(tmp_path, ports, tmp_path / "cache"))
        people = stack.enter_context(People(proxy, facts["session"]))
        locks = stack.enter_context(Locks(url))
        wait_for(lambda: 2 <= done(url, facts["operation"]) < COPIES - 10, 120)

        manage(given, "upgrade")
        assert done(url, facts["operation"]) < COPIES, "the operation was over too early to be one that is under way"
        for port, old in zip(ports, olds, strict=True):
            if release.version == "0.1.0":  # which needs it (docs/deploy.md)
                proxy.ask_only([other for other in ports if other != port])
            old.close()
            old.enter_context(web(given, port, tmp_path / f"web-{port}.log"))
            proxy.ask_only(ports)
        for port, new in zip(ports, olds, strict=True):  # and from here on without a word to nginx
            new.close()
            new.enter_context(web(given, port, tmp_path / f"web-{port}.log"))
        old_workers.close()
        stack.enter_context(workers(given, tmp_path, ROOT))

        wait_for(lambda: done(url, facts["operation"]) == COPIES, 300)
        people.__exit__()
        locks.__exit__()
        assert people.bad == []
        assert min(people.answers[path, 200] for path in People.PAGES) > 0, people.answers
        assert people.answers["/preferences/theme/", 302] > 0, people.answers
        assert locks.deadlocks == 0
        assert locks.longest < 1.0, locks.who
        made = Counter(image["name"] for image in sandbox.dump(sandbox.env["IMS_PROJECT_ID"])["images"])
        assert [made[name] for name in facts["names"]] == [1] * COPIES
        record_testsuite_property("slowest answer", people.slowest)
        record_testsuite_property("longest wait for a lock", locks.longest)


def prepared(given: Mapping[str, str], old_code: Path, sandbox: SandboxProcess) -> dict:
    project = sandbox.env["IMS_PROJECT_ID"]
    sandbox.admin("PUT", "quota", {"project": project, "quota": 10_000})
    sources = sandbox.create_images(project, count=COPIES, name="upgrade-source")
    said = json.dumps({"images": IMAGES, "sources": sources, "sandbox": sandbox.base_url})
    imports = _ROOMS if (old_code / "images" / "operations").is_dir() else _LAYERS
    command = [sys.executable, "-W", "ignore", "-c", _SET_UP + imports + _PREPARE]
    made = subprocess.run(
        command, cwd=old_code, env=dict(given), input=said, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr[-4000:]
    return json.loads(made.stdout.splitlines()[-1])


def done(url: str, operation: int) -> int:
    """Items of the operation that are done; one that ends otherwise ends the test."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT state, count(*) FROM images_operationitem WHERE operation_id = %s GROUP BY state", [operation]
        )
        states = dict(rows.fetchall())
    assert not set(states) & {"failed", "unknown", "refused"}, states
    return states.get("done", 0)
