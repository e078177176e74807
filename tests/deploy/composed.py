"""The services of compose.yaml as processes of this machine: the same commands, environment and health checks, on ports
of our own, out of what ships alone."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.chaos.trouble import Processes
from tests.deploy.proxy import NAME
from tests.deploy.rabbit import Node
from tests.deploy.shipped import DOCKERFILE, code, digest_of, environment, instructions
from tests.glance.service import free_port
from tests.redis_program import redis_program
from tests.sandbox_process import ROOT

#: What .env would hold.
_SAID = {
    "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz",
    "CREDENTIAL_KEYS": "credentials-only-for-this-test-0123456789-abcdefghijklm",
    "AUDIT_KEYS": "audit-only-for-this-test-0123456789-abcdefghijklmnopqrst",
    "POSTGRES_PASSWORD": "unused",
    "ALLOWED_HOSTS": NAME,
}
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
        [line] = instructions(DOCKERFILE.read_text(), "CMD")
        said = json.loads(line)
    return list(said)


def started() -> list[str]:
    """Two of each service that people add to at will, one of the scheduler: "web-1", "web-2" …"""
    alone = ("migrate", "scheduler")
    ours = [name for name, service in compose().items() if service["image"] == "image-console" and name not in alone]
    return [f"{name}-{number}" for name in ours for number in (1, 2)] + ["scheduler-1"]


class Services(Processes):
    """Names are those of compose.yaml with a number behind, "web-1"; "redis" is there too, and "rabbitmq" when there
    is a node. They run in the environment that ships, out of code that they do not change."""

    def __init__(self, folder: Path, environment_given: Mapping[str, str], node: Node | None = None) -> None:
        super().__init__(folder, self._contained(folder, environment_given))
        self.ports = {name: free_port() for name in started() if name.startswith("web-")}
        self._redis_port = int(environment_given["CACHE_URL"].rsplit(":", 1)[1].partition("/")[0])
        self._node = node
        self.code = code(folder)
        self._as_shipped = digest_of(self.code)

    @staticmethod
    def _contained(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
        """What is in a container: of the suite's own environment, nothing."""
        path = f"{environment() / 'bin'}:{os.environ['PATH']}"
        outside = {"HOME": given["VAR_DIR"], "LANG": "C.UTF-8", "STATIC_DIR": str(folder / "cache" / "static")}
        return {**given, **outside, "PATH": path}

    def command(self, name: str) -> list[str]:
        if name == "redis":
            where = ["--port", str(self._redis_port), "--dir", str(self._folder), "--appendonly", "yes"]
            return [redis_program(), *where]
        words = command_of(name.partition("-")[0])
        if name in self.ports:
            words[words.index("--bind") + 1] = f"127.0.0.1:{self.ports[name]}"
        if "beat" in words:  # a container has a folder of its own for its process number
            words.append("--pidfile=")
        if "worker" in words and "--hostname" not in words:  # and a host name
            words.append("--hostname=celery@%h")
        return [word.replace("%h", name) for word in self._found(words)]

    def _found(self, words: list[str]) -> list[str]:
        """Out of the environment that ships: the path that we look in ourselves is the suite's."""
        program = shutil.which(words[0], path=self._environment["PATH"])
        assert program, f"{words[0]} is not in what ships"
        return [program, *words[1:]]

    def start(self, name: str, *more: str) -> None:
        if self._node is not None and name in self._node.commands():
            self._start(name, self._node.commands()[name], self._node.folder, self._node.environment())
        else:
            self._start(name, [*self.command(name), *more], self.code, self._inside(name))

    def _inside(self, name: str) -> dict[str, str]:
        """Each container has a VAR_DIR of its own, with the volume of uploads in it."""
        shared = self._environment["VAR_DIR"]
        return {**self._environment, "VAR_DIR": f"{shared}-{name}", "UPLOAD_DIR": f"{shared}/uploads"}

    def restart_dead(self) -> list[str]:
        """What compose does with a service that ended by itself (restart: unless-stopped): a worker may, when Redis
        comes back at a bad moment (kombu closes a channel whose connection is gone: AttributeError)."""
        dead = [name for name in self._running if not self.is_alive(name)]
        for name in dead:
            self.start(name)
        return dead

    def run(self, service: str) -> None:
        """One that ends by itself. Raises AssertionError with what it said when it fails."""
        self.do(command_of(service))

    def do(self, words: list[str]) -> str:
        """A command in a container of its own. Raises AssertionError with what it said when it fails."""
        done = subprocess.run(
            self._found(words), cwd=self.code, env=self._environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def is_healthy(self, name: str) -> bool:
        """What the health check of compose.yaml says of it, asked as compose asks."""
        kind, *words = compose()[name.partition("-")[0]]["healthcheck"]["test"]
        port = self.ports.get(name, self._redis_port)
        words = [word.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for word in words]
        if words[0] == "redis-cli":
            words[1:1] = ["-p", str(port)]
        assert kind == "CMD"
        done = subprocess.run(
            self._found(words), cwd=self.code, env=self._inside(name), check=False, capture_output=True
        )
        return done.returncode == 0

    def has_changed_its_code(self) -> bool:
        return digest_of(self.code) != self._as_shipped
