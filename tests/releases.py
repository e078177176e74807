"""deploy/releases.txt: what was released, and which of it this code is an upgrade of."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from console.version import CHANGELOG, VERSION

RELEASES = Path(__file__).resolve().parents[1] / "deploy" / "releases.txt"
#: The heading of CHANGELOG.md under which stands what is not released yet.
UNRELEASED = "## Unreleased"


@dataclass(frozen=True)
class Release:
    version: str
    #: Full hash: tags may be missing in a clone.
    commit: str
    #: The last migration that it has.
    migration: str


def releases() -> list[Release]:
    """The newest is the last."""
    lines = RELEASES.read_text(encoding="utf-8").splitlines()
    return [Release(*line.split()) for line in lines if line and not line.startswith("#")]


def releases_before() -> list[Release]:
    """Those before this code, the newest last. A release that is only being written down is not before itself."""
    *earlier, newest = releases()
    is_itself = newest.version == VERSION and UNRELEASED not in CHANGELOG.read_text(encoding="utf-8")
    return earlier if is_itself else [*earlier, newest]


def upgraded_from() -> Release:
    """The newest release before this code."""
    return releases_before()[-1]


def has_code_of(release: Release) -> bool:
    """Whether this clone has its commit."""
    command = ["git", "cat-file", "-e", f"{release.commit}^{{commit}}"]
    return subprocess.run(command, cwd=RELEASES.parent, capture_output=True, check=False).returncode == 0
