"""Migrations tell the whole story, imports point down, modules stay small."""

import subprocess
import sys
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest
from django.conf import settings
from django.core.management import call_command

LIMIT = 400
#: Files of one folder; migrations aside.
FILES = 36
ROOMS = ("console", "images", "tests")


@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_imports_point_down():
    """The contracts of pyproject.toml. In a process of its own: the linter sets up logging for the whole process."""
    entry = "from importlib.metadata import entry_points as e; [c] = e(group='console_scripts', name='lint-imports')"
    done = subprocess.run(
        [sys.executable, "-c", f"{entry}; c.load()(['--no-cache'])"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stdout + done.stderr


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (settings.BASE_DIR / room).rglob("*.py"))


def test_modules_stay_small():
    """A module that has grown holds two nouns by now."""
    sizes = {str(path.relative_to(settings.BASE_DIR)): len(path.read_text().splitlines()) for path in modules()}
    assert not {path: size for path, size in sizes.items() if size > LIMIT}


def test_folders_stay_small():
    """What nobody can look over, nobody looks over."""
    there = subprocess.run(
        ["git", "ls-files"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    ).stdout
    counts = Counter(str(PurePosixPath(path).parent) for path in there.splitlines())
    assert not {folder: count for folder, count in counts.items() if count > FILES and "migrations" not in folder}


def test_no_address_of_the_makers_machine():
    pattern = ["/" + "work/", "/" + "tmp/"]
    found = [
        path
        for path in modules()
        for text in [path.read_text()]
        if any(f'"{start}' in text or f" {start}" in text for start in pattern)
    ]
    assert not found
