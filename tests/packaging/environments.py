"""Environments built from a lock, as the documents say, and kept by what they were built from."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.packaging.locks import PYTHONS
from tests.sandbox_process import ROOT

BUILDER = ROOT / "requirements-build.lock"
_PROBE = "import sys; print('{}.{}'.format(*sys.version_info))"


class NotBuilt(Exception):
    """What was run, and what it said."""


def pythons_here() -> dict[str, str]:
    """Version → program, for those of PYTHONS that this machine has."""
    found = {}
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    for version in PYTHONS:
        homes = sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
        for program in [sys.executable, shutil.which(f"python{version}"), *map(str, reversed(homes))]:
            if program and _version_of(program) == version:
                found[version] = program
                break
    return found


def _version_of(program: str) -> str:
    """Asked, for pyenv leaves programs of versions that are not switched on."""
    return subprocess.run([program, "-c", _PROBE], capture_output=True, text=True, check=False).stdout.strip()


def built(lock: Path, python: str, folder: Path) -> Path:
    """The program of an environment in `folder` that has what this lock names and nothing else; built when it is not
    there yet.

    Raises NotBuilt with pip's words when the lock cannot be installed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    stamp = folder / "built-from"
    digest = hashlib.sha256(f"{python}\n{BUILDER.read_text()}{lock.read_text()}".encode()).hexdigest()
    with folder.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # tests run side by side
        if not stamp.exists() or stamp.read_text() != digest:
            _run(python, "-m", "venv", "--clear", folder)
            pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes")
            _run(*pip, "-r", BUILDER)
            _run(*pip, "--no-build-isolation", "-r", lock)
            stamp.write_text(digest)
    return folder / "bin" / "python"


def _run(*words: str | Path) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotBuilt(f"{' '.join(done.args)}\n{done.stdout}{done.stderr}")


def commands_of_the_image() -> str:
    """How the Dockerfile builds its environment, as a script for a shell."""
    stage = (ROOT / "Dockerfile").read_text().partition("\nFROM ")[0]
    [script] = re.findall(r"^RUN ((?:.*\\\n)*.*)$", stage, re.MULTILINE)
    return script
