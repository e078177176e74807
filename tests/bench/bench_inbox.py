"""The inbox with 10,000 waiting shares beside the same with 100 (goal: 2), over real HTTP, the two asked in turn.

The first page, a page three quarters down, the drawer counts with a filter, and one share with its neighbours. Lower
quartiles of forty, in milliseconds.
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

SMALL, LARGE = 100, 10_000
TURNS = 40
Row = dict[str, Any]


def rows(fast: bool) -> Iterator[Row]:
    yield from _rows("SQLite")
    if not fast:
        yield from _rows("PostgreSQL")


def _rows(vendor: str) -> Iterator[Row]:
    with ExitStack() as stack:
        asked = {size: _stage(stack, vendor, size) for size in (SMALL, LARGE)}
        for name, url in {
            "first page": "/sharing/in/",
            "three quarters down": "/sharing/in/?after={deep}",
            "largest first": "/sharing/in/?sort=largest",
            "of one owner": "/sharing/in/?owner={owner}",
            "one share": "/sharing/in/{deep}/",
        }.items():
            times: dict[int, list[float]] = {SMALL: [], LARGE: []}
            for turn in range(TURNS + 3):
                for size, (client, facts) in asked.items():
                    took = client.timed(url.format(**facts))
                    if turn >= 3:
                        times[size].append(took)
            large, small = (statistics.quantiles(times[size])[0] for size in (LARGE, SMALL))
            yield {
                "name": f"inbox, {LARGE:,} waiting beside {SMALL}, {vendor}: {name}",
                "ours": large, "floor": small, "unit": "ms", "ratio": large / small, "goal": "<= 2",
            }  # fmt: skip


def _stage(stack: ExitStack, vendor: str, size: int) -> tuple[_Client, dict[str, Any]]:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="image-console-bench-"))
    url = f"sqlite:///{folder}/inbox.sqlite3" if vendor == "SQLite" else stack.enter_context(postgres())
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.list_settings", "TEST_DATABASE_URL": url,
        "TEST_VAR_DIR": folder, "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    filled = subprocess.run(
        [sys.executable, "-m", "tests.bench.inbox_fill", str(size)], env=environment, check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    facts = json.loads(filled.stdout.splitlines()[-1])
    return _Client(stack.enter_context(_server(environment)), facts["session"]), facts
