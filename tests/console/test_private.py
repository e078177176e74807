"""What our processes write is readable by their own account alone, with the umask that machines come with."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from console.private import mend, own, too_open
from tests import database

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
KEY = "only-for-the-test-suite-0123456789-abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "var"
    database.lay(folder / "console.sqlite3")
    done = manage(folder, "migrate")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def var(made, tmp_path) -> Path:
    """As an earlier version left it: readable by all."""
    folder = tmp_path / "var"
    shutil.copytree(made, folder)
    for name in ("broker/messages", "log", "static/css"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("celerybeat-schedule.old", "log/web.log", "static/css/a.css"):
        (folder / name).touch()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def environment(var: Path) -> dict[str, str]:
    usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **usual,
        "VAR_DIR": str(var),
        "SECRET_KEY": KEY,
        "HTTPS": "false",
        "DJANGO_SETTINGS_MODULE": "console.settings",
    }


def names(var: Path) -> set[str]:
    return {path.relative_to(var).as_posix() for path in too_open([var])}


@contextmanager
def running(var: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment(var),
        umask=0o022,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def wait(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not ready():
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.1)


def manage(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(var),
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )


def test_commands_mend_what_is_open_and_make_what_is_private(var):
    """Case S6."""
    assert names(var)
    assert manage(var, "migrate").returncode == 0
    assert manage(var, "collectstatic", "--noinput").returncode == 0
    assert (var / "static" / "css" / "tokens.css").exists()
    assert names(var) == set()
    assert (var / "console.sqlite3").stat().st_mode & 0o777 == 0o600
    assert var.stat().st_mode & 0o777 == 0o700


def test_web_processes_write_privately(var):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def answers() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 200
        except requests.ConnectionError:
            return False

    with running(var, "gunicorn", "console.wsgi", f"--bind=127.0.0.1:{port}", "--threads=2") as process:
        wait(process, answers)
        assert list((var / "metrics").iterdir()), "it has written"
        assert names(var) == set()


@pytest.mark.parametrize(("command", "written"), [
    (("celery", "--app=console", "beat", "--pidfile={var}/beat.pid"), "beat.pid"),
    (("celery", "--app=console", "worker", "--pool=solo", "--pidfile={var}/worker.pid"), "worker.pid"),
    (("images.sandbox", "--port=0", "--images=5", "--state={var}/state.sqlite3"), "state.sqlite3"),
])  # fmt: skip
def test_workers_scheduler_and_sandbox_write_privately(var, command, written):
    mend([var])
    with running(var, *(part.format(var=var) for part in command)) as process:
        wait(process, (var / written).exists)
        assert names(var) == set()


def test_the_doctor_tells_and_leaves_it(var):
    mend([var])
    (var / "console.sqlite3").chmod(0o644)
    said = [one for one in json.loads(manage(var, "doctor", "--json").stdout) if one["about"] == "Files"]
    assert [(one["tone"], "console.sqlite3" in one["sentence"]) for one in said] == [("bad", True)]
    assert names(var) == {"console.sqlite3"}
    (var / "console.sqlite3").chmod(0o600)
    said = [one["tone"] for one in json.loads(manage(var, "doctor", "--json").stdout) if one["about"] == "Files"]
    assert said == ["good"]


def test_a_link_is_not_followed_and_a_shared_folder_stays_as_it_is(tmp_path):
    outside, shared, var = tmp_path / "outside", tmp_path / "shared", tmp_path / "var"
    outside.touch()
    outside.chmod(0o644)
    shared.mkdir()
    shared.chmod(0o1777)
    var.mkdir(mode=0o700)
    (var / "link").symlink_to(outside)
    assert mend([var, shared]) == []
    assert (outside.stat().st_mode & 0o777, shared.stat().st_mode & 0o7777) == (0o644, 0o1777)
    assert [own(place) for place in (var, shared, Path("/"), Path.home())] == [True, False, False, False]
