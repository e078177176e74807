"""The quick part of the suite, elsewhere: on the other Pythons of this machine, and on the newest allowed versions.

    python -m tests.packaging.quick pythons [pytest arguments]   each of 3.11 to 3.13 that is here, from the lock
    python -m tests.packaging.quick newest [pytest arguments]    what an update would break

Exit status 1 when something fails.
"""

# ruff: noqa: T201 - a command line speaks by printing
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.packaging.environments import NotBuilt, built, pythons_here
from tests.packaging.lock import changes, compiled
from tests.packaging.locks import PYTHONS, locked, read_lock
from tests.sandbox_process import ROOT

#: No browser, no server of its own, nothing that waits.
QUICK = "not browser and not slow and not process and not postgres and not lane"
#: Half of the time, for code that the other tests run as well: tables of who gets what at which address, the sandbox in
#: itself (all tests of the client and of synchronisation ask it), what operations do when calls are lost.
LEFT_OUT = ("tests/guards", "tests/sandbox", "tests/operations", "tests/packaging")
DEVELOPMENT = "requirements-dev.txt", "requirements-dev.lock"
_HELD = ROOT / "var"


def main(arguments: Sequence[str]) -> int:
    what, *more = arguments
    return {"pythons": pythons, "newest": newest}[what](more)


def pythons(more: Sequence[str]) -> int:
    """Says a word about each that is left out."""
    here = pythons_here()
    own = "{}.{}".format(*sys.version_info)
    failed = False
    for version in PYTHONS:
        if version == own:
            print(f"Python {version}: the suite itself runs on it; left out here.", flush=True)
        elif version not in here:
            print(f"Python {version}: not on this machine; left out.", flush=True)
        else:
            print(f"Python {version}: installing from {DEVELOPMENT[1]}, then the quick tests.", flush=True)
            program = built(ROOT / DEVELOPMENT[1], here[version], _HELD / f"python-{version}")
            failed |= _pytest(program, more) != 0
    return int(failed)


def newest(more: Sequence[str]) -> int:
    """Nothing is run when the lock holds the newest already."""
    ranges, lock = DEVELOPMENT
    try:
        text = compiled(ranges, "", ["--upgrade"], ROOT, beside=["requirements-build.txt"])
    except subprocess.CalledProcessError as error:
        print(f"The ranges cannot be satisfied any more: {error.stderr}")
        return 1
    news = changes(locked(lock), read_lock(text))
    if not news:
        print("The lock holds the newest allowed version of everything.")
        return 0
    print(f"Newer than the lock, and allowed by the ranges: {len(news)}", *news, sep="\n  ", flush=True)
    _HELD.mkdir(exist_ok=True)
    wanted = _HELD / "newest.lock"
    wanted.write_text(text)
    try:
        program = built(wanted, sys.executable, _HELD / "newest")
    except NotBuilt as error:
        print(f"They cannot be installed: {error}")
        return 1
    return _broken(program, more)


def _broken(program: Path, more: Sequence[str]) -> int:
    """In our own words, for a line of pytest here would pass for the suite's own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = _pytest(program, [f"--junit-xml={report}", "--deselect=" + _AS_LOCKED, *more], quiet=True)
        if not report.exists():
            print("The quick tests do not even start with them.")
            return 1
        broken = failures(report.read_text())
    if broken or done:
        print(f"They would break {len(broken)} of the quick tests:", *broken, sep="\n  ")
        return 1
    print("The quick tests pass with them: `make lock` may take them.")
    return 0


#: It would say again what `newest` has said.
_AS_LOCKED = "tests/packaging/test_locks.py::test_the_suite_runs_on_what_is_locked"


def failures(report: str) -> list[str]:
    """Of pytest's JUnit report: each test that failed, and the first line of why."""
    lines = []
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        for bad in [*case.findall("failure"), *case.findall("error")]:
            why = (bad.get("message") or "").strip().splitlines() or [""]
            lines.append(f"{case.get('classname')}::{case.get('name')}: {why[0][:200]}")
    return lines


def _pytest(program: Path, more: Sequence[str], *, quiet: bool = False) -> int:
    command = [str(program), "-m", "pytest", "-q", "-m", QUICK, *[f"--ignore={folder}" for folder in LEFT_OUT], *more]
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, stdout=output, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
