"""The database as it was, to be put back while nobody is connected: files on SQLite, a template on PostgreSQL."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connection


@dataclass
class Snapshot:
    """One copy. `place`: a file, or the name of a database."""

    place: str

    @classmethod
    def take(cls, folder: Path) -> "Snapshot":
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            snapshot = cls(str(folder / "snapshot.sqlite3"))
            shutil.copyfile(name, snapshot.place)
            return snapshot
        snapshot = cls(f"{name}_snapshot")
        _sql(f'DROP DATABASE IF EXISTS "{snapshot.place}"', f'CREATE DATABASE "{snapshot.place}" TEMPLATE "{name}"')
        return snapshot

    def put_back(self) -> None:
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite":
            for more in ("-wal", "-shm"):
                Path(name + more).unlink(missing_ok=True)
            shutil.copyfile(self.place, name)
            return
        _sql(f'DROP DATABASE "{name}" WITH (FORCE)', f'ALTER DATABASE "{self.place}" RENAME TO "{name}"')


def _sql(*statements: str) -> None:
    """Killed processes may still be connected for a moment, so everybody is thrown out first."""
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    parameters.pop("context", None), parameters.pop("cursor_factory", None), parameters.pop("prepare_threshold", None)
    with psycopg.connect(**parameters, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE %s",
            [f"{connection.settings_dict['NAME']}%"],
        )
        for statement in statements:
            server.execute(statement)
