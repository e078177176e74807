"""Migrations tell the whole story, imports point down, modules stay small."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

LIMIT = 500
ROOMS = ("console", "images", "tests")


@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_imports_point_down(monkeypatch, capsys):
    """The contracts of pyproject.toml."""
    monkeypatch.chdir(settings.BASE_DIR)
    lint_imports = next(iter(entry_points(group="console_scripts", name="lint-imports"))).load()
    with pytest.raises(SystemExit) as ended:
        lint_imports(["--no-cache"])
    assert not ended.value.code, capsys.readouterr().out


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (settings.BASE_DIR / room).rglob("*.py"))


def test_modules_stay_small():
    """A module that has grown holds two nouns by now. Tables of tests may be longer."""
    product = [path for path in modules() if "tests" not in path.parts]
    sizes = {str(path.relative_to(settings.BASE_DIR)): len(path.read_text().splitlines()) for path in product}
    assert not {path: size for path, size in sizes.items() if size > LIMIT}


def test_no_address_of_the_makers_machine():
    pattern = ["/" + "work/", "/" + "tmp/"]
    found = [
        path
        for path in modules()
        for text in [path.read_text()]
        if any(f'"{start}' in text or f" {start}" in text for start in pattern)
    ]
    assert not found
