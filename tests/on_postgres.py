"""Runs pytest against a PostgreSQL of its own: `python -m tests.on_postgres [pytest arguments]`."""

import os
import subprocess
import sys

from tests.postgres import postgres


def main() -> int:
    with postgres() as url:
        environment = {**os.environ, "TEST_DATABASE_URL": url}
        return subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
