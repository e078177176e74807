"""Which tests belong to what was changed since main, committed or not: `python -m tests.packaging.changed` says.

A room's tests lie in a folder of tests/ that has its name; a module's in files that have its name.
"""

# ruff: noqa: T201 - a command line speaks by printing
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tests.sandbox_process import ROOT

#: Folders of tests about all rooms: one module is changed, hundreds of tests would run.
LAYERS = {"browser", "guards", "packaging", "rules"}


def paths_for(changed: Iterable[str], root: Path = ROOT) -> list[str]:
    """Paths of tests, none inside another."""
    found: set[PurePosixPath] = set()
    for path in map(PurePosixPath, changed):
        if path.parts[0] == "tests":
            found |= _of_a_test(path, root)
        else:
            names = [*path.parts[1:-1], path.name.partition(".")[0]]
            found |= {one for name in names for one in _named(name, root)}
    return sorted(str(one) for one in found if not found & {*one.parents})


def _of_a_test(path: PurePosixPath, root: Path) -> set[PurePosixPath]:
    """Itself, or its folder when it is what the tests there share."""
    one = path if path.name.startswith("test_") else path.parent
    is_there = (root / one).exists() and len(one.parts) > 1 and one.name not in LAYERS
    return {one} if is_there else set()


def _named(name: str, root: Path) -> set[PurePosixPath]:
    if (root / "tests" / name).is_dir() and name not in LAYERS:
        return {PurePosixPath("tests", name)}
    files = (root / "tests").rglob(f"test_{name}.py") if name.isidentifier() else ()
    return {PurePosixPath(file.relative_to(root).as_posix()) for file in files}


def changed() -> list[str]:
    base = _git("merge-base", "HEAD", "main") or ["HEAD"]
    return _git("diff", "--name-only", *base) + _git("ls-files", "--others", "--exclude-standard")


def _git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()


if __name__ == "__main__":
    print(*paths_for(changed()))
