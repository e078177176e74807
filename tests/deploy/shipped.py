"""What ships, and nothing else: the code that goes into the image, and an environment built as the image builds it.

Both are what /app and /venv are in a container. The environment is kept in var/ under what it was built from.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from tests.sandbox_process import ROOT

DOCKERFILE = ROOT / "Dockerfile"
_KEPT = ROOT / "var" / "shipped"


class NotBuilt(Exception):
    """How the image is built, and what that said."""


def environment() -> Path:
    """The folder that /venv is in the image; built when it is not there yet.

    Raises NotBuilt with what pip said.
    """
    script, inputs = _building()
    parts = [script, sys.version, *(path.read_text() for path in inputs)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    folder = _KEPT / digest
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / f"{digest}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # tests run side by side
        if not (folder / "built").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _run(script.replace("/venv", str(folder)))
            (folder / "built").touch()
    return folder


def _building() -> tuple[str, list[Path]]:
    """The script of the image's first stage, and the files that it copies for it."""
    stage = _stages()[0]
    [script] = instructions(stage, "RUN")
    [copied] = instructions(stage, "COPY")
    return script, [ROOT / name for name in copied.split()[:-1]]


def _stages() -> list[str]:
    return re.split(r"^FROM .*\n", DOCKERFILE.read_text(), flags=re.MULTILINE)[1:]


def instructions(stage: str, word: str) -> list[str]:
    """Those of a stage that begin with this word, their lines joined."""
    joined = stage.replace("\\\n", "")
    return [line.removeprefix(f"{word} ") for line in joined.splitlines() if line.startswith(f"{word} ")]


def _run(script: str) -> None:
    """In the folder of the locks, with the Python that we run on for the image's."""
    # pip's settings of this machine are those of its network; nothing of the suite's environment gets in
    keep = ("HOME", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "http_proxy", "https_proxy", "no_proxy")
    given = {name: value for name, value in os.environ.items() if name in keep or name.startswith("PIP_")}
    given["PATH"] = f"{Path(sys.base_prefix) / 'bin'}:{os.defpath}"
    done = subprocess.run(["sh", "-ec", script], cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotBuilt(f"{script}\n{done.stdout}{done.stderr}")


def code(folder: Path) -> Path:
    """What /app is in the image, in a new folder there: no file of it may be written any more."""
    target = folder / "app"
    for name in shipped_files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    # as the image does, for who may not write there cannot do it later
    subprocess.run([environment() / "bin" / "python", "-m", "compileall", "-q", target], check=True)
    for path in [target, *target.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    return target


def shipped_files() -> list[str]:
    """Names of all files that a build of the image is given: those of the work tree less .dockerignore."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    ignored = (ROOT / ".dockerignore").read_text().split()
    return [name for name in names if (ROOT / name).is_file() and not _is_ignored(name, ignored)]


def _is_ignored(name: str, patterns: list[str]) -> bool:
    """A pattern meets a file or any folder above it, from the root on; `**/` means any number of folders."""
    above = [str(parent) for parent in Path(name).parents][:-1]
    return any(
        fnmatch(path, pattern) or (pattern.startswith("**/") and fnmatch(Path(path).name, pattern[3:]))
        for path in [name, *above]
        for pattern in patterns
    )


def digest_of(folder: Path) -> str:
    """Of the names and contents of all files there."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
