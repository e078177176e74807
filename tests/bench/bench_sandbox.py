"""The sandbox: a page of 500 images over HTTP, deep in a long list, and starting from a saved state.

The floor of a page is encoding its 500 images as JSON in memory, with msgspec, the fastest encoder at hand (that of the
standard library takes ten times as long). The client is a bare HTTP connection in another process.
The floor of the start is its bound of ten seconds.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec

from tests.sandbox_process import SandboxProcess

PAGE = 500
ROUNDS = 15
START_BOUND = 10.0


def rows(fast: bool) -> Iterator[dict[str, Any]]:
    """Milliseconds of pages, seconds of the start; at 10,000 images when ``fast``, else at 100,000."""
    images = 10_000 if fast else 100_000
    with tempfile.TemporaryDirectory() as folder, SandboxProcess(Path(folder), images=images) as sandbox:
        project = sandbox.env["IMS_PROJECT_ID"]
        order = "sort_key=created_at&sort_dir=asc"
        lists = {
            "plain list": "/v2/cloudimages?limit=500",
            "deep, by owner and time": f"/v2/cloudimages?owner={project}&created_at=gte:2023-01-01T00:00:00Z&{order}",
        }
        connection = HTTPConnection("127.0.0.1", sandbox.port, timeout=60)
        headers = {"X-Auth-Token": sandbox.token()}

        def get(path: str) -> bytes:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().read()

        for name, path in lists.items():
            target = path
            if name.startswith("deep"):
                own = sorted(sandbox.dump(project)["images"], key=lambda image: (image["created_at"], image["id"]))
                target += f"&marker={own[len(own) * 2 // 3]['id']}"
            documents = msgspec.json.decode(get(target))["images"]
            assert len(documents) == PAGE
            yield row(
                f"sandbox: page of 500 out of {images:,}, {name}",
                best(lambda target=target: get(target)) * 1000,
                best(lambda documents=documents: msgspec.json.encode(documents)) * 1000,
                "ms",
                "<= 3",
            )
        connection.close()
        sandbox.stop()
        begin = time.perf_counter()
        sandbox.start()
        yield row(f"sandbox: start with {images:,} saved images", time.perf_counter() - begin, START_BOUND, "s", "<= 1")


def best(call: Callable[[], Any]) -> float:
    """The shortest of some tries, in seconds."""
    shortest = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        call()
        shortest = min(shortest, time.perf_counter() - begin)
    return shortest


def row(name: str, ours: float, floor: float, unit: str, goal: str) -> dict[str, Any]:
    return {"name": name, "ours": ours, "floor": floor, "unit": unit, "ratio": ours / floor, "goal": goal}
