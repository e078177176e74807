"""The database is put back to an earlier state: what was done since is found, not done again."""

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import connection, connections

from images.cache.models.image import Image
from images.operations.enums import ActionKind, ItemState
from images.operations.models.operation import Operation, OperationItem
from images.operations.services import continuity
from tests.clouds.projects import in_sandbox
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done, own

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]

_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1
"""


class Backup:
    """All rows as they are now, to be put back: on SQLite by its backup, on PostgreSQL as a loader of rows does it."""

    def __init__(self, folder: Path) -> None:
        self._rows: dict[str, bytes] = {}
        self._copy = folder / "backup.sqlite3"
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(self._copy)) as copy:
                connection.connection.backup(copy)
            return
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
            for (table,) in cursor.fetchall():
                with cursor.copy(f'COPY "{table}" TO STDOUT') as out:
                    self._rows[table] = b"".join(bytes(piece) for piece in out)

    def restore(self) -> None:
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(self._copy)) as copy:
                copy.backup(connection.connection)
            return
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # in any order, as pg_restore does
            cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in self._rows))
            for table, rows in self._rows.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as into:
                    into.write(rows)
            cursor.execute("SET session_replication_role = DEFAULT")


def named(sandbox, project, start: str) -> int:
    return sum(one["name"].startswith(start) for _state, one in in_sandbox(sandbox, project).values())


MAKING = {
    "three copies of one name": (ActionKind.COPY, 3, lambda name: {"item": {"name": name}}),
    "metadata": (ActionKind.METADATA, 0, lambda name: {"name": name, "item": {"fields": {"name": name}}}),
    "created": (
        ActionKind.CREATE,
        0,
        lambda name: {
            "name": name,
            "item": {
                "order": "SystemFile",
                "fields": {"name": name, "image_url": "ims-image:centos70.qcow2", "min_disk": 40},
            },
        },
    ),
    "registered": (
        ActionKind.REGISTER,
        0,
        lambda name: {"name": name, "item": {"image_url": "ims-image:centos70.qcow2", "fields": {"name": name}}},
    ),
}


@pytest.mark.parametrize("act", MAKING)
@pytest.mark.parametrize("same_process", [True, False])
def test_made_once_after_two_restores(sandbox, project, ask, tmp_path, monkeypatch, act, same_process):
    """What waited when the backup was taken was done since, by this process or by one that is no longer there."""
    kind, images, asked = MAKING[act]
    name = f"restored {act} {same_process}"
    continuity.unbroken_since()
    operation = ask(kind, *[own(project)] * images, **asked(name))
    backup = Backup(tmp_path)
    assert_done(carried(operation))
    assert named(sandbox, project, name) == max(1, images)
    for _time in range(2):
        backup.restore()
        assert Operation.objects.get(pk=operation.pk).state == "waiting"
        if not same_process:
            monkeypatch.setattr(continuity, "_own", None)
        assert_done(carried(operation))
        assert named(sandbox, project, name) == max(1, images)
    made = [item.result["image_id"] for item in operation.items.all()]
    assert len(set(made)) == max(1, images)
    assert operation.events.filter(text__contains="put back").count() == max(1, images)


def test_what_was_not_done_is_done_after_a_restore(sandbox, project, ask, tmp_path):
    continuity.unbroken_since()
    operation = ask(ActionKind.COPY, own(project), item={"name": "not yet"})
    Backup(tmp_path).restore()
    assert_done(carried(operation))
    assert named(sandbox, project, "not yet") == 1
    assert not operation.events.exists()


def test_a_second_copy_that_is_wanted_is_made(sandbox, project, ask, tmp_path):
    """Asked for, done and backed up; then a second one of the same name, and a restore before it was done."""
    image = own(project)
    continuity.unbroken_since()
    assert_done(carried(ask(ActionKind.COPY, image, item={"name": "twice"})))
    second = ask(ActionKind.COPY, image, item={"name": "twice"})
    Backup(tmp_path).restore()
    assert_done(carried(second))
    assert named(sandbox, project, "twice") == 2


def test_an_export_that_has_arrived_is_done(sandbox, project, ask, tmp_path):
    """The service refuses a file that is there already."""
    free = Image.objects.filter(project=project, status="active", member_status="", whole_image=False, key_id="")
    image = free.exclude(env_type__in=("IsoImage", "DataImage")).first()
    continuity.unbroken_since()
    operation = ask(ActionKind.EXPORT, image, bucket_url="ims-image:restored.qcow2", file_format="qcow2")
    backup = Backup(tmp_path)
    assert_done(carried(operation))
    backup.restore()
    assert_done(carried(operation))


def test_nothing_is_looked_for_while_the_database_goes_on(sandbox, project, ask):
    since = continuity.unbroken_since()
    for name in ("one", "two"):
        assert_done(carried(ask(ActionKind.COPY, own(project), item={"name": f"unbroken {name}"})))
    assert continuity.unbroken_since() == since
    assert not OperationItem.objects.exclude(state=ItemState.DONE).exists()


@contextmanager
def another_process(monkeypatch):
    """It remembers nothing."""
    with monkeypatch.context() as patched:
        patched.setattr(continuity, "_own", None)
        yield


def test_another_process_believes_the_rows_of_an_unbroken_postgres(project, monkeypatch):
    with another_process(monkeypatch):
        since = continuity.unbroken_since()
    with another_process(monkeypatch):
        again = continuity.unbroken_since()
    assert (again == since) == (connection.vendor == "postgresql")


@pytest.mark.parametrize("how", ["rows", "database"])
def test_postgres_tells_another_process_of_a_restore(project, monkeypatch, tmp_path, how):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite tells nothing: each process believes what was asked for since it began")
    since = continuity.unbroken_since()
    if how == "rows":
        Backup(tmp_path).restore()
    else:
        name = connection.settings_dict["NAME"]
        with connection._nodb_cursor() as cursor:
            connections.close_all()
            cursor.execute(f'CREATE DATABASE "{name}_snap" TEMPLATE "{name}"')
            cursor.execute(f'DROP DATABASE "{name}"')
            cursor.execute(f'ALTER DATABASE "{name}_snap" RENAME TO "{name}"')
    with another_process(monkeypatch):
        assert continuity.unbroken_since() > since
        since = continuity.unbroken_since()
        assert continuity.unbroken_since() == since
