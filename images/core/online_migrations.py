"""Changes of tables that hold a hundred thousand rows while people work with them.

Django's own operations build an index or check a constraint while nobody may write (on PostgreSQL); these do it beside
the work. Each belongs into a migration with `atomic = False`, best alone. On SQLite, where one process at a time
writes and the embedded mode stands still for an upgrade, they are Django's own.

`tests/guards/test_migrations.py` refuses what blocks; docs/deploy.md tells how upgrades go.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db.migrations.operations import AddConstraint, AddIndex


class AddIndexOnline(AddIndexConcurrently):
    """An index, built while rows are read and written. What an attempt that was broken off left is made anew."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        with _patience(schema_editor):
            if not schema_editor.collect_sql:
                _drop_broken(schema_editor, self.index.name)
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
            return
        with _patience(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class AddCheckOnline(AddConstraint):
    """A check constraint that holds for new rows at once, and is then looked up in the old ones without a lock."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model_name, name = self.model_name, self.constraint.name
        add = AddConstraintNotValid(model_name, self.constraint)
        add.database_forwards(app_label, schema_editor, from_state, to_state)
        with _patience(schema_editor):
            ValidateConstraint(model_name, name).database_forwards(app_label, schema_editor, from_state, to_state)


@contextmanager
def _patience(schema_editor: Any) -> Iterator[None]:
    """Without the lock_timeout of an upgrade: whoever builds beside the work waits for transactions that are under way,
    and holds up nobody meanwhile."""
    if schema_editor.collect_sql:
        yield
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


def _drop_broken(schema_editor: Any, name: str) -> None:
    """PostgreSQL keeps an index that could not be finished, marks it as not valid, and never uses it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE relname = %s AND NOT indisvalid AND pg_table_is_visible(pg_class.oid)",
            [name],
        )
        if cursor.fetchone():
            cursor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(name)}")
