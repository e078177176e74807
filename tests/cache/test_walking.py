"""Walking lists in ranges: every image comes, however times are spread, whatever the service does meanwhile."""

import random
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.cache.services import paging
from images.cache.services.paging import walk
from images.ims import RawImage, RawPage, ServerError
from images.ims.errors import BadRequest

START = datetime(2020, 1, 1, tzinfo=UTC)


def same(_number: int, image: RawImage) -> RawImage:
    return image


class Service:
    """Lists as the reference has them (5.1.1): filters, order and markers, with a little time for each answer."""

    def __init__(self, *lists: list[tuple[int, str]], seconds: float = 0.0, in_order: bool = True) -> None:
        self.lists = [{image_id: second for second, image_id in images} for images in lists]
        self.seconds = seconds
        self.in_order = in_order
        self.calls = 0
        self.most_at_once = 0
        self.together = 0  # for each call, how many there were with it
        self._at_once = 0
        self.lock = threading.Lock()

    def filters(self) -> list[dict[str, str]]:
        return [{"owner": str(number)} for number in range(len(self.lists))]

    def read(self, filters: Mapping[str, str], *, marker: str | None, limit: int) -> RawPage:
        with self.lock:
            self.calls += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self.together += self._at_once
        if self.seconds:
            time.sleep(self.seconds)
        with self.lock:
            self._at_once -= 1
        return self.page(filters, marker, limit)

    def page(self, filters: Mapping[str, str], marker: str | None, limit: int) -> RawPage:
        with self.lock:
            held = self.lists[int(filters["owner"])].copy()
        images = sorted((second, image_id) for image_id, second in held.items())
        if not self.in_order:
            random.Random(7).shuffle(images)
        elif filters["sort_dir"] == "desc":
            images.reverse()
        if marker is not None:
            places = [place for place, (_second, image_id) in enumerate(images) if image_id == marker]
            if not places:
                raise BadRequest("The marker is gone.", status=400, code="IMG.0001")
            images = images[places[0] + 1 :]
        if "created_at" in filters:
            operator, _colon, since = filters["created_at"].partition(":")
            assert operator == "gte"
            images = [image for image in images if stamp(image[0]) >= since]
        items = [RawImage(id=image_id, created_at=stamp(second)) for second, image_id in images[:limit]]
        return RawPage(items, items[-1].id if len(items) == limit else None, 0)


def stamp(second: int) -> str:
    return f"{START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"


def images(seconds: list[int], prefix: str = "i") -> list[tuple[int, str]]:
    return [(second, f"{prefix}{number:05d}") for number, second in enumerate(seconds)]


def walked(service: Service, **options) -> list[set[str]]:
    found: list[set[str]] = [set() for _list in service.lists]
    for number, page in walk(service.read, service.filters(), same, **{"page_size": 10, **options}):
        found[number] |= {image.id for image in page}
    return found


_seconds = st.lists(st.integers(0, 60) | st.integers(0, 200_000_000), max_size=150)


@settings(max_examples=40, deadline=None)
@given(st.lists(_seconds, min_size=1, max_size=4), st.booleans(), st.integers(1, 8))
def test_every_image_of_every_list_comes(lists, slow, walkers):
    service = Service(*(images(seconds, f"{number}-") for number, seconds in enumerate(lists)))
    before, paging.SLOW = paging.SLOW, -1.0 if slow else 1e9
    try:
        assert walked(service, walkers=walkers) == [set(one) for one in service.lists]
    finally:
        paging.SLOW = before


def test_slow_answers_are_asked_for_at_once_however_uneven_the_times():
    old = [number * 40_000_000 for number in range(5)]
    service = Service(images(old + [200_000_000 + number for number in range(1500)]), seconds=0.08)
    assert walked(service) == [set(service.lists[0])]
    # of time, which depends on the machine, nothing is said: on average there are others beside a call
    assert service.together > 2 * service.calls
    assert service.most_at_once > 4


