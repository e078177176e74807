"""Each migration by itself, as the releases took them that knew of no squashed one: forwards or backwards, and what
stays is what the code of that time would leave.

`python -m tests.step_by_step 0020_notices`, with the DATABASE_URL of the environment.
"""

import subprocess
import sys
from collections.abc import Mapping

from tests.sandbox_process import ROOT

APP = "images"


def step(given: Mapping[str, str], name: str) -> None:
    """Brings the database of this environment to a migration of ours, and to those of others that it needs."""
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name, name]
    done = subprocess.run(command, cwd=ROOT, env=dict(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _migrate(name: str) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.loader import MigrationLoader

    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    for key, squashed in executor.loader.replacements.items():
        if key[0] == APP:
            executor.loader.graph.remove_replacement_node(key, squashed.replaces)
    executor.loader.replacements = {}  # so that none is written down as applied
    executor.migrate([(APP, name)])


if __name__ == "__main__":
    import django

    django.setup()
    _migrate(sys.argv[1])
