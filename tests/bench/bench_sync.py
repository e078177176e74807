"""The synchronisation beside its floors.

Floors, each from the same run, the same sandbox and the same database:
* fetch and parse: the same pages of 500, one after the other with `requests`, `json.loads` on each;
* write: the rows that our synchronisation wrote, once more with the bare driver into the same emptied tables with all
  their indexes (SQLite: executemany, committed every 20 pages, and the trigram index; PostgreSQL: COPY);
* one after the other: the same pages walked by marker while the sandbox holds every answer back for 200 ms; when
  everything is new, a quarter of that and the bare write, since nobody writes faster than that by waiting less.

Each database is measured in a process of its own, so that peak memory is that of a synchronisation.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.postgres import postgres
from tests.sandbox_process import SandboxProcess

ROOT = Path(__file__).resolve().parents[2]
SIZES = {True: 8_000, False: 100_000}
MEMORY_MB = 300


def rows(fast: bool) -> Iterator[dict[str, Any]]:
    images = SIZES[fast]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="image-console-bench-")))
        sandbox = stack.enter_context(SandboxProcess(folder, images=images))
        yield from _on("SQLite", f"sqlite:///{folder}/cache.sqlite3", images, sandbox, folder)
        yield from _on("PostgreSQL", stack.enter_context(postgres()), images, sandbox, folder)


def _on(database: str, url: str, images: int, sandbox: SandboxProcess, folder: Path) -> Iterator[dict[str, Any]]:
    figures = _measure(url, sandbox, folder)
    first = figures["fetch"] + figures["write"]
    what = f"{images:,} images, {database}"
    yield _row(f"first synchronisation, {what}", figures["first"], first, "<= 1.5")
    yield _row(f"nothing changed, {what}", figures["unchanged"], figures["fetch"], "<= 1.0")
    yield _row(f"200 ms a page, nothing changed, {what}", figures["slow_unchanged"], figures["slow_walk"], "<= 0.25")
    waiting_and_writing = figures["slow_walk"] / 4 + figures["write"]
    yield _row(f"200 ms a page, first time, {what}", figures["slow_first"], waiting_and_writing, "<= 1.0")
    yield {
        "name": f"peak memory, {what}",
        "ours": figures["memory"],
        "floor": MEMORY_MB,
        "unit": "MB",
        "ratio": figures["memory"] / MEMORY_MB,
        "goal": "<= 1.0",
    }


def _row(name: str, ours: float, floor: float, goal: str) -> dict[str, Any]:
    return {"name": name, "ours": ours, "floor": floor, "unit": "s", "ratio": ours / floor, "goal": goal}


def _measure(url: str, sandbox: SandboxProcess, folder: Path) -> dict[str, float]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_URL": url,
        "TEST_VAR_DIR": str(folder / "var"),
        "SANDBOX_URL": sandbox.base_url,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.sync_figures"]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