def test_quick_answers_are_not_split_needlessly(monkeypatch):
    monkeypatch.setattr(paging, "SLOW", 1e9)  # quick, whatever the machine makes of it
    service = Service(images(list(range(0, 3000, 10))))
    walked(service)
    assert service.calls <= 300 / 10 + 3


@pytest.mark.parametrize("slow", [False, True])
def test_a_list_in_another_order_is_walked_by_markers_alone(monkeypatch, slow):
    monkeypatch.setattr(paging, "SLOW", -1.0 if slow else 1e9)
    service = Service(images(random.Random(1).sample(range(10**8), 400)), in_order=False)
    assert walked(service) == [set(service.lists[0])]
    assert service.calls == 41


@pytest.mark.parametrize("slow", [False, True])
def test_a_marker_that_vanishes_costs_no_image(monkeypatch, slow):
    monkeypatch.setattr(paging, "SLOW", -1.0 if slow else 1e9)
    service = Service(images([number // 3 for number in range(600)]))
    staying = set(service.lists[0])
    read = service.read

    def deleting(filters, *, marker, limit):
        page = read(filters, marker=marker, limit=limit)
        if page.next_marker and limit > 1 and len(staying) > 550:
            with service.lock:
                service.lists[0].pop(page.next_marker, None)
            staying.discard(page.next_marker)
        return page

    service.read = deleting
    assert walked(service)[0] >= staying


def test_images_that_come_meanwhile_push_none_out():
    service = Service(images(list(range(0, 4000, 10))))
    before = set(service.lists[0])
    read = service.read

    def adding(filters, *, marker, limit):
        with service.lock:
            service.lists[0][f"new{service.calls:05d}"] = 10_000 + service.calls
        return read(filters, marker=marker, limit=limit) if service.calls < 80 else service.page(filters, marker, limit)

    service.read = adding
    pages = walk(service.read, service.filters(), same, page_size=10)
    found: set[str] = set()
    for _number, page in pages:
        found |= {image.id for image in page}
        if before <= found:
            break
    pages.close()
    assert before <= found


@pytest.mark.parametrize("slow", [False, True])
def test_one_failed_page_fails_the_walk(monkeypatch, slow):
    monkeypatch.setattr(paging, "SLOW", -1.0 if slow else 1e9)
    service = Service(images(list(range(0, 4000, 10))))
    read = service.read

    def failing(filters, *, marker, limit):
        if service.calls == 20:
            service.calls += 1
            raise ServerError("Out of order.", status=500)
        return read(filters, marker=marker, limit=limit)

    service.read = failing
    with pytest.raises(ServerError):
        walked(service)
    assert not [thread for thread in threading.enumerate() if thread.name == "image-walker"]


def test_an_image_without_a_readable_time_ends_no_range():
    lone = RawImage(id="lone", created_at="soon")
    assert not paging._beyond(lone, START)
    assert paging._beyond(RawImage(id="late", created_at=stamp(1)), START)


def test_while_nothing_comes_the_caller_is_called(monkeypatch):
    monkeypatch.setattr(paging, "_IDLE", 0.02)
    service, calls, often = Service(images([1, 2, 3])), [], threading.Event()
    service.read = after(often, service.read)

    def idle():
        calls.append(1)
        if len(calls) == 3:
            often.set()

    assert walked(service, idle=idle) == [set(service.lists[0])]
    assert len(calls) >= 3


def after(event, read):
    """Answers when that has happened."""

    def waiting(filters, *, marker, limit):
        assert event.wait(60)
        return read(filters, marker=marker, limit=limit)

    return waiting


def test_the_caller_may_end_it_while_nothing_comes(monkeypatch):
    monkeypatch.setattr(paging, "_IDLE", 0.02)
    service, told = Service(images([1, 2, 3])), threading.Event()
    service.read = after(told, service.read)

    def enough():
        told.set()
        raise TimeoutError

    with pytest.raises(TimeoutError):
        walked(service, idle=enough)
