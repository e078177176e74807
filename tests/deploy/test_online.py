"""Migrations beside the work: they give way to whoever holds a table, and build indexes without stopping it."""

import subprocess
import sys
import threading
import time

import psycopg
import pytest

from tests.deploy.locks import Locks
from tests.deploy.webs import environment, manage
from tests.postgres import postgres
from tests.sandbox_process import ROOT, wait_for
from tests.step_by_step import step

pytestmark = [pytest.mark.lane, pytest.mark.postgres]
#: The migration that changes a table which each page reads, and the one before it.
CHANGE, BEFORE = "0023_index_shape", "0022_setbacks"
_OPERATE = """
import sys
import django
django.setup()
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from images.core.online_migrations import AddCheckOnline, AddIndexOnline
operation = {
    "index": AddIndexOnline("process", models.Index(fields=["version"], name="process_online")),
    "check": AddCheckOnline("process", models.CheckConstraint(condition=~models.Q(name="x"), name="process_checked")),
}[sys.argv[1]]
before = MigrationLoader(connection).project_state()
after = before.clone()
operation.state_forwards("images", after)
with connection.schema_editor(atomic=False) as editor:
    operation.database_forwards("images", editor, before, after)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Settings of an installation that is about to be upgraded, and the URL of its database."""
    folder = tmp_path_factory.mktemp("online")
    with postgres() as url:
        given = environment(folder, DATABASE_URL=url)
        manage(given, "migrate", "--verbosity", "0")
        yield given, url


class Reader(threading.Thread):
    """Somebody who looks at pages: each asks for the version of the index."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.ended = threading.Event()

    def run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self.ended.wait(0.05):
                connection.execute("SELECT version FROM images_indexstate")


@pytest.mark.parametrize(("command", "gives_way"), [("upgrade", True), ("migrate", False)])
def test_an_upgrade_gives_way_to_a_long_transaction(site, command, gives_way):
    """Django's own command waits for as long as it takes, and everybody behind it; so the measure can fail."""
    given, url = site
    step(given, BEFORE)
    assert not is_applied(url, CHANGE)
    reader = Reader(url)
    words = [sys.executable, "-W", "ignore", "manage.py", command, *(["--skip-static"] if gives_way else [])]
    with psycopg.connect(url) as holder, Locks(url) as locks:
        holder.execute("SELECT version FROM images_indexstate")  # and does not end
        reader.start()
        with subprocess.Popen(words, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True) as upgrade:
            wait_for(lambda: locks.longest > 0, 120)
            time.sleep(2)  # seconds that the transaction goes on while the migration wants the table
            assert upgrade.poll() is None
            holder.commit()
            said, _none = upgrade.communicate(timeout=300)
            assert upgrade.returncode == 0, said
        reader.ended.set()
        reader.join(60)
    assert (locks.longest < 1.0) == gives_way, locks.longest
    assert locks.deadlocks == 0
    assert is_applied(url, CHANGE)


def is_applied(url: str, name: str) -> bool:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT 1 FROM django_migrations WHERE app = 'images' AND name = %s", [name])
        return rows.fetchone() is not None


def operate(given: dict[str, str], what: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-W", "ignore", "-c", _OPERATE, what]
    return subprocess.Popen(command, cwd=ROOT, env=given, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("what", ["index", "check"])
def test_built_while_people_write(site, what):
    """One writes and has not ended; others write meanwhile without waiting for the index or the check."""
    given, url = site
    insert = (
        "INSERT INTO images_process (kind, name, queues, version, started_at, seen_at)"
        " VALUES ('worker', %s, '', '1', now(), now())"
    )
    with psycopg.connect(url) as slow, psycopg.connect(url, autocommit=True) as quick, Locks(url) as locks:
        quick.execute("DROP INDEX IF EXISTS process_online")  # another test may have made it
        slow.execute(insert, [f"slow-{what}"])
        with operate(given, what) as building:
            if what == "index":
                wait_for(lambda: waits_for_transactions(quick), 120)
            for number in range(20):
                quick.execute(insert, [f"quick-{what}-{number}"])
            slow.commit()
            assert building.wait(300) == 0, building.stderr.read()
    if what == "index":
        assert locks.longest < 1.0
        assert is_valid(url)


def waits_for_transactions(connection: psycopg.Connection) -> bool:
    rows = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'virtualxid'")
    return rows.fetchone()[0] > 0


def is_valid(url: str) -> bool:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'process_online'::regclass")
        return bool(rows.fetchone()[0])


def test_an_index_that_was_broken_off_is_made_anew(site):
    given, url = site
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP INDEX IF EXISTS process_online")
        connection.execute("CREATE INDEX process_online ON images_process (version)")
        connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'process_online'::regclass")
    with operate(given, "index") as building:
        assert building.wait(300) == 0, building.stderr.read()
    assert is_valid(url)
