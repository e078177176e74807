"""Real brokers for tests, each with a folder and a port of its own, and a way to lay any bytes into a queue."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import kombu
import pytest
import redis

from tests.glance.service import free_port
from tests.redis_program import redis_program
from tests.sandbox_process import wait_for


class Folder:
    """The embedded mode's. `lay` does what somebody does who writes into the folder."""

    def __init__(self, var: Path) -> None:
        self.url = "filesystem://"
        self.var = var

    def lay(self, queue: str, content: bytes) -> None:
        messages = self.var / "broker" / "messages"
        messages.mkdir(parents=True, exist_ok=True)
        (messages / f"{time.time_ns()}_{uuid.uuid4().hex}.{queue}.msg").write_bytes(content)


class Redis:
    def __init__(self, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self._client = redis.Redis(port=port)

    def is_there(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.ConnectionError:
            return False

    def lay(self, queue: str, content: bytes) -> None:
        self._client.lpush(queue, content)


class Rabbit:
    """AMQP has an envelope of its own, so the envelopes of the other two are taken apart as far as they go."""

    def __init__(self, port: int) -> None:
        self.url = f"amqp://guest:guest@127.0.0.1:{port}//"

    def is_there(self) -> bool:
        try:
            with kombu.Connection(self.url, connect_timeout=2) as link:
                link.connect()
        except (OSError, kombu.exceptions.OperationalError):
            return False
        return True

    def lay(self, queue: str, content: bytes) -> None:
        envelope = _envelope(content)
        with kombu.Connection(self.url) as link:
            kombu.Queue(queue, kombu.Exchange(queue), routing_key=queue)(link.default_channel).declare()
            channel = link.default_channel
            body = str(envelope.get("body", "")).encode() if envelope else content
            headers = envelope.get("headers") if isinstance(envelope.get("headers"), dict) else None
            told = {"content_type": envelope.get("content-type"), "content_encoding": envelope.get("content-encoding")}
            message = channel.prepare_message(body, headers=headers, **told)
            channel.basic_publish(message, exchange="", routing_key=queue)


def _envelope(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def folder(tmp_path: Path) -> Iterator[Folder]:
    yield Folder(tmp_path / "var")


@contextmanager
def redis_server(tmp_path: Path, port: int = 0) -> Iterator[Redis]:
    port = port or free_port()
    command = [redis_program(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path),
               "--save", ""]  # fmt: skip
    with _server(command, tmp_path, {}):
        server = Redis(port)
        wait_for(server.is_there)
        yield server


@contextmanager
def rabbit_server(tmp_path: Path) -> Iterator[Rabbit]:
    # the one in the path wants to be another user; that of the package runs as whoever starts it
    program = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin") or shutil.which("rabbitmq-server")
    if program is None:
        pytest.skip("RabbitMQ is not installed here")
    port, names = free_port(), free_port()
    environment = {
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(tmp_path / "mnesia"),
        "RABBITMQ_LOG_BASE": str(tmp_path / "rabbit-log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(tmp_path / "plugins"),
        "RABBITMQ_PID_FILE": str(tmp_path / "rabbit.pid"),
        "HOME": str(tmp_path),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    # Erlang's register of names would be started as a daemon that outlives the test
    with _server(["epmd", "-port", str(names)], tmp_path, environment):
        wait_for(lambda: _listens(names))
        with _server([program], tmp_path, environment):
            server = Rabbit(port)
            wait_for(server.is_there, 120)
            yield server


@contextmanager
def _server(command: list[str], tmp_path: Path, environment: dict[str, str]) -> Iterator[None]:
    with (tmp_path / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
