"""`make run` from nothing to images on the screen and back to nothing: no process stays behind, whatever ends it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from console.supervisor import ChildDied, Supervisor
from tests.sandbox_process import ROOT, wait_for

pytestmark = pytest.mark.slow
START = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A console started as `make run` starts it, with a folder and ports of its own."""

    def __init__(self, var: Path, **environment: str) -> None:
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        mine = {"VAR_DIR": str(var), "PORT": str(self.port), "SANDBOX_PORT": str(self.sandbox_port),
                "SANDBOX_IMAGES": "80"}  # fmt: skip
        # the suite's own settings are in the environment; the console must make its own
        usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "console.embedded"],
            cwd=ROOT,
            env={**usual, **mine, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def lines(self) -> list[str]:
        """What it prints until all sign-ins are there, or until it ends."""
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line.rstrip())
            if line.startswith("sign-in: viewer"):
                break
        return said

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        return self.rest()

    def rest(self) -> tuple[int, str]:
        said = self.process.communicate(timeout=60)[0]
        return self.process.returncode, said


def nobody_of(family: list[psutil.Process]) -> None:
    _gone, alive = psutil.wait_procs(family, timeout=15)
    assert not alive


@pytest.fixture(scope="module")
def var(tmp_path_factory) -> Path:
    """One folder for the whole module: the first test starts from nothing, the others find it."""
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture
def console(var: Path) -> Iterator[Running]:
    running = Running(var)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def images_seen(url: str, user: str, password: str) -> int:
    session = requests.Session()
    page = session.get(f"{url}/accounts/login/", timeout=30).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = {"login": user, "password": password, "csrfmiddlewaretoken": token}
    answer = session.post(f"{url}/accounts/login/", form, timeout=30)
    assert answer.url == f"{url}/"
    listed = session.get(f"{url}/images/", timeout=30)
    return int(re.search(r"of ([\d,]+) images", listed.text)[1].replace(",", ""))


def test_from_nothing_to_images_and_back(console: Running, var: Path):
    said = console.lines()
    assert said[0] == f"Image Console: {console.url}"
    sign_ins = [line.split(" ") for line in said[1:]]
    assert [(words[0], words[1], words[3]) for words in sign_ins] == [
        ("sign-in:", "admin", "admin"),
        ("sign-in:", "operator", "operator"),
        ("sign-in:", "approver", "approver"),
        ("sign-in:", "approver2", "approver"),
        ("sign-in:", "lead", "administrator"),
        ("sign-in:", "viewer", "viewer"),
    ]
    for secret in ("secret-key", "demo.json"):
        assert (var / secret).stat().st_mode & 0o777 == 0o600
    assert images_seen(console.url, "viewer", sign_ins[5][2]) > 80
    logs = sorted(path.name for path in (var / "log").iterdir())
    assert logs == ["carrier.log", "sandbox.log", "scheduler.log", "web.log", "worker.log"]

    _a_second_one_is_refused(console, var)

    family = console.family()
    assert len(family) >= 4
    status, rest = console.end(signal.SIGINT)
    assert (status, rest) == (0, "Image Console: stopped\n")
    nobody_of(family)


def _a_second_one_is_refused(console: Running, var: Path) -> None:
    for environment, words in (
        ({"PORT": str(console.port)}, f"port {console.port} is in use; choose another one: make run PORT="),
        ({"SANDBOX_PORT": str(console.sandbox_port)}, "is in use; choose another one: make run SANDBOX_PORT="),
        ({}, "another one is running from this folder already"),
        ({"PORT": "http"}, "PORT=http cannot be"),
        ({"VAR_DIR": str(var / "other"), "SECRET_KEY": "weak"}, "SECRET_KEY is weak"),
    ):
        status, said = Running(var, **environment).rest()
        assert status == 1
        assert words in said
        assert "Traceback" not in said


def test_when_one_dies_all_stop_and_it_is_said_which(console: Running):
    assert console.lines()[-1].startswith("sign-in: viewer")
    family = console.family()
    worker = next(one for one in family if "worker" in one.cmdline())
    worker.kill()
    status, said = console.rest()
    assert status == 1
    assert "worker ended with status -9" in said
    nobody_of(family)


def test_when_the_parent_is_killed_nobody_stays_behind(console: Running):
    assert console.lines()[-1].startswith("sign-in: viewer")
    family = console.family()
    console.end(signal.SIGKILL)
    nobody_of(family)


# --- the supervisor alone --------------------------------------------------------------------------------------------
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)
PARENT = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"
)


def python(children: Supervisor, name: str, code: str):
    return children.start(name, [sys.executable, "-c", code], os.environ, ROOT)


def test_a_stubborn_child_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("console.supervisor.GRACE", 0.2)
    with Supervisor(tmp_path) as children:
        child = python(children, "stubborn", STUBBORN)
        wait_for(lambda: "ready" in child.log.read_text())
        started = time.monotonic()
    assert child.process.returncode == -signal.SIGKILL
    assert time.monotonic() - started < 5


def test_grandchildren_go_too(tmp_path):
    with Supervisor(tmp_path) as children:
        child = python(children, "parent", PARENT)
        family = wait_for(lambda: psutil.Process(child.process.pid).children())
    nobody_of(family)


def test_a_death_is_reported_with_the_end_of_the_log(tmp_path):
    with Supervisor(tmp_path) as children:
        child = python(children, "short", "print('x ' * 9000); raise SystemExit('no such table')")
        child.process.wait()
        with pytest.raises(ChildDied, match=r"(?s)short ended with status 1; .*no such table"):
            children.check()


def test_children_end_when_an_error_leaves_the_block(tmp_path):
    def fail() -> None:
        with Supervisor(tmp_path) as children:
            caught.append(python(children, "sleeper", "import time; time.sleep(60)"))
            raise KeyError("anything")

    caught: list = []
    with pytest.raises(KeyError):
        fail()
    assert caught[0].process.returncode == -signal.SIGTERM


def test_a_long_log_is_put_aside(tmp_path, monkeypatch):
    monkeypatch.setattr("console.supervisor.LONG_LOG", 10)
    (tmp_path / "one.log").write_text("x" * 50)
    with Supervisor(tmp_path) as children:
        python(children, "one", "print('fresh')").process.wait()
    assert (tmp_path / "one.log").read_text() == "fresh\n"
    assert (tmp_path / "one.old.log").read_text() == "x" * 50
