"""Browsers that follow operations: each asks every second and a half (templates/operations/operation.html), over one
connection that stays open. They share a thread, so that two hundred of them cost the machine little."""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

EVERY = 1.5
_SEEN = re.compile(rb"seen=(\d+)")


@dataclass
class Seen:
    """What came of a round: milliseconds of each poll, and how many brought something new."""

    times: list[float] = field(default_factory=list)
    news: int = 0
    body: bytes = b""


async def follow(port: int, sessions: Sequence[str], operations: Sequence[int], seconds: float) -> Seen:
    """Every session follows one of the operations."""
    seen, until = Seen(), time.monotonic() + seconds
    pairs = [(session, operations[number % len(operations)]) for number, session in enumerate(sessions)]
    await asyncio.gather(*(_follower(port, session, pk, until, seen) for session, pk in pairs))
    return seen


async def ask_floor(port: int, sessions: Sequence[str], seconds: float, share: float) -> Seen:
    """The same from a signed-in view that only returns bytes: in this share of cases those of a poll with news."""
    seen, until = Seen(), time.monotonic() + seconds
    await asyncio.gather(*(_floor(port, session, until, seen, share) for session in sessions))
    return seen


async def _follower(port: int, session: str, pk: int, until: float, seen: Seen) -> None:
    version = b"0"
    await asyncio.sleep(random.uniform(0, EVERY))  # before it connects: a browser asks as soon as it is connected
    async with _Browser(port, session) as browser:
        while time.monotonic() < until:
            began = time.perf_counter()
            status, body = await browser.get(f"/operations/{pk}/state/?seen={version.decode()}")
            seen.times.append((time.perf_counter() - began) * 1000)
            if status == 200:
                found = _SEEN.search(body)
                assert found, body[:500]
                version, seen.body = found[1], body
                seen.news += 1
            elif status != 204:
                raise RuntimeError(f"a poll was answered {status}: {body[:200]!r}")
            await asyncio.sleep(EVERY)


async def _floor(port: int, session: str, until: float, seen: Seen, share: float) -> None:
    await asyncio.sleep(random.uniform(0, EVERY))  # before it connects: a browser asks as soon as it is connected
    async with _Browser(port, session) as browser:
        while time.monotonic() < until:
            name = "poll" if random.random() < share else "nothing"
            began = time.perf_counter()
            status, _body = await browser.get(f"/floor/{name}/")
            seen.times.append((time.perf_counter() - began) * 1000)
            if status != 200:
                raise RuntimeError(f"the floor was answered {status}")
            await asyncio.sleep(EVERY)


class _Browser:
    def __init__(self, port: int, session: str) -> None:
        self._port = port
        self._cookie = f"Cookie: sessionid={session}\r\nHX-Request: true\r\nConsole-Background: true"

    async def __aenter__(self) -> "_Browser":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def get(self, path: str) -> tuple[int, bytes]:
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self._cookie}\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        body = await self._reader.readexactly(int(length[1])) if length else b""
        return int(head.split(b" ", 2)[1]), body
