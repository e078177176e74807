"""Files that documents, templates and comments name are there: a name that leads nowhere is worse than none."""

import io
import re
import subprocess
import tokenize
from collections.abc import Iterator

import pytest
from django.conf import settings

#: `room/services/name.py`, `name.py`, …; not what is part of a longer word or of an address.
_NAMED = re.compile(r"(?<![\w/.%<>*{}-])((?:[\w-]+/)*[a-z_0-9]+\.(?:py|jinja))\b")
#: `room/services`, `room/services/name`, `services/name.Class`; no part of an address.
_MODULE = re.compile(r"(?<![\w/.%<>*{}=?-])((?:[a-z_]+/)+[a-z_]+)(?![\w/-]|\.(?:py|html|jinja|css|js|md)\b)")
_COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)
#: Named as an example, or as what somebody may make.
EXAMPLES = {
    "room/name.jinja",
    "guards.py",
    "tasks.py",
    "urls.py",
    "navigation.py",
    "audit_events.py",
    "notice_kinds.py",
}


def _tracked() -> list[str]:
    command = ["git", "ls-files"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


TRACKED = _tracked()
ENDINGS = {path[start:] for path in TRACKED for start in [0, *(m.end() for m in re.finditer("/", path))]}
#: Folders and files without their endings, from whichever folder they are named.
PLACES = {
    "/".join(parts[first:last])
    for path in TRACKED
    for parts in [re.sub(r"\.\w+$", "", path).split("/")]
    for first in range(len(parts))
    for last in range(first + 1, len(parts) + 1)
}
#: What begins with one of these is a path of ours.
FOLDERS = {part for path in TRACKED for part in path.split("/")[:-1]}


def prose(path: str) -> Iterator[str]:
    """The whole of a document; of a template, a style or a script its comments; of a module comments and docstrings."""
    text = (settings.BASE_DIR / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        yield text
    elif path.endswith(".py"):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            is_docstring = token.type == tokenize.STRING and token.string.startswith('"""')
            if token.type == tokenize.COMMENT or is_docstring:
                yield token.string
    else:
        yield from _COMMENT.findall(text)


def documents() -> list[str]:
    """Decisions and the changelog tell of what was so then."""
    said = [path for path in TRACKED if path.endswith((".md", ".py", ".html", ".jinja", ".css", ".js"))]
    return [path for path in said if not re.match(r"docs/adr/|CHANGELOG|images/migrations/|tests/", path)]


@pytest.mark.parametrize("folder", sorted({path.rpartition("/")[0] for path in documents()}))
def test_what_is_named_is_there(folder):
    missing = [
        f"{path}: {name}"
        for path in documents()
        if path.rpartition("/")[0] == folder
        for text in prose(path)
        for name in _NAMED.findall(text)
        if name not in ENDINGS and name not in EXAMPLES
    ]
    assert not missing, "\n".join(missing)


def test_modules_and_folders_that_comments_name_are_there():
    """Documents have words of their own with strokes in them."""
    missing = [
        f"{path}: {name}"
        for path in documents()
        if not path.endswith(".md")
        for text in prose(path)
        for name in modules_in(text)
        if name not in PLACES
    ]
    assert not missing, "\n".join(missing)


def modules_in(text: str) -> list[str]:
    return [name for name in _MODULE.findall(text) if name.split("/")[0] in FOLDERS]


def test_names_are_found_in_every_kind_of_document():
    for ending in (".md", ".py", ".html", ".css", ".js"):
        assert any(_NAMED.search(text) for path in documents() if path.endswith(ending) for text in prose(path)), ending


def test_a_name_that_leads_nowhere_is_found():
    assert _NAMED.findall("see `gone/services/away.py`, cells.py and http://x/y.py") == [
        "gone/services/away.py",
        "cells.py",
    ]


def test_a_module_that_leads_nowhere_is_found():
    text = "back/forward, services/gone.Class, tags/services/csv, var/demo, /images/tag/, docs/gone-away.md"
    assert [name for name in modules_in(text) if name not in PLACES] == ["services/gone"]
