"""`make lock`: writes the locks anew from requirements*.txt and says what that changes.

python -m tests.packaging.lock                    the newest allowed version of everything
python -m tests.packaging.lock django redis       of these; the rest stays as it is
python -m tests.packaging.lock --keep             nothing newer than a changed range demands
"""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uv
from packaging.version import Version

from tests.packaging.locks import LOCKS, PYTHONS, Pinned, read_lock
from tests.sandbox_process import ROOT

_HEAD = "# Written by `make lock` from {ranges}; install it with pip install --require-hashes.\n"
#: What each lock must agree with.
_BESIDE = {
    "requirements.txt": ("requirements-build.lock",),
    "requirements-traces.txt": ("requirements-build.lock", "requirements.lock"),
    "requirements-dev.txt": ("requirements-build.lock", "requirements.lock", "requirements-traces.lock"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.packaging.lock", description=__doc__)
    parser.add_argument("packages", nargs="*", help="only these become newer")
    parser.add_argument("--keep", action="store_true", help="what the ranges still allow stays")
    options = parser.parse_args(arguments)
    newer = [] if options.keep else [f"--upgrade-package={name}" for name in options.packages] or ["--upgrade"]
    before = {lock: _text(ROOT / lock) for lock in LOCKS.values()}
    for ranges, lock in LOCKS.items():
        try:
            after = compiled(ranges, before[lock], newer, ROOT, beside=_BESIDE.get(ranges, ()))
        except subprocess.CalledProcessError as error:
            print(error.stderr, file=sys.stderr)
            return error.returncode
        (ROOT / lock).write_text(after)
        told = changes(read_lock(before[lock]), read_lock(after))
        print(f"{lock}: {'no change' if not told else f'{len(told)} changed'}", *told, sep="\n  ")
    return 0


def compiled(ranges: str, before: str, newer: Sequence[str], root: Path, beside: Sequence[str] = ()) -> str:
    """The text of a lock for these ranges; `before` keeps its versions unless `newer` says otherwise. It agrees with
    whatever the files `beside` hold or allow.

    Raises CalledProcessError when nothing satisfies the ranges.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "lock"
        if before:
            target.write_text(before)
        command = [
            uv.find_uv_bin(), "pip", "compile", ranges, f"--output-file={target}", "--quiet", "--no-header",
            "--universal", f"--python-version={PYTHONS[0]}", "--generate-hashes",
            "--no-emit-index-url", "--no-emit-find-links",
            *[f"--constraint={one}" for one in beside], *newer,
        ]  # fmt: skip
        subprocess.run(command, cwd=root, check=True, stderr=subprocess.PIPE, text=True)
        return _HEAD.format(ranges=ranges) + target.read_text()


def changes(before: Sequence[Pinned], after: Sequence[Pinned]) -> list[str]:
    """A line for each package that came, went, moved, or has other files."""
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    return [line for name in sorted({*old, *new}) if (line := _change(name, old.get(name), new.get(name)))]


def _change(name: str, old: Pinned | None, new: Pinned | None) -> str:
    if old is None or new is None:
        return f"+ {name} {new.version}" if new else f"- {name} {old.version if old else ''}"
    if old.version != new.version:
        back = " (back)" if Version(new.version) < Version(old.version) else ""
        return f"  {name} {old.version} → {new.version}{back}"
    if set(old.hashes) != set(new.hashes):
        return f"  {name} {new.version}: other files"
    return f"  {name}: asked for elsewhere" if str(old.marker) != str(new.marker) else ""


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
