"""Operations beside their floors, on PostgreSQL, two web processes as in the container, and a carrier.

* retag: upstream calls beside one an image; seconds beside the same calls made bare with `requests` in as many threads
  (retag_figures.py), as fast as the sandbox answers (without the console's bound of calls in a second, which would be
  what is measured), and with answers held back for 50 ms as over a network.
* browsers that follow jobs: p95 of a poll of an operation's page beside that of a signed-in view that only returns the
  same bytes, asked by the same number of browsers of the same two processes; and the job queries that reach the service
  in equal times after the jobs' begin, for many browsers beside one.
* a bulk edit, asked for in its form: p95 of the list meanwhile beside that of the idle console; peak memory of each
  process after it beside that after an edit of a tenth, and 8 MB.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench import followers
from tests.bench.bulk_edit import bulk_edit_rows, p95, row
from tests.bench.operation_stage import Stage, environment_for, run, stage
from tests.postgres import postgres
from tests.sandbox_process import SandboxProcess

Row = dict[str, Any]
JOBS = "5.6.1"


def rows(fast: bool) -> Iterator[Row]:
    yield from _retag(200 if fast else 1_000)
    yield from _followed(browsers=40 if fast else 200, seconds=8 if fast else 30)
    with stage(images=2_000 if fast else 18_000, people=1) as made:
        yield from bulk_edit_rows(made, count=500 if fast else 5_000)


# --- retagging ------------------------------------------------------------------------------------------------------
def _retag(count: int) -> Iterator[Row]:
    quick = _retagged(count, latency=0.0, rate="1000000")
    yield row(f"retag {quick['images']:,} images: upstream calls", sum(quick["calls"].values()), quick["images"],
              "", "<= 1.0")  # fmt: skip
    yield row(f"retag {quick['images']:,} images, beside bare calls", quick["ours"], quick["bare"], "s", "<= 1.5")
    slow = _retagged(count, latency=0.05, rate="200")
    yield row(f"retag {slow['images']:,} images, 50 ms an answer", slow["ours"], slow["bare"], "s", "<= 1.5")


def _retagged(count: int, *, latency: float, rate: str) -> dict[str, Any]:
    """The better of two rounds each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="image-console-bench-")))
        sandbox = stack.enter_context(SandboxProcess(folder, images=4 * count, latency=latency))
        environment = environment_for(stack.enter_context(postgres()), sandbox, folder)
        environment |= {"BENCH_IMAGES": str(count), "OPERATION_RATE": rate}
        figures = run("tests.bench.retag_figures", environment)
    if not figures["equal"]:
        raise RuntimeError("after retagging the cache differs from the service")
    return figures | {"ours": min(figures["ours"]), "bare": min(figures["bare"])}


# --- browsers that follow ---------------------------------------------------------------------------------------------
def _followed(browsers: int, seconds: float) -> Iterator[Row]:
    """Each round on a stage of its own, so that the jobs are of the same age in all of them and ask as much."""
    asked: dict[int, int] = {}
    for many in (1, browsers):
        with stage(images=1_000, people=browsers) as made:
            asked[many], polls = _watch(made, many, seconds)
    with stage(images=1_000, people=browsers) as made:
        floor = _watch_bytes(made, polls, seconds)
    what = f"{browsers} browsers follow jobs"
    yield row(f"{what}: p95 of a poll", p95(polls.times), p95(floor.times), "ms", "<= 5")
    yield row(f"{what}: job queries upstream, beside one", asked[browsers], asked[1], "", "<= 1.1")


def _watch(made: Stage, many: int, seconds: float) -> tuple[int, followers.Seen]:
    """Job queries that reach the service while so many look on, and what came of their polls."""
    pks = _begin_jobs(made)
    # both processes have loaded what they need, with a connection to the database in each of their threads
    asyncio.run(followers.follow(made.port, made.facts["sessions"], pks, 5.0))
    made.sandbox.reset_calls()
    polls = asyncio.run(followers.follow(made.port, made.facts["sessions"][:many], pks, seconds))
    return made.sandbox.calls().get(JOBS, 0), polls


def _watch_bytes(made: Stage, polls: followers.Seen, seconds: float) -> followers.Seen:
    """The same from the view that returns the bytes of these polls."""
    _begin_jobs(made)
    (made.var / "floor-poll").write_bytes(polls.body)
    (made.var / "floor-nothing").write_bytes(b"")
    asyncio.run(followers.ask_floor(made.port, made.facts["sessions"], 5.0, 0.5))
    share = polls.news / len(polls.times)
    return asyncio.run(followers.ask_floor(made.port, made.facts["sessions"], seconds, share))


def _begin_jobs(made: Stage) -> list[int]:
    """Jobs that go on as long as we look: twenty operations of five images each."""
    made.sandbox.fault(kind="job_hang", operation="imsCopyImageInRegionJob")
    return list(run("tests.bench.operation_asks", made.environment, "copy", "20", "5")["operations"])
