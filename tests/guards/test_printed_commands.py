"""Commands that documents print are there, and begin with a Python that has what they need.

Whether they do what they should is tried where they are about: tests/deploy/test_document.py follows docs/deploy.md.
"""

import re

from django.conf import settings
from django.core.management import get_commands

from tests.guards.test_named_files import ENDINGS, TRACKED

_CODE = re.compile(r"```.*?```|`[^`]+`|^(?: {4}).*$", re.DOTALL | re.MULTILINE)
#: The Python before it, as far as the line says one.
_MANAGE = re.compile(r"([^\s`]+ )?(?:manage\.py|deploy/manage) ([a-z_]+)")
_MODULE = re.compile(r"([^\s`]+) -m ([\w.]+)")
#: At the beginning, or after settings of the environment.
_MAKE = re.compile(r"^\s*`?(?:[A-Z_]+=\S+ )*make ([a-z][a-z-]*)", re.MULTILINE)
#: What containers run, which have one Python; compose.yaml asks the same as their health checks.
IN_CONTAINERS = {"alive", "createsuperuser", "console.alive"}
#: Of Python itself.
STANDARD = {"venv"}


def printed() -> list[tuple[str, str]]:
    """(document, piece of code) of all that is set as code. Decisions and the changelog tell of what was so then."""
    documents = [path for path in TRACKED if path.endswith(".md") and not re.match(r"docs/adr/|CHANGELOG", path)]
    return [(path, code) for path in documents for code in _CODE.findall((settings.BASE_DIR / path).read_text("utf-8"))]


def test_targets_of_make_are_there():
    targets = set(re.findall(r"^([a-z-]+):", (settings.BASE_DIR / "Makefile").read_text(), re.MULTILINE))
    named = {(path, target) for path, code in printed() for target in _MAKE.findall(code)}
    assert len(named) > 20
    assert not {(path, target) for path, target in named if target not in targets}


def test_commands_of_manage_are_there():
    commands = get_commands()
    named = {(path, name) for path, code in printed() for _python, name in _MANAGE.findall(code)}
    assert len(named) > 10
    assert not {(path, name) for path, name in named if name not in commands}


def test_modules_that_are_run_are_there():
    named = {(path, name) for path, code in printed() for _python, name in _MODULE.findall(code)}
    places = {(path, name, name.replace(".", "/")) for path, name in named if name not in STANDARD}
    assert len(places) > 4
    assert not {
        (path, name)
        for path, name, place in places
        if f"{place}.py" not in ENDINGS and f"{place}/__main__.py" not in ENDINGS
    }


def test_python_is_that_of_the_installation():
    """A bare one has nothing of what is needed, or is not there at all."""
    bare = {
        (path, name)
        for path, code in printed()
        for python, name in [*_MANAGE.findall(code), *_MODULE.findall(code)]
        if python.strip() in {"python", "python3"} and name not in IN_CONTAINERS | STANDARD
    }
    assert not bare
