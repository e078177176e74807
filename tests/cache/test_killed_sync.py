"""SIGKILL at twenty random moments of synchronisations, first and later: afterwards one makes the cache equal.

On SQLite, and with TEST_DATABASE_URL (tests/on_postgres.py) in a database of its own on that server.
"""

import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.cache.zygote import Zygote
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.also_on_postgres

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20
IMAGES = 4000
#: Runs in a process of its own against the killed database: is the cache what the sandbox holds?
CHECK = """
import django; django.setup()
import sys
from images.models import Posting, Project
from pyroaring import BitMap
from images.cache.services import index
from tests.clouds.projects import attached, in_cache, in_index, in_sandbox, public_in_sandbox

def bitmaps():
    held = Posting.objects.filter(count__gt=0)
    return {(row.field, row.value): BitMap.deserialize(bytes(row.bitmap)) for row in held}

sandbox = attached(sys.argv[1])
for project in Project.objects.select_related("region"):
    assert in_cache(project) == in_sandbox(sandbox, project), project
    assert in_index(project) == set(in_cache(project)), project
    assert in_cache(project.region) == public_in_sandbox(sandbox, project), project.region
before = bitmaps()
index.rebuild()
assert bitmaps() == before
print("equal", sum(len(in_cache(project)) for project in Project.objects.all()))
"""
PREPARE = """
import django; django.setup()
import sys
from tests.clouds.projects import attached, project_of
project_of(attached(sys.argv[1]))
"""


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The address of an empty database that is nobody else's."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server.startswith("postgres"):
        folder.mkdir(exist_ok=True)
        yield f"sqlite:///{folder / 'cache.sqlite3'}"
        return
    name = f"killed_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # a killed process may still be connected


@pytest.mark.lane
def test_killed_at_twenty_moments(tmp_path):
    with database(tmp_path) as measured, database(tmp_path / "killed") as url:
        kill_and_compare(tmp_path, measured, url)


def kill_and_compare(tmp_path: Path, measured: str, url: str) -> None:
    """`measured` takes one whole synchronisation, for its time; `url` is the database that suffers."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_URL": measured,
        "TEST_VAR_DIR": str(tmp_path / "var"),
        "PYTHONPATH": str(ROOT),
    }

    def run(*command: str) -> str:
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
        return done.stdout

    rng = random.Random(os.environ.get("KILL_SEED", "1"))
    with SandboxProcess(tmp_path, images=IMAGES) as sandbox:
        with Zygote(environment) as zygote:
            zygote.run("migrate", "--verbosity=0")
            run(sys.executable, "-W", "ignore", "-c", PREPARE, sandbox.base_url)
            whole = timed(lambda: zygote.run("sync", "--full"))
        environment["TEST_DATABASE_URL"] = url
        with Zygote(environment) as zygote:
            zygote.run("migrate", "--verbosity=0")
            run(sys.executable, "-W", "ignore", "-c", PREPARE, sandbox.base_url)
            kill_often(zygote, sandbox, rng, whole)
            zygote.run("sync", "--full")
        assert run(sys.executable, "-W", "ignore", "-c", CHECK, sandbox.base_url).startswith("equal")


def kill_often(zygote: Zygote, sandbox: SandboxProcess, rng: random.Random, whole: float) -> None:
    killed = tries = 0
    while killed < KILLS:
        tries += 1
        assert tries <= 5 * KILLS, "the moments must lie inside the synchronisation"
        began = time.monotonic()
        if zygote.kill_after(rng.uniform(0.02, 0.95) * whole, "sync", "--full"):
            killed += 1
        else:
            whole = time.monotonic() - began  # the machine is less busy than when we measured
        disturb(sandbox, rng, tries)


def timed(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def disturb(sandbox: SandboxProcess, rng: random.Random, number: int) -> None:
    """The world goes on meanwhile: images come, change and go."""
    project = sandbox.env["IMS_PROJECT_ID"]
    new = sandbox.create_images(project, count=40, name=f"round-{number}")
    images = sandbox.dump(project)["images"]
    for image in rng.sample(images, 60):
        sandbox.patch_image(image["id"], name=f"changed-{number}-{rng.randrange(1000)}")
    for image_id in new[:10]:
        sandbox.delete_image(image_id)
