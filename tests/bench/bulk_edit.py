"""A bulk edit, asked for in its form as people do, and what it does to the list and to memory (bench_operations)."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import requests

from tests.bench.operation_stage import Stage, peak_mb

#: What a process may need more for ten times the images.
MORE_MB = 8.0
#: Seconds between two looks at the list.
EVERY = 0.1
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def bulk_edit_rows(made: Stage, count: int) -> Iterator[dict[str, Any]]:
    person = Person(made)
    few = count // 10
    person.edit(few, 1024)
    before = peaks(made)
    person.lists(2.0)
    idle = person.lists(20.0 if count > 1_000 else 4.0)
    busy = person.edit(count, 2048)
    what = f"bulk edit of {count:,} images"
    yield row(f"{what}: p95 of the list", p95(busy), p95(idle), "ms", "<= 2")
    for name, peak in peaks(made).items():
        floor = before[name] + MORE_MB
        yield row(f"{what}: peak memory of the {name}, beside {few:,}", peak, floor, "MB", "<= 1.0")


def peaks(made: Stage) -> dict[str, float]:
    """The carrier's, and that of the larger of the two web processes."""
    return {"carrier": peak_mb(made.carrier), "web": max(peak_mb(pid) for pid in made.webs)}


class Person:
    """A browser that is signed in."""

    def __init__(self, made: Stage) -> None:
        self._url = made.url
        self._session = requests.Session()
        self._session.cookies.set("sessionid", made.facts["sessions"][0])
        self._session.get(f"{made.url}/accounts/", timeout=60)  # a page with a form: its CSRF cookie
        self._images: list[int] = made.facts["images"]

    def lists(self, seconds: float) -> list[float]:
        until = time.monotonic() + seconds
        return self._looks(lambda: time.monotonic() < until)

    def edit(self, count: int, min_ram: int) -> list[float]:
        """Confirms the edit and looks at the list until it has ended: milliseconds of each look."""
        chosen = {"images": ",".join(map(str, self._images[:count]))}
        page = self._post(chosen)
        form = {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}
        where = self._post({**form, **chosen, "min_ram": str(min_ram)})
        found = re.search(r"/operations/(\d+)/", where.url)
        if found is None:
            raise RuntimeError(f"the edit was not accepted: {where.status_code} {where.text[:2000]}")
        return self._looks(lambda: not self._is_over(int(found[1])))

    def _post(self, data: dict[str, str]) -> requests.Response:
        headers = {"X-CSRFToken": self._session.cookies.get("csrftoken", "")}
        return self._session.post(f"{self._url}/images/act/edit/", data, headers=headers, timeout=120)

    def _looks(self, goes_on: Callable[[], bool]) -> list[float]:
        times = []
        while goes_on():
            began = time.perf_counter()
            answer = self._session.get(f"{self._url}/images/", timeout=60)
            times.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            time.sleep(EVERY)
        return times

    def _is_over(self, pk: int) -> bool:
        answer = self._session.get(f"{self._url}/operations/{pk}/state/", headers={"HX-Request": "true"}, timeout=60)
        return answer.status_code == 286


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def row(name: str, ours: float, floor: float, unit: str, goal: str) -> dict[str, Any]:
    return {"name": name, "ours": ours, "floor": floor, "unit": unit, "ratio": ours / floor, "goal": goal}
