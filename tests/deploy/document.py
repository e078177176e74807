"""The commands of docs/deploy.md: blocks of sh under a comment that names them, in the order of the page."""

import re
from pathlib import Path

from tests.sandbox_process import ROOT

PAGE = ROOT / "docs" / "deploy.md"
_BLOCK = re.compile(r"<!-- run: (.+?) -->\n```sh\n(.*?)```\n", re.DOTALL)


def steps(page: Path = PAGE) -> dict[str, str]:
    """Name → commands. Raises AssertionError for a block of sh that has no name, or a name that occurs twice."""
    text = page.read_text()
    found = _BLOCK.findall(text)
    assert text.count("```sh") == len(found), "a block of sh has no comment that names it: <!-- run: NAME -->"
    names = [name for name, _commands in found]
    assert len(set(names)) == len(names), names
    return dict(found)
