"""The locks beside requirements*.txt: which versions, for whom, with which hashes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.sandbox_process import ROOT

#: Files with ranges → files with versions and hashes.
LOCKS = {
    "requirements-build.txt": "requirements-build.lock",
    "requirements.txt": "requirements.lock",
    "requirements-traces.txt": "requirements-traces.lock",
    "requirements-dev.txt": "requirements-dev.lock",
}
#: The Pythons that the console runs on; the first is the oldest.
PYTHONS = ("3.11", "3.12", "3.13")

_CONTINUED = re.compile(r"\\\n")
_HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True)
class Pinned:
    """A line of a lock: one version of one package, where its marker holds."""

    name: str
    version: str
    marker: Marker | None
    hashes: tuple[str, ...]

    def on(self, python: str) -> bool:
        """Whether CPython of this version on Linux gets it."""
        return self.marker is None or self.marker.evaluate(environment_of(python))


def environment_of(python: str) -> dict[str, str]:
    """What markers ask, for another Python than ours on a machine like this: "3.13" is its latest release."""
    own = {name: str(value) for name, value in default_environment().items()}
    return own | {
        "python_version": python,
        "python_full_version": f"{python}.99",
        "implementation_version": f"{python}.99",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def read_lock(text: str) -> list[Pinned]:
    """The lines of a lock. Raises ValueError for one that is no pinned version."""
    pinned = []
    for line in _lines(text):
        words, _, _rest = line.partition(" --hash")
        wish = Requirement(words)
        [specifier] = wish.specifier
        if specifier.operator != "==":
            raise ValueError(f"Not pinned: {line}")
        hashes = tuple(_HASH.findall(line))
        pinned.append(Pinned(canonicalize_name(wish.name), specifier.version, wish.marker, hashes))
    return pinned


def read_ranges(path: Path) -> list[Requirement]:
    """Those of a file and of the files that it names by -r."""
    found = []
    for line in _lines(path.read_text()):
        if line.startswith("-r "):
            found += read_ranges(path.parent / line.removeprefix("-r ").strip())
        else:
            found.append(Requirement(line))
    return found


def locked(name: str) -> list[Pinned]:
    """The lock of that name as it is in the work tree."""
    return read_lock((ROOT / name).read_text())


def _lines(text: str) -> Iterator[str]:
    for line in _CONTINUED.sub(" ", text).splitlines():
        said = re.sub(r"(^|\s)#.*", "", line).strip()
        if said:
            yield said
