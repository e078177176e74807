"""Documents lead to each other, and the picture of the architecture is what the linter keeps."""

import re
import tomllib
from pathlib import PurePosixPath

from django.conf import settings

from tests.guards.test_named_files import TRACKED

DOCUMENTS = [path for path in TRACKED if path.endswith(".md")]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
#: A line of the picture: the rooms of one rank, then what they are about.
_RANK = re.compile(r"^ │ ([a-z]+(?: +[a-z]+)?) {3,}", re.MULTILINE)


def text_of(path: str) -> str:
    return (settings.BASE_DIR / path).read_text(encoding="utf-8")


def links_of(path: str) -> set[str]:
    """Where they lead, from the top of the repository."""
    folder = settings.BASE_DIR / PurePosixPath(path).parent
    near = [link for link in _LINK.findall(text_of(path)) if ":" not in link]
    return {str((folder / link).resolve().relative_to(settings.BASE_DIR)) for link in near}


def test_links_lead_somewhere():
    links = [(path, link) for path in DOCUMENTS for link in links_of(path)]
    assert len(links) > 50
    assert not [(path, link) for path, link in links if not (settings.BASE_DIR / link).exists()]


def test_every_page_is_found_from_the_index():
    pages = {path for path in DOCUMENTS if path.startswith("docs/")} - {"docs/index.md"}
    assert not pages - links_of("docs/index.md")


def test_the_picture_shows_the_order_of_the_rooms():
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [order] = [contract["layers"] for contract in contracts if contract["name"].startswith("Rooms have an order")]
    ranks = [sorted(rank.split()) for rank in _RANK.findall(text_of("docs/architecture.md"))]
    assert ranks == [sorted(rank.split(" : ")) for rank in order[1:]]  # above them: urls and management
