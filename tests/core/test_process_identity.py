"""Who a process is: random, and gone only when that is proved."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from images.core import process_identity
from tests.sandbox_process import ROOT, wait_for

#: Tells its name and its number, and lives until its standard input ends.
LIVING = """
import os, sys
from images.core import process_identity as identity
print(identity.own(), os.getpid(), flush=True)
sys.stdin.read()
"""


class Other:
    """Another process of the console on this machine; `before`: what it is started by."""

    def __init__(self, settings, *before: str, script: str = LIVING) -> None:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_VAR_DIR": str(settings.VAR_DIR)}
        self.process = subprocess.Popen(
            [*before, sys.executable, "-W", "ignore", "-c", script],
            env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self.name, self.pid = self.process.stdout.readline().split()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # before it can end by itself
        self.process.communicate()


@pytest.fixture
def other(settings):
    with Other(settings) as running:
        yield running


def test_the_living_are_never_dead_and_the_killed_are_at_once(other):
    assert re.fullmatch("[0-9a-f]{20}", other.name)
    assert not process_identity.is_dead(f"{other.name}:whatever")
    assert process_identity.pid_of(other.name) == other.process.pid
    other.kill()
    assert process_identity.is_dead(f"{other.name}:whatever")
    assert process_identity.is_dead(f"{other.name}@machine:7")


def test_who_ends_in_good_order_leaves_no_file(other, settings):
    other.process.communicate()
    assert not (settings.VAR_DIR / "alive" / other.name).exists()
    assert not process_identity.is_dead(other.name)  # nothing is known; it has given back what it had


def test_two_ask_at_once_about_the_living(other):
    """Neither takes the other's question for the owner's lock, nor does the question cost the owner its lock."""
    for _time in range(50):
        assert not process_identity.is_dead(other.name)
    other.kill()
    assert all(process_identity.is_dead(other.name) for _time in range(50))


def test_separate_spaces_of_process_numbers(settings):
    """As in two pods: the same machine name, each process number 1, one folder."""
    apart = ("unshare", "--user", "--map-root-user", "--fork", "--pid", "--mount-proc", "--kill-child")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody have a space of process numbers")
    with Other(settings, *apart) as one, Other(settings, *apart) as two:
        assert (one.pid, two.pid) == ("1", "1")
        assert one.name != two.name
        assert not process_identity.is_dead(one.name)
        two.kill()
        wait_for(lambda: process_identity.is_dead(two.name))
        assert not process_identity.is_dead(one.name)


@pytest.mark.parametrize("fact", ["boot", "device", "gone", "empty", "no object"])
def test_what_cannot_be_proved_is_not_believed(other, settings, fact):
    """Another kernel, another file system (a share that each machine mounts for itself), no file, a damaged one."""
    path = settings.VAR_DIR / "alive" / other.name
    other.kill()
    assert process_identity.is_dead(other.name)
    if fact == "gone":
        path.unlink()
    elif fact in ("boot", "device"):
        path.write_text(json.dumps({**json.loads(path.read_text()), fact: "another"}))
    else:
        path.write_text("" if fact == "empty" else "[]")
    assert not process_identity.is_dead(other.name)


@pytest.mark.parametrize("owner", ["", "host:123:abc", "../../etc/passwd", "0" * 20, "x" * 20])
def test_names_that_are_none_of_ours(owner):
    assert not process_identity.is_dead(owner)
    assert process_identity.pid_of(owner) is None


def test_a_forked_child_is_somebody_else_and_does_not_take_the_lock_along():
    mine = process_identity.own()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, process_identity.own().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100).decode()
    os.close(reading), os.close(writing)
    assert theirs != mine
    assert process_identity.own() == mine
    assert process_identity.is_dead(theirs)
    asked = f"from images.core.process_identity import is_dead\nprint(is_dead({mine!r}))"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_VAR_DIR": os.environ["VAR_DIR"]}
    said = subprocess.run([sys.executable, "-W", "ignore", "-c", asked], env=environment, cwd=ROOT, capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert said.stdout == "False\n"


def test_without_a_folder_there_is_a_name_and_no_proof(settings, tmp_path, monkeypatch):
    (tmp_path / "alive").write_text("a file where a folder should be")
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(process_identity, "_own", None)
    assert not process_identity.is_dead(process_identity.own())
    assert process_identity._own[1] == -1


def test_files_of_the_dead_are_swept(settings, monkeypatch):
    with Other(settings) as killed, Other(settings) as living:
        killed.kill()
        monkeypatch.setattr(process_identity, "_OF_NO_USE", -1.0)
        process_identity._sweep()
        assert not (settings.VAR_DIR / "alive" / killed.name).exists()
        assert (settings.VAR_DIR / "alive" / living.name).exists()
