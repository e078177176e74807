"""The squashed migration makes what the 27 make that it replaces, and each database finds its way: a new one, one in
the middle (of 0.1.0), one that has them all (of 0.2.0)."""

import importlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

from tests.deploy.webs import environment, manage
from tests.guards.schema import schema
from tests.postgres import postgres
from tests.releases import releases
from tests.step_by_step import step

NAME = "0001_squashed_0027_release_0_2_0"
REPLACED = [name for _app, name in importlib.import_module(f"images.migrations.{NAME}").Migration.replaces]
#: What a database of 0.1.0 has, and what it has yet to take.
EARLIER, LATER = REPLACED[:20], REPLACED[20:]
MIDDLE = EARLIER[-1]
processes = pytest.mark.process


@dataclass
class Database:
    given: dict[str, str]
    #: What `migrate` has said.
    said: str = ""

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection | psycopg.Connection]:
        url = self.given["DATABASE_URL"]
        file = url.removeprefix("sqlite:///")
        with closing(psycopg.connect(url) if file == url else sqlite3.connect(file)) as connection:
            yield connection

    def migrate(self) -> None:
        self.said = manage(self.given, "migrate")

    def taken(self) -> list[str]:
        """Our migrations that `migrate` has applied."""
        return re.findall(r"Applying images\.(\w+)\.\.\. OK", self.said)

    def applied(self) -> set[str]:
        with self.connect() as connection:
            rows = connection.execute("SELECT name FROM django_migrations WHERE app = 'images'")
            return {name for (name,) in rows}

    def schema(self) -> set[str]:
        with self.connect() as connection:
            return schema(connection)


@contextmanager
def urls(vendor: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Of two empty databases."""
    if vendor == "sqlite":
        yield f"sqlite:///{folder}/new.sqlite3", f"sqlite:///{folder}/old.sqlite3"
        return
    with postgres() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE older")
        yield url, url.replace("/console?", "/older?")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def databases(request, tmp_path_factory) -> Iterator[tuple[Database, Database]]:
    """One that was empty and one that was of 0.1.0, both brought to this code."""
    folder = tmp_path_factory.mktemp("squashed")
    with urls(request.param, folder) as both:
        new, old = (Database(environment(folder, DATABASE_URL=url)) for url in both)
        step(old.given, MIDDLE)
        assert old.applied() == set(EARLIER)
        for one in (new, old):
            one.migrate()
        yield new, old


@processes
def test_a_new_database_takes_one_step(databases):
    new, _old = databases
    assert new.taken()[0] == NAME
    assert not set(REPLACED) & set(new.taken())
    assert {NAME, *REPLACED} <= new.applied()


@processes
def test_one_in_the_middle_takes_each_step(databases):
    _new, old = databases
    assert old.taken()[: len(LATER)] == LATER
    assert NAME not in old.taken()
    assert {NAME, *REPLACED} <= old.applied()


@processes
def test_one_that_has_taken_them_all_counts_as_squashed(databases):
    _new, old = databases
    with old.connect() as connection:
        connection.execute(f"DELETE FROM django_migrations WHERE app = 'images' AND name = '{NAME}'")
        connection.commit()
    before = old.schema()
    assert "No migrations to apply." in manage(old.given, "migrate")
    assert NAME in old.applied()
    assert old.schema() == before


@processes
def test_the_tables_are_the_same_both_ways(databases):
    new, old = (one.schema() for one in databases)
    assert sorted(new ^ old) == []
    told = "\n".join(new)
    assert all(name in told for name in ("images_search", "audit_no_delete", "item_turn", "quota_thresholds_in_order"))


@processes
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE images_remark ADD COLUMN other integer",
        "CREATE INDEX other ON images_remark (kind)",
        "CREATE UNIQUE INDEX other ON images_remark (kind) WHERE id > 0",
        "DROP INDEX item_turn",
        "DROP TRIGGER audit_no_delete{of_table}",
        "CREATE TABLE other (id integer)",
        "ALTER TABLE images_remark RENAME COLUMN kind TO other",
    ],
)
def test_a_difference_is_seen(databases, statement):
    new, _old = databases
    before = new.schema()
    with new.connect() as connection:
        of_table = " ON images_auditentry" if isinstance(connection, psycopg.Connection) else ""
        connection.execute("BEGIN")
        connection.execute(statement.format(of_table=of_table))
        assert schema(connection) != before
        connection.rollback()
    assert new.schema() == before


def test_the_models_are_the_same_both_ways():
    loader = MigrationLoader(None, replace_migrations=False)
    squashed, last = (loader.project_state(("images", name)) for name in (NAME, REPLACED[-1]))
    assert len([key for key in squashed.models if key[0] == "images"]) > 40
    for before, after in ((squashed, last), (last, squashed)):
        assert MigrationAutodetector(before, after)._detect_changes() == {}


def test_it_stands_for_a_release_and_the_next_one_is_counted_on():
    assert [one.migration for one in releases() if one.version == "0.2.0"] == [REPLACED[-1]]
    assert [one.migration for one in releases() if one.version == "0.1.0"] == [MIDDLE]
    assert MigrationAutodetector.parse_number(NAME) == len(REPLACED)
