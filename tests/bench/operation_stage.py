"""What the benchmarks of operations run on: PostgreSQL, a sandbox, two web processes as in the container, a carrier."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.chaos.trouble import Processes
from tests.postgres import postgres
from tests.sandbox_process import ROOT, SandboxProcess

#: The web server of the Dockerfile; a browser's connection stays open between two polls.
WEB = ("--workers=2", "--threads=8", "--keep-alive=75", "--log-level=error")


@dataclass
class Stage:
    """`facts`: what operation_fill has made; `web` and `carrier`: process IDs."""

    sandbox: SandboxProcess
    processes: Processes
    environment: dict[str, str]
    folder: Path
    port: int
    facts: dict[str, Any]

    @property
    def var(self) -> Path:
        """Where the floor's bytes are looked for."""
        return Path(self.environment["TEST_VAR_DIR"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def carrier(self) -> int:
        return self.processes.pid("plain")

    @property
    def webs(self) -> list[int]:
        """The two web processes, without the one that starts them."""
        found = Path(f"/proc/{self.processes.pid('web')}/task/{self.processes.pid('web')}/children").read_text()
        return [int(pid) for pid in found.split()]


@contextmanager
def stage(images: int, people: int) -> Iterator[Stage]:
    """A project of so many images, and so many people who are signed in."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="image-console-bench-")))
        (folder / "var").mkdir()
        sandbox = stack.enter_context(SandboxProcess(folder, images=images))
        environment = environment_for(stack.enter_context(postgres()), sandbox, folder)
        facts = run("tests.bench.operation_fill", environment, str(people))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        processes = stack.enter_context(Processes(folder, environment))
        processes.start("web", f"--bind=127.0.0.1:{port}", *WEB)
        processes.start("plain")
        made = Stage(sandbox, processes, environment, folder, port, facts)
        _wait(made)
        yield made


def environment_for(database: str, sandbox: SandboxProcess, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.bench.list_settings",
        "TEST_DATABASE_URL": database,
        "TEST_VAR_DIR": str(folder / "var"),
        "SANDBOX_URL": sandbox.base_url,
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }


def run(module: str, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """What a module prints as its last line."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peak_mb(pid: int) -> float:
    """The most memory that a process has had (resident)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found, f"process {pid} has gone"
    return int(found[1]) / 1024


def _wait(made: Stage) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            requests.get(f"{made.url}/signin/", timeout=10)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the web server did not start: {(made.folder / 'web.log').read_text()}")
