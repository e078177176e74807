"""What is tested is what is installed: the locks hold to the ranges, for every Python, from nowhere in particular."""

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.packaging.lock import changes
from tests.packaging.locks import LOCKS, PYTHONS, environment_of, locked, read_lock, read_ranges
from tests.sandbox_process import ROOT

#: Who installs, and must do so from a lock.
INSTALLING = ("Makefile", "Dockerfile", "docs/deploy.md", "README.md", ".ci/run")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("ranges", "lock"), LOCKS.items())
def test_the_lock_satisfies_the_ranges(ranges, lock, python):
    """Who changes a range runs `make lock`; this one tells who did not."""
    versions = {one.name: one.version for one in locked(lock) if one.on(python)}
    wishes = [wish for wish in read_ranges(ROOT / ranges) if _applies(wish, python)]
    assert wishes
    held = {str(wish): versions.get(canonicalize_name(wish.name), "") for wish in wishes}
    assert not {wish: got for wish, got in held.items() if not got or got not in Requirement(wish).specifier}


def _applies(wish: Requirement, python: str) -> bool:
    return wish.marker is None or wish.marker.evaluate(environment_of(python))


@pytest.mark.parametrize("python", PYTHONS)
def test_development_adds_to_what_runs_and_changes_nothing(python):
    of = {lock: {one.name: one.version for one in locked(lock) if one.on(python)} for lock in LOCKS.values()}
    for smaller in ("requirements-build.lock", "requirements.lock", "requirements-traces.lock"):
        assert of[smaller].items() <= of["requirements-dev.lock"].items()


@pytest.mark.parametrize("lock", LOCKS.values())
def test_every_package_has_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()
    assert not [one.name for one in locked(lock) if not one.hashes]
    assert not [
        one.name for one in locked(lock) for digest in one.hashes if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    ]
    assert "://" not in text
    assert not re.findall(r"^\s*-(?!-hash)\S+", text, re.MULTILINE), "an option: an index, a folder, another file"


@pytest.mark.parametrize("lock", LOCKS.values())
@pytest.mark.parametrize("python", PYTHONS)
def test_a_python_gets_one_version_of_each(lock, python):
    names = [one.name for one in locked(lock) if one.on(python)]
    assert len(names) == len(set(names))


def test_the_suite_runs_on_what_is_locked():
    """`make` sees to it; who installs by hand is told what the suite was not tried with."""
    python = "{}.{}".format(*sys.version_info)
    wrong = {one.name: (one.version, _installed(one.name)) for one in locked("requirements-dev.lock") if one.on(python)}
    assert not {name: pair for name, pair in wrong.items() if pair[0] != pair[1]}, "run `make lint`, it installs"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def test_the_pythons_are_those_that_the_project_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    allowed = SpecifierSet(project["requires-python"])
    assert all(python in allowed for python in PYTHONS)
    assert "3.10" not in allowed


@pytest.mark.parametrize("name", INSTALLING)
def test_nobody_installs_from_ranges(name):
    """The ranges are for those who embed the console, and for the lane that looks what they would bring. Other people's
    services and suites have environments of their own."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if re.search(r"pip3?\S* install", line)]
    of_ours = [line for line in lines if not re.search(r"-r tests/(glance|conformance)/", line)]
    assert not [line for line in of_ours if "--require-hashes" not in line or not re.search(r"-r \S+\.lock\b", line)]


def test_what_changed_is_told():
    before = "a==1 --hash=sha256:1\nb==2 --hash=sha256:2\nd==2 --hash=sha256:4\ne==1 --hash=sha256:5\n"
    after = (
        "b==10 --hash=sha256:3\nc==1 --hash=sha256:3\nd==1 \\\n    --hash=sha256:4\n    # via b\ne==1 --hash=sha256:6\n"
    )
    assert changes(read_lock(before), read_lock(after)) == [
        "- a 1",
        "  b 2 → 10",
        "+ c 1",
        "  d 2 → 1 (back)",
        "  e 1: other files",
    ]


def test_a_line_that_is_not_pinned_is_refused():
    with pytest.raises(ValueError, match="Not pinned"):
        read_lock("a>=1 --hash=sha256:1")
