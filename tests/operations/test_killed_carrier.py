"""A carrier dies, at named points and by SIGKILL at random moments; with the next one every effect is there once."""

import os
import subprocess
import sys
import uuid

import pytest

from images.cache.models.image import Image
from images.operations.enums import ActionKind, ItemState
from images.operations.models.operation import OperationItem
from images.operations.services import executor, jobs, results
from tests.clouds.projects import in_cache, in_sandbox
from tests.operations.fixtures import carried
from tests.sandbox_process import ROOT

pytestmark = pytest.mark.also_on_postgres


class Died(BaseException):
    """The process is gone at this line."""


def die(*_arguments, **_more):
    raise Died


def after(function):
    """The line behind the function is never reached."""

    def dying(*arguments, **more):
        function(*arguments, **more)
        raise Died

    return dying


#: What the process never came to do, by the line at which it died.
POINTS = {
    "before anything is written": (executor.Executor, "_send", die),
    "written that it goes out, not sent": (executor.Executor, "_fly", die),
    "answered, not written": (executor.Executor, "_write", die),
    "cache written, not committed": (results, "bring_to_cache", after(results.bring_to_cache)),
    "all written, not committed": (results, "write", after(results.write)),
    "asked about the job, not written": (jobs, "update", die),
}

ACTS = {
    "copy": lambda mark: (ActionKind.COPY, {"item": {"name": mark}}),
    "metadata": lambda mark: (ActionKind.METADATA, {"name": mark, "item": {"fields": {"name": mark}}}),
    "edit": lambda mark: (ActionKind.EDIT, {"item": {"changes": [{"attribute": "__description", "value": mark}]}}),
    "delete": lambda _mark: (ActionKind.DELETE, {}),
}


def effects(act: str, mark: str, image_id: str, world: dict) -> int:
    """How often the effect is at the service."""
    document = world.get(image_id, ("", {}))[1]
    if act == "edit":
        return document["__description"] == mark
    if act == "delete":
        return not document
    return sum(one["name"] == mark for _state, one in world.values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("point", "act"),
    [(point, act) for point in POINTS for act in ACTS if act == "copy" or not point.startswith("asked")],
)
def test_died_at(point, act, sandbox, project, ask, monkeypatch):
    mark = f"crash-{uuid.uuid4().hex}"
    kind, asked = ACTS[act](mark)
    free = Image.objects.filter(project=project, status="active", protected=False, whole_image=False, member_status="")
    image = None if "name" in asked else free.exclude(env_type="IsoImage").filter(key_id="").first()
    operation = ask(kind, *([image] if image else []), **asked)
    where, name, instead = POINTS[point]
    with monkeypatch.context() as patched:
        patched.setattr(where, name, instead)
        with pytest.raises(Died):
            executor.execute(30.0)
    carried(operation)
    item = OperationItem.objects.get(operation=operation)
    assert (item.state, item.error) == (ItemState.DONE, "")
    world = in_sandbox(sandbox, project)
    assert effects(act, mark, image.image_id if image else "", world) == 1
    assert in_cache(project) == world


@pytest.mark.lane
def test_killed_at_random_moments(tmp_path):
    """On SQLite, and with TEST_DATABASE_URL in a database of its own on that server."""
    options = ["--plain", "--operations=15", "--every=2", "--limit=420", "--first=7"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-m", "tests.chaos", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
