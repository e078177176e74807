"""What the console writes is its own: no other account of the machine reads session keys, uploads and logs in VAR_DIR.

Each process begins with `begin` (manage.py, console.wsgi, console.celery, console.embedded): what it makes from then on
is private (umask 077). What an earlier version or a careless copy left open is mended when Django starts (images.apps).
"""

import logging
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

logger = logging.getLogger(__name__)

#: What nobody but the owner may have.
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
UMASK = 0o077


def begin() -> None:
    """First of all, before anything is opened. Needs no settings."""
    os.umask(UMASK)


def too_open(places: Iterable[Path]) -> Iterator[Path]:
    """Files and folders in these places, and the places themselves, that others may read or write or look into."""
    for place in places:
        for path in _all(place):
            if _mode(path) & _OTHERS:
                yield path


def mend(places: Iterable[Path]) -> list[Path]:
    """Takes the rights of others away: 0700 for folders, 0600 for files (0700 where the owner may execute them). What
    cannot be mended, because it belongs to somebody else or the file system knows no rights."""
    left = []
    for path in too_open(place for place in places if own(place)):
        try:
            path.chmod(_mode(path) & ~_OTHERS)
        except OSError as error:
            logger.warning("%s is open to others and cannot be closed: %s", path, error)
        if _mode(path) & _OTHERS:
            left.append(path)
    return left


def _all(place: Path) -> Iterator[Path]:
    """Links are not followed: what they lead to is somebody else's."""
    yield place
    if not place.is_dir() or place.is_symlink():
        return
    for folder, folders, files in os.walk(place):
        yield from (Path(folder, name) for name in (*folders, *files))


def _mode(path: Path) -> int:
    """0 for what is a link, or gone meanwhile: others come and go in these folders."""
    try:
        found = path.lstat()
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(found.st_mode) else stat.S_IMODE(found.st_mode)


def own(place: Path) -> bool:
    """Whether a place is ours alone to close: not one that all share (/tmp), and no home of a whole account."""
    shared = place.is_dir() and place.stat().st_mode & stat.S_ISVTX
    return not shared and place.resolve() not in {Path("/"), Path.home()}
