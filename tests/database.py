"""The database of the tests: its tables are made once and kept for later runs, and emptied where no test is undone."""

import hashlib
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import django
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections, transaction
from django.test import TransactionTestCase

from tests.sandbox_process import ROOT

_KEPT = ROOT / "var" / "tests"
#: What migrations call beside themselves, wherever it lies in images/.
_CALLED = ("clock.py", "online_migrations.py", "models.py", "models/*.py")
#: The same after every migration; their rows are no test's.
_STAYS = {model._meta.db_table for model in (ContentType, Permission)}


def _digest() -> str:
    """Of all that decides what the migrations make."""
    images = Path(apps.get_app_config("images").path)
    sources = [file for app in apps.get_app_configs() for file in Path(app.path).glob("migrations/**/*.py")]
    sources += [file for name in _CALLED for file in images.rglob(name)]
    made = hashlib.sha256(f"{sys.version} {django.VERSION} {sqlite3.sqlite_version}".encode())
    for file in sorted(sources):
        made.update(f"{file.name}\n".encode() + file.read_bytes())
    return made.hexdigest()[:16]


@cache
def _file() -> Path:
    return _KEPT / f"migrated-{_digest()}.sqlite3"


@contextmanager
def migrated() -> Iterator[None]:
    """On SQLite, Django finds the tables in the memory where it would make them, when an earlier run has kept them:
    `migrate` then has nothing to do. Of five seconds a process half of one is left."""
    if connection.vendor != "sqlite" or not (kept := _file()).exists():
        yield
        return
    memory = connection.creation._get_test_db_name()
    with closing(sqlite3.connect(memory, uri=True)) as held, closing(sqlite3.connect(kept)) as file:
        file.backup(held)
        yield


def keep() -> None:
    """For later runs; written elsewhere first, for several processes come here at once."""
    if connection.vendor != "sqlite" or (kept := _file()).exists():
        return
    _KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_KEPT) as folder:
        new = Path(folder) / kept.name
        with closing(sqlite3.connect(new)) as file:
            connection.connection.backup(file)
        new.replace(kept)
    for other in _KEPT.glob("migrated-*.sqlite3"):
        if other != kept:
            other.unlink(missing_ok=True)


def lay(file: Path) -> None:
    """Where a process of the console will look for its database: its `migrate` then has nothing to do, as above."""
    if _file().exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_file(), file)


def _empty(case: TransactionTestCase) -> None:
    """After a test with real transactions. Django's flush empties all fifty tables and makes permissions and content
    types anew, which takes longer than most of the tests; here only what holds rows is emptied."""
    for alias in case._databases_names(include_mirrors=False):
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            tables = _tables(alias)
            cursor.execute(" UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {one})" for one in tables))
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {table}")


def _tables(alias: str) -> list[str]:
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy}
    return sorted(tables - _STAYS)


def empty_quickly() -> None:
    """From now on."""
    TransactionTestCase._fixture_teardown = _empty
