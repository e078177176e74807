"""How long from a ring to the first line of its task, with one idle worker of two threads; figures of ADR 3.

    python -m tests.bench.broker [folder | kombu:0.2 | kombu:0.05 | redis]

`folder` is ours, `kombu:SECONDS` kombu's own, looked into so often. 120 rings 50 to 450 ms apart, then 20 s of rest
for the worker's CPU.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path

import psutil

from tests.console.broker import servers
from tests.sandbox_process import ROOT, wait_for

RINGS = 120


def main(which: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "var").mkdir()
        with _broker(which, folder) as broker:
            environment = {
                **os.environ, "BROKER_URL": broker.url, "VAR_DIR": str(folder / "var"), "BENCH_BROKER": which,
                "BROKER_TEST_NOTES": str(folder / "notes"), "DJANGO_SETTINGS_MODULE": "console.settings",
                "SECRET_KEY": "only-for-this-bench-0123456789-abcdefghijklmnopqrstuvwxyz",
            }  # fmt: skip
            _measure(which, folder / "notes", environment, folder / "worker.log")


def _broker(which: str, folder: Path) -> AbstractContextManager[servers.Folder | servers.Redis]:
    return servers.redis_server(folder) if which == "redis" else servers.folder(folder)


def _measure(which: str, notes: Path, environment: dict[str, str], log: Path) -> None:
    notes.touch()
    command = [sys.executable, "-m", "celery", "--app=tests.bench.broker_app", "worker", "--pool=threads",
               "--concurrency=2", "--loglevel=WARNING"]  # fmt: skip
    with log.open("wb") as output:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        said = subprocess.run([sys.executable, "-m", "tests.bench.broker_app"], cwd=ROOT, env=environment, text=True,
                              stdout=subprocess.PIPE, check=True).stdout  # fmt: skip
        rung = {words[0]: (float(words[1]), float(words[2])) for words in map(str.split, said.splitlines())}
        wait_for(lambda: len(notes.read_text().splitlines()) >= len(rung), 60)
        began = {words[0]: float(words[1]) for words in map(str.split, notes.read_text().splitlines())}
        late = sorted((began[name] - before) * 1000 for name, (before, _took) in rung.items())[: len(rung)]
        ring = statistics.median(took for _before, took in rung.values()) * 1000
        before = psutil.Process(worker.pid).cpu_times()
        time.sleep(20)
        after = psutil.Process(worker.pid).cpu_times()
        idle = (after.user + after.system - before.user - before.system) / 20 * 100
        print(f"{which}: median {statistics.median(late):.1f} ms, p95 {late[int(len(late) * 0.95)]:.1f} ms, "
              f"ring {ring:.1f} ms, idle {idle:.2f} %")  # fmt: skip
    finally:
        worker.kill()
        worker.wait()


def pauses() -> list[float]:
    chance = random.Random(14)
    return [chance.uniform(0.05, 0.45) for _ in range(RINGS)]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "folder")
