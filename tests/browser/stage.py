"""The console as people run it, for stories that kill a part of it: web server, carrier and sandbox are processes of
their own on a database in a file.

As a program (`python -m tests.browser.stage SANDBOX`) it fills that database: an operator who is signed in, and the
sandbox's first project with its images; it prints the operator's session.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.chaos.trouble import Processes, free_port
from tests.sandbox_process import ROOT, SandboxProcess, wait_for


@dataclass(frozen=True)
class Stage:
    """What is running. `processes` has "web" and "plain", the carrier."""

    url: str
    cookie: dict[str, str]
    project: int
    #: An image that can be copied: its number here, and its ID at the sandbox.
    image: int
    image_id: str
    processes: Processes
    sandbox: SandboxProcess


@contextmanager
def stage(folder: Path, *, speed: float) -> Iterator[Stage]:
    """`speed`: how many seconds of a job of the sandbox pass in one second."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with SandboxProcess(folder, images=8, speed=speed) as sandbox:
        environment = {
            "PATH": "/usr/bin:/bin",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "TEST_VAR_DIR": str(folder / "var"),
            "TEST_DATABASE_URL": f"sqlite:///{folder / 'console.sqlite3'}",
        }
        command = [sys.executable, "-W", "ignore", "-m", "tests.browser.stage", sandbox.base_url]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        with Processes(folder, environment) as processes:
            processes.start("plain")
            processes.start("web", f"--bind=127.0.0.1:{port}")
            wait_for(lambda: _answers(url))
            yield Stage(url, {**said["cookie"], "url": url}, said["project"], *said["image"], processes, sandbox)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        time.sleep(0.1)
        return False


def fill(sandbox: str) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from images.cache.services.sync import sync_holder
    from images.operations.rules.actions import can_copy
    from tests import database
    from tests.clouds.projects import attached, project_of
    from tests.conftest import person

    database.lay(Path(settings.DATABASES["default"]["NAME"]))
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    operator = person("operator", is_staff=True)
    project = project_of(attached(sandbox))
    sync_holder(project)
    client = Client()
    client.force_login(operator)
    own = project.images.filter(owner=project.project_id, key_id="").order_by("pk")
    image = next(image for image in own if can_copy(image))
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value}
    print(json.dumps({"cookie": cookie, "project": project.pk, "image": [image.pk, image.image_id]}))  # noqa: T201 # what the test reads


if __name__ == "__main__":
    fill(sys.argv[1])
