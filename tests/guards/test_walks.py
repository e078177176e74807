"""docs/walks.md leads through files that are there, and counts those of a walk that stands alone."""

import re
from pathlib import PurePosixPath

import pytest

from tests.sandbox_process import ROOT

WALKS = {part.partition("\n")[0]: part for part in (ROOT / "docs/walks.md").read_text().split("\n## ")[1:]}


def files_of(walk: str) -> list[str]:
    """As the page has them: in `images/` unless in `templates/`; a bare name is in the folder of the one before it."""
    files: list[str] = []
    for name in re.findall(r"`([\w/]+\.(?:py|html|jinja))`", walk):
        if "/" not in name:
            name = f"{PurePosixPath(files[-1]).parent}/{name}"  # noqa: PLW2901 # the same file
        elif not name.startswith("templates/"):
            name = f"images/{name}"  # noqa: PLW2901
        files.append(name)
    return files


@pytest.mark.parametrize("title", WALKS)
def test_the_files_of_a_walk_are_there(title):
    files = files_of(WALKS[title])
    assert len(files) > 10
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_modules_are_counted():
    """Of the one walk that refers to no other and has no file that the page does not count."""
    walk = WALKS["From a record of IMS to a row of the list"]
    modules = {name for name in files_of(walk) if name.endswith(".py")}
    counted = re.search(r"\*\*(\d+) modules", walk)
    assert counted is not None
    assert len(modules) == int(counted[1])
