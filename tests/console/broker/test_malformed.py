"""Whatever lies in a queue, with whichever broker: it is set aside and told, and the worker does the next thing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.console.broker import servers
from tests.sandbox_process import ROOT, wait_for

pytestmark = pytest.mark.process
SECRET = "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz"
QUEUE = "celery"
Broker = servers.Folder | servers.Redis | servers.Rabbit


def message(headers: dict[str, Any] | None = None, body: Any = '[["word"], {}, {}]', **parts: Any) -> bytes:
    """One as we send them; what a test names is otherwise."""
    usual = {"lang": "py", "task": "tests.note", "id": "1", "retries": 0, "eta": None, "expires": None, "root_id": "1"}
    properties = {"delivery_tag": "1", "delivery_info": {"exchange": "", "routing_key": QUEUE}, "priority": 0}
    envelope: dict[str, Any] = {
        "body": body,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": usual | (headers or {}),
        "properties": properties,
    }
    return json.dumps(envelope | parts).encode()


#: The folder and Redis hold the envelope too; what is wrong with that cannot be said in AMQP.
ENVELOPES = {
    "empty": b"",
    "half": message()[:90],
    "cut at the end": message()[:-1],
    "not UTF-8": b"\xff\xfe\x00",
    "a word": b'"word"',
    "null": b"null",
    "a list": b"[]",
    "an empty object": b"{}",
    "deep": b"[" * 200_000,
    "an unknown type": b'{"__type__": "uuid", "__value__": 7}',
    "no properties": message(properties=None),
    "no delivery tag": message(properties={}),
    "no delivery information": message(properties={"delivery_tag": "1"}),
    "no headers": message().replace(b'"headers": {', b'"headers": [], "other": {'),
    "a body that is an object": message(body={"a": 1}),
    "a body that is not base64": message(
        body="a", properties={"delivery_tag": "2", "delivery_info": {}, "body_encoding": "base64"}
    ),
}
CONTENTS = {
    "no task": message({"task": None}),
    "a task that is a list": message({"task": ["tests.note"]}),
    "an unknown task": message({"task": "images.nobody"}),
    "an unknown task without an id": message({"task": "images.nobody", "id": None}),
    "no id": message({"id": None}),
    "half a body": message(body='[["wo'),
    "no list": message(body="{}"),
    "an empty body": message(body=""),
    "too few": message(body="[[]]"),
    "no arguments": message(body="[[], {}, {}]"),
    "too many arguments": message(body='[["a", "b"], {}, {}]'),
    "an argument that is an object": message(body='[[{"a": 1}], {}, {}]'),
    "named ones": message(body='[["a"], {"other": 1}, {}]'),
    "others to follow": message(body='[["a"], {}, {"chain": [{"task": "tests.note"}]}]'),
    "pickled": message(body="gASVDwAAAAAAAABLAUsBhpQu", **{"content-type": "application/x-python-serialize"}),
    "a strange encoding": message(**{"content-encoding": "klingon"}),
    "text": message(**{"content-type": "text/plain"}),
    "no content type": message(**{"content-type": None}),
    "a date that is none": message({"eta": "tomorrow"}),
    "a date far away": message({"eta": "9999-12-31T23:59:59+00:00"}),
    "expired": message({"expires": "yesterday"}),
    "a limit that is a word": message({"timelimit": "long"}),
    "tries that are a word": message({"retries": "many"}),
    "compressed": message({"compression": "application/x-gzip"}),
}


class Worker:
    """One of our own, in a process; `word` goes through it when it is well."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.broker = broker
        self.var = folder / "var"
        self.var.mkdir(exist_ok=True)
        self._notes = folder / "notes"
        self._notes.touch()
        self.log = folder / "worker.log"
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = environment | {
            "BROKER_URL": broker.url,
            "VAR_DIR": str(self.var),
            "SECRET_KEY": SECRET,
            "BROKER_TEST_NOTES": str(self._notes),
            "DJANGO_SETTINGS_MODULE": "console.settings",
        }
        command = [sys.executable, "-m", "celery", "--app=tests.console.broker.app", "worker", "--pool=threads",
                   "--concurrency=2", "--loglevel=INFO"]  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def does(self, word: str) -> bool:
        """Whether a message that is right gets through."""
        self.broker.lay(QUEUE, message({"id": word}, body=json.dumps([[word], {}, {}])))
        return bool(wait_for(lambda: word in self._notes.read_text().split() or self.process.poll() is not None, 60)) \
            and self.process.poll() is None  # fmt: skip

    def aside(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted((self.var / "broker" / "unreadable").glob("*.msg"))]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def worker(start: Callable[[Path], AbstractContextManager[Broker]], folder: Path) -> Iterator[Worker]:
    with start(folder) as broker:
        running = Worker(broker, folder)
        try:
            yield running
        finally:
            running.end()


BROKERS = [
    pytest.param(servers.folder, ENVELOPES | CONTENTS, id="folder"),
    pytest.param(servers.redis_server, ENVELOPES | CONTENTS, id="redis"),
    pytest.param(servers.rabbit_server, CONTENTS | {"half": ENVELOPES["half"]}, id="rabbit"),
]


@pytest.mark.parametrize(("start", "bad"), BROKERS)
def test_what_cannot_be_read_is_set_aside_and_the_worker_goes_on(start, bad, tmp_path):
    with worker(start, tmp_path) as one:
        assert one.does("before"), one.log.read_text()[-3000:]
        for name, content in bad.items():
            if content or start is not servers.redis_server:  # Redis itself takes an empty one for none
                one.broker.lay(QUEUE, content)
            assert one.process.poll() is None, f"{name}: {one.log.read_text()[-3000:]}"
        assert one.does("after"), one.log.read_text()[-3000:]
        assert one.does("again"), "a message that cannot be read must not take a place of those that can"
        wait_for(lambda: len(one.aside()) >= len(bad) - 1)
        said = one.log.read_text()
    assert said.count("cannot be read") >= len(bad) - 1
    assert "word" not in (tmp_path / "notes").read_text().split()
