"""Each import rule of pyproject.toml refuses what it forbids: tried on a copy of the tree that breaks it.

Rules that name a package which is no longer there, or that leave a room out, are kept by everything.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow

#: Rooms whose rows all others may know (docs/adr/0017-rooms.md).
GROUND = {"access", "cache", "clouds", "core", "operations"}
RULES = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
ORDER = "Rooms have an order: each knows those below it"
INSIDE = "Inside each room imports point down"
CLIENT = "The client knows nothing of Django, nor of anything else of ours"
SANDBOX = "The sandbox is a second reading: it knows neither client nor app"
CIRCLES = "No circles among packages or modules, in rooms neither"
#: Rule → modules that break it.
BREACHES = {
    CLIENT: {"images/ims/trespass.py": "from images.core import clock"},
    SANDBOX: {"images/sandbox/trespass.py": "from images.ims import errors"},
    ORDER: {"images/clouds/services/trespass.py": "from images.quotas import rules"},
    INSIDE: {"images/tags/queries/trespass.py": "from images.tags.services import policy"},
    "Rules are pure: they know no rows, no client and no sandbox": {
        "images/tags/rules/trespass.py": "from images.tags.models import policy"
    },
    "Only services call the client": {"images/making/views/trespass.py": "from images.ims import IMSClient"},
    CIRCLES: {
        "images/tags/services/trespass.py": "from images.tags.services import trespass_back",
        "images/tags/services/trespass_back.py": "from images.tags.services import trespass",
    },
} | {
    rule["name"]: {"images/system/services/trespass.py": f"from {rule['protected_modules'][0]} import anything"}
    for rule in RULES
    if rule["type"] == "protected"
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    for package in ("images", "console"):
        shutil.copytree(settings.BASE_DIR / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(settings.BASE_DIR / "pyproject.toml", copy)
    return copy


#: An import that is not at the top of its module.
LATE = "images/clouds/services/trespass_late.py"


def lint(tree: Path) -> tuple[set[str], str]:
    """Names of the rules that are broken there, and all that was said."""
    entry = "from importlib.metadata import entry_points as e; [c] = e(group='console_scripts', name='lint-imports')"
    command = [sys.executable, "-c", f"{entry}; c.load()(['--no-cache'])"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    found = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
    assert found.keys() == {rule["name"] for rule in RULES}, done.stdout + done.stderr
    assert done.returncode == int("BROKEN" in found.values())
    return {name for name, state in found.items() if state == "BROKEN"}, done.stdout


def lint_with(tree: Path, modules: Mapping[str, str]) -> tuple[set[str], str]:
    try:
        for path, text in modules.items():
            (tree / path).parent.mkdir(exist_ok=True)
            (tree / path).write_text(text + "\n")
        return lint(tree)
    finally:
        for path in modules:
            (tree / path).unlink()


@pytest.fixture(scope="module")
def said(tree) -> dict[str, str]:
    """Rule → why it is broken, when all of the breaches are there: one run takes more than a second."""
    texts: dict[str, list[str]] = {LATE: ["def later():\n    from images.quotas import rules\n\n    return rules"]}
    for modules in BREACHES.values():
        for path, text in modules.items():
            texts.setdefault(path, []).append(text)
    broken, words = lint_with(tree, {path: "\n".join(lines) for path, lines in texts.items()})
    headings = "|".join(re.escape(name) for name in sorted(broken, key=len, reverse=True))
    _before, *parts = re.split(rf"^({headings})\n-+$", words, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_rule_has_a_breach_and_the_tree_has_none(tree):
    assert BREACHES.keys() == {rule["name"] for rule in RULES}
    assert lint(tree)[0] == set()


@pytest.mark.parametrize("rule", BREACHES)
def test_what_a_rule_forbids_is_refused(said, rule):
    """By this rule, whatever others say of it; that of circles names what is in one package by its last word."""
    for path in BREACHES[rule]:
        module = ".".join(Path(path).with_suffix("").parts)
        named = f".{Path(path).stem}" if rule == CIRCLES else module
        assert re.search(rf"{re.escape(named)}\b", said[rule]), said[rule]


def test_an_import_within_a_function_is_refused_as_well(said):
    assert Path(LATE).stem in said[ORDER]


@pytest.mark.parametrize(("path", "rule"), [("images/attic/__init__.py", ORDER), ("images/tags/attic.py", INSIDE)])
def test_what_has_no_place_in_the_order_is_refused(tree, path, rule):
    assert lint_with(tree, {path: ""})[0] == {rule}


def test_no_rule_has_exceptions():
    assert [rule["name"] for rule in RULES if rule.get("ignore_imports")] == []


def test_every_room_keeps_its_rows_to_itself_or_is_ground_for_all():
    having = {path.parent.name for path in (settings.BASE_DIR / "images").glob("*/models.py")}
    having |= {path.parent.parent.name for path in (settings.BASE_DIR / "images").glob("*/models/__init__.py")}
    protected = [rule["protected_modules"][0].split(".") for rule in RULES if rule["type"] == "protected"]
    assert {name[1] for name in protected if name[2:] == ["models"]} == having - GROUND
    assert having >= GROUND


def test_rules_that_list_rooms_list_them_all():
    """The order is exhaustive: what is in it is every room."""
    rules = {rule["name"]: rule for rule in RULES}
    layers = [name for layer in rules[ORDER]["layers"] for name in layer.split(" : ")]
    rooms = {f"images.{name}" for name in layers} - {"images.urls", "images.management"}
    assert {*rules[INSIDE]["containers"]} == rooms - {"images.core"}
    assert {*rules[CLIENT]["forbidden_modules"]} >= rooms
    assert {*rules[SANDBOX]["forbidden_modules"]} >= rooms
