"""The parent of `make run`: who dies is started again, more and more seldom, and nobody outlives it."""

import os
import re
import signal
import socket
import sys

import psutil
import pytest

from console.supervisor import Supervisor
from tests.console.test_embedded import nobody_of
from tests.sandbox_process import ROOT, wait_for

pytestmark = pytest.mark.slow


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
    assert child.process.returncode == -signal.SIGKILL


def test_grandchildren_go_too(tmp_path):
    with Supervisor(tmp_path) as children:
        child = python(children, "parent", PARENT)
        family = wait_for(lambda: psutil.Process(child.process.pid).children())
    nobody_of(family)


def test_a_death_is_told_with_the_end_of_the_log(tmp_path):
    with Supervisor(tmp_path) as children:
        child = python(children, "short", "print('x ' * 9000); raise SystemExit('no such table')")
        [death] = wait_for(children.tend)
        assert (death.name, death.status, death.times) == ("short", 1, 1)
        assert re.match(r"(?s)short ended with status 1; it is started again in 1 s\. .*no such table", str(death))
        assert children.tend() == []
    assert child.log.read_text().endswith("--- ended with status 1; started again in 1 s ---\n")


def test_who_keeps_dying_is_tried_more_and_more_seldom_and_the_others_go_on(tmp_path, monkeypatch):
    moment = 1000.0
    monkeypatch.setattr("console.supervisor.time.monotonic", lambda: moment)
    with Supervisor(tmp_path) as children:
        other = python(children, "other", "import time; time.sleep(600)")
        short = python(children, "short", "raise SystemExit(3)")
        pauses = []
        while moment < 1000 + 3600:
            if short.again_at is None:
                short.process.wait()
            pauses += [death.pause for death in children.tend()]
            moment += 1.0
        assert pauses[:8] == [1, 2, 4, 8, 16, 32, 64, 120]
        assert 30 <= len(pauses) <= 60, "never given up, and never more than ten times in ten minutes"
        assert other.process.poll() is None
        moment += 3600  # long ago
        short.process.wait()
        monkeypatch.undo()


def test_a_child_that_lived_for_long_is_back_at_once(tmp_path, monkeypatch):
    moment = 1000.0
    monkeypatch.setattr("console.supervisor.time.monotonic", lambda: moment)
    with Supervisor(tmp_path) as children:
        child = python(children, "now and then", "import time; time.sleep(600)")
        for _ in range(4):
            child.process.kill()
            child.process.wait()
            [death] = children.tend()
            assert (death.times, death.pause) == (1, 1)
            moment += 1
            assert children.tend() == []
            assert child.process.poll() is None
            moment += 700
        monkeypatch.undo()


def test_what_a_dead_child_left_behind_goes_before_it_is_started_again(tmp_path):
    with Supervisor(tmp_path) as children:
        child = python(children, "parent", PARENT)
        family = wait_for(lambda: psutil.Process(child.process.pid).children())
        child.process.kill()
        wait_for(children.tend)
        nobody_of(family)


def test_a_child_inherits_the_files_that_are_named(tmp_path):
    with socket.socket() as held, Supervisor(tmp_path) as children:
        held.bind(("127.0.0.1", 0))
        code = f"import socket; print(socket.socket(fileno={held.fileno()}).getsockname()[1])"
        command = [sys.executable, "-c", code]
        child = children.start("heir", command, os.environ, ROOT, files=[held.fileno()])
        child.process.wait()
        assert str(held.getsockname()[1]) in child.log.read_text()


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
