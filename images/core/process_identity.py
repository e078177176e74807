"""Who a process is: a random name, and a lock that only the living hold.

Names of machines repeat, so do process numbers (pods, containers, a machine that starts again); neither says who holds
a claim. So each process calls itself by 80 random bits and keeps an exclusive lock (flock) on a file of that name in
VAR_DIR/alive. Whoever can take the lock knows that the owner is gone, for the kernel gave it back. That is proof only
within one kernel and one file system: the file names both, and where they differ, or where there is no file, nothing
is known and the claim has to run out.
"""

import atexit
import fcntl
import json
import logging
import os
import re
import secrets
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings

logger = logging.getLogger(__name__)

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_NAME: Final = re.compile(r"[0-9a-f]{20}")
#: Seconds after which the file of a process that is gone is of no use to anybody: no claim lasts so long.
_OF_NO_USE: Final = 3600.0
_lock = threading.Lock()
#: The name of this process and the open file that holds its lock (-1: no lock could be had).
_own: tuple[str, int] | None = None


def own() -> str:
    """The name of this process: the same for as long as it lives, another one in each child that is forked."""
    global _own  # noqa: PLW0603 # one for the process
    with _lock:
        if _own is None:
            name = secrets.token_hex(10)
            _own = name, _locked(name)
        return _own[0]


def is_dead(owner: str) -> bool:
    """Whether it is proved that this process is gone. `owner`: its name, alone or in front of a ":" or "@"."""
    found = _NAME.match(owner)
    if found is None or (_own is not None and found.group() == _own[0]):
        return False
    return _is_free(_folder() / found.group())


def is_here(owner: str) -> bool:
    """Whether it is proved that this process lives, and keeps its lock in our folder."""
    found = _NAME.match(owner)
    return found is not None and (_folder() / found.group()).exists() and not is_dead(owner)


def pid_of(owner: str) -> int | None:
    """The process number that an owner of this machine gave, for people; None: nothing is known."""
    found = _NAME.match(owner)
    try:
        return int(_facts(os.open(_folder() / found.group(), os.O_RDONLY))["pid"]) if found else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "alive"


def _locked(name: str) -> int:
    """The file appears under its name only when it is locked and filled."""
    path = _folder() / name
    draft = path.with_suffix(".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep()
        file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        facts = {"boot": _boot(), "device": os.fstat(file).st_dev, "pid": os.getpid()}
        os.write(file, json.dumps(facts).encode())
        draft.rename(path)
    except OSError as error:
        logger.warning("no lock in %s, so that the claims of this process run out when it dies: %s", path.parent, error)
        return -1
    atexit.register(path.unlink, missing_ok=True)
    return file


def _is_free(path: Path) -> bool:
    """Taken and given back at once; shared, so that two who ask do not take each other for the owner."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        device = os.fstat(file).st_dev
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        facts = _facts(os.dup(file))
    except (OSError, ValueError):
        return False  # somebody has it, or it is none of ours: nothing is known
    finally:
        os.close(file)
    return bool(_boot()) and (facts.get("boot"), facts.get("device")) == (_boot(), device)


def _facts(file: int) -> dict[str, Any]:
    """Closes the file. Raises ValueError for what we have not written."""
    with os.fdopen(file, "rb") as opened:
        facts = json.loads(opened.read(1000))
    if not isinstance(facts, dict):
        raise ValueError("no object")  # noqa: TRY004 # of one kind with what json raises
    return facts


@cache
def _boot() -> str:
    """The kernel that runs here, since it was started; the same in all its containers. "" where none tells."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def _sweep() -> None:
    """Files of processes that are gone and that no claim can name any more."""
    for path in _folder().iterdir():
        if time.time() - path.stat().st_mtime > _OF_NO_USE and _is_free(path):
            path.unlink(missing_ok=True)


def _forget() -> None:
    """A forked child is somebody else; its parent keeps the lock although the child closes its copy of the file."""
    global _lock, _own  # as above; another thread of the parent may have held the lock
    if _own is not None and _own[1] >= 0:
        os.close(_own[1])
    _own, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
