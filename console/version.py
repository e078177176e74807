"""The version is what the newest heading of CHANGELOG.md says, so that the two cannot differ."""

import re
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def read_version(changelog: Path = CHANGELOG) -> str:
    match = re.search(r"^## (\d+\.\d+\.\d+)", changelog.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise RuntimeError(f"{changelog.name} has no heading of the form '## 1.2.3'")
    return match[1]


VERSION = read_version()
