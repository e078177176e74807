"""The first page for 50 projects and 100,000 images beside the same for 1 project and 1,000 images (goal: 3), over real
HTTP, the two asked in turn: all tiles in one page, and each tile alone.

Lower quartiles of forty, in milliseconds. With --fast: 10 projects and 10,000 images, on SQLite only.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from tests.bench.bench_list import _Client, _server
from tests.postgres import postgres

SMALL, LARGE, MIDDLE = (1, 1_000), (50, 100_000), (10, 10_000)
TURNS = 40
TILES = ("approvals", "operations", "console", "quotas", "projects", "policy", "changes", "images")
Row = dict[str, Any]


def rows(fast: bool) -> Iterator[Row]:
    yield from _rows("SQLite", MIDDLE if fast else LARGE)
    if not fast:
        yield from _rows("PostgreSQL", LARGE)


def _rows(vendor: str, large: tuple[int, int]) -> Iterator[Row]:
    with ExitStack() as stack:
        asked = {size: _stage(stack, vendor, size) for size in (SMALL, large)}
        for name, url in {"whole page": "/", **{f"tile {one}": f"/dashboard/{one}/" for one in TILES}}.items():
            times: dict[tuple[int, int], list[float]] = {SMALL: [], large: []}
            for turn in range(TURNS + 3):
                for size, client in asked.items():
                    took = client.timed(url)
                    if turn >= 3:
                        times[size].append(took)
            ours, floor = (statistics.quantiles(times[size])[0] for size in (large, SMALL))
            yield {
                "name": f"dashboard, {large[0]} projects and {large[1]:,} images, {vendor}: {name}",
                "ours": ours, "floor": floor, "unit": "ms", "ratio": ours / floor, "goal": "<= 3",
            }  # fmt: skip


def _stage(stack: ExitStack, vendor: str, size: tuple[int, int]) -> _Client:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="image-console-bench-"))
    url = f"sqlite:///{folder}/dashboard.sqlite3" if vendor == "SQLite" else stack.enter_context(postgres())
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.list_settings", "TEST_DATABASE_URL": url,
        "TEST_VAR_DIR": folder, "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    filled = subprocess.run(
        [sys.executable, "-m", "tests.bench.dashboard_fill", *map(str, size)], env=environment, check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    facts = json.loads(filled.stdout.splitlines()[-1])
    return _Client(stack.enter_context(_server(environment)), facts["session"])
