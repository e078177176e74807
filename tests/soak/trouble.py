"""What goes wrong in a soak: busy cores, processes that are killed, rubbish in the broker's folder."""

import base64
import json
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil

from console.supervisor import _end_with_parent
from tests.soak.browsing import BACK_WITHIN, Figures, Outages
from tests.soak.console import Console

#: What `make run` starts.
PARTS = ("web", "worker", "carrier", "courier", "scheduler", "sandbox")
_BURN = "import signal, sys; signal.alarm(int(sys.argv[1]))\nwhile True: pass"


class Burners:
    """Keeps so many cores busy, and ends by itself: after `seconds`, or with us."""

    def __init__(self, count: int, seconds: float) -> None:
        self._command = [sys.executable, "-c", _BURN, str(int(seconds))]
        self._count = count
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Burners":
        for _core in range(self._count):
            one = subprocess.Popen(self._command, preexec_fn=_end_with_parent)  # noqa: PLW1509 - no threads yet
            self._running.append(one)
        return self

    def __exit__(self, *_exc: object) -> None:
        for one in self._running:
            one.kill()
            one.wait()


class Killer:
    """Each part once, at moments by chance; then waits for it to be back."""

    def __init__(self, console: Console, rng: random.Random, begin: float, end: float, outages: Outages) -> None:
        self._console = console
        self._outages = outages
        victims = list(PARTS)
        rng.shuffle(victims)
        slot = (end - begin) / len(victims)
        self._plan = [(begin + slot * (n + rng.uniform(0.0, 0.6)), name) for n, name in enumerate(victims)]
        self._away: dict[str, tuple[float, int]] = {}
        #: part → seconds until it was there again
        self.back: dict[str, float] = {}

    def look(self, children: dict[str, psutil.Process], figures: Figures) -> None:
        now = time.monotonic()
        if self._plan and now >= self._plan[0][0]:
            _moment, name = self._plan.pop(0)
            self._kill(name, children, figures)
        for name, (since, pid) in list(self._away.items()):
            if name in children and children[name].pid != pid:
                self.back[name] = now - since
                del self._away[name]
            elif now - since > BACK_WITHIN:
                figures.breach(f"{name} was killed and is not back after {BACK_WITHIN:.0f} s")
                del self._away[name]

    def _kill(self, name: str, children: dict[str, psutil.Process], figures: Figures) -> None:
        victim = children.get(name)
        if victim is None:
            figures.breach(f"{name} was to be killed, and is not there")
            return
        self._outages.note(name)
        self._away[name] = (time.monotonic(), victim.pid)
        victim.kill()


class Rubbish:
    """Messages that nobody can read, put where the embedded mode keeps its messages."""

    def __init__(self, broker: Path, rng: random.Random) -> None:
        self._folder = broker / "messages"
        self._aside = broker / "unreadable"
        self._rng = rng
        self.kinds: dict[str, Callable[[str], bytes]] = {
            "nothing": lambda _queue: b"",
            "half": lambda queue: _message(queue)[: len(_message(queue)) // 2],
            "one byte short": lambda queue: _message(queue)[:-1],
            "not text": lambda _queue: self._rng.randbytes(500),
            "zeros": lambda _queue: bytes(4096),
            "a list": lambda _queue: b"[1, 2, 3]",
            "null": lambda _queue: b"null",
            "no properties": lambda _queue: b'{"body": "e30="}',
            "no body": lambda queue: _message(queue, without="body"),
            "no headers": lambda queue: _message(queue, without="headers"),
            "body of another sort": lambda queue: _message(queue, body="%%% not base64 %%%"),
            "unknown task": lambda queue: _message(queue, task="images.no_such_task"),
            "wrong arguments": lambda queue: _message(queue, body=_encoded([["a", "b", "c"], {"d": 1}, {}])),
            "unknown encoding": lambda queue: _message(queue, encoding="martian/1"),
        }
        self.dropped: list[tuple[str, Path]] = []

    def drop(self, kind: str, queue: str) -> None:
        """As the folder has it: a name that says when and for which queue."""
        name = f"{int(time.time() * 1000)}_{uuid.UUID(int=self._rng.getrandbits(128))}.{queue}.msg"
        path = self._folder / name
        path.write_bytes(self.kinds[kind](queue))
        self.dropped.append((kind, path))

    @property
    def left(self) -> list[str]:
        """What still lies where it was dropped."""
        return [f"{kind} ({path.name})" for kind, path in self.dropped if path.exists()]

    @property
    def set_aside(self) -> int:
        """How many were kept for whoever looks for their sender (console/broker/aside.py)."""
        return len(list(self._aside.glob("*.msg")))


def _encoded(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def _message(queue: str, *, task: str = "", body: str = "", without: str = "", encoding: str = "") -> bytes:
    """One that is right, but for what is said."""
    ident = str(uuid.uuid4())
    message: dict[str, object] = {
        "body": body or _encoded([[], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]),
        "content-encoding": "utf-8",
        "content-type": encoding or "application/json",
        "headers": {
            "lang": "py", "task": task or ("images.carry_due" if queue == "operations" else "images.sync_due"),
            "id": ident, "root_id": ident, "parent_id": None, "group": None, "retries": 0,
        },
        "properties": {
            "correlation_id": ident, "reply_to": str(uuid.uuid4()), "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue}, "priority": 0,
            "body_encoding": "base64", "delivery_tag": str(uuid.uuid4()),
        },
    }  # fmt: skip
    message.pop(without, None)
    return json.dumps(message).encode()
