"""What the lanes beside the suite conclude, and that each of them has something to run."""

import json
import os
import stat
import subprocess
import sys

import pytest

from tests.packaging.audit import Answer, read, told, verdict
from tests.packaging.environments import NotBuilt, built, pythons_here
from tests.packaging.locks import PYTHONS
from tests.packaging.quick import failures
from tests.sandbox_process import ROOT

SKIPPED = {"name": "a", "skip_reason": "Dependency not found on PyPI and could not be audited: a (1)"}
FINE = {"name": "b", "version": "2", "vulns": []}
BAD = {"name": "c", "version": "3", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["3.1", "4.0"]}]}


def answer(*packages: object) -> Answer:
    return read("pypi", json.dumps({"dependencies": packages, "fixes": []}))


@pytest.mark.parametrize(
    ("one", "status", "words"),
    [
        (answer(FINE), 0, "1 packages looked up, 0 advisories"),
        (answer(FINE, BAD), 1, "c 3: PYSEC-2026-1, mended in 3.1, 4.0"),
        (answer(BAD, SKIPPED), 1, "1 packages could not be looked up"),
        (answer(FINE, SKIPPED), 2, "1 packages could not be looked up"),
        (answer(SKIPPED), 2, "Nothing was looked up."),
        (read("osv", "", "Traceback\nOSError: no such host\n"), 2, "does not answer (OSError: no such host)"),
    ],
    ids=["fine", "known", "known, one not found", "one not found", "a mirror that knows no advisories", "away"],
)  # fmt: skip
def test_an_audit_without_an_answer_is_no_good_news(one, status, words):
    assert verdict([one]) == status
    assert words in told(one)


def test_a_python_of_this_machine_is_found():
    """At least the one that this runs on."""
    here = pythons_here()
    assert here["{}.{}".format(*sys.version_info)] == sys.executable
    assert set(here) <= set(PYTHONS)


@pytest.mark.process
def test_a_file_that_is_not_the_locked_one_is_not_installed(tmp_path):
    lock = tmp_path / "one.lock"
    lock.write_text(f"iniconfig==2.1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(NotBuilt, match="DO NOT MATCH THE HASHES"):
        built(lock, sys.executable, tmp_path / "environment")
    assert not (tmp_path / "environment" / "built-from").exists()


def test_what_an_update_would_break_is_named():
    report = """<testsuites><testsuite>
      <testcase classname="tests.a" name="test_x"><failure message="1 is 2&#10;more">…</failure></testcase>
      <testcase classname="tests.a" name="test_y" /></testsuite></testsuites>"""
    assert failures(report) == ["tests.a::test_x: 1 is 2"]


@pytest.mark.process
def test_make_test_slow_finds_tests():
    """A lane without a test would be green for ever."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "-m", "lane", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "tests/deploy/test_deploy.py::test_any_one_may_be_killed" in done.stdout


class Machine:
    """tests/packaging/machine.sh as somebody else than root would run it, on a machine that has some programs."""

    def __init__(self, folder, user):
        self.folder = folder
        for name, says in {"id": user, "apt-get": ""}.items():
            program = folder / name
            program.write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/called\necho {says}\n')
            program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def wants(self, mode, *pairs):
        path = f"{self.folder}{os.pathsep}{os.environ['PATH']}"
        command = [ROOT / "tests" / "packaging" / "machine.sh", mode, *pairs]
        return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)


def test_what_is_missing_is_named_and_only_sometimes_needed(tmp_path):
    machine = Machine(tmp_path, user="1000")
    assert machine.wants("must", "sh:dash").returncode == 0
    may = machine.wants("may", "sh:dash", "no-such-program,nor-this:one-package")
    assert (may.returncode, "apt-get install one-package" in may.stderr) == (0, True)
    must = machine.wants("must", "no-such-program:one-package")
    assert (must.returncode, "apt-get install one-package" in must.stderr) == (1, True)
    assert "apt-get" not in (tmp_path / "called").read_text()
