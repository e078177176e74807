"""Reads all images that match a filter, page by page, in several ranges of `created_at` at once.

A marker walk is sequential: 200 pages at 200 ms take 40 s. Ranges of creation time are independent, so several walkers
share them. Only `created_at=gte:A` is sent and the end of a range is kept on our side: Glance and IMS take one time
filter at a time. Creation times do not change, so no image can slip from one range into another meanwhile.

A walker that runs dry takes the later half of the range with most left, so that skewed times do not matter.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from images.ims import IMSError, RawImage, RawPage

PAGE_SIZE = 500
#: Measured with 200 ms a page and 100,000 images: 8 walkers leave the writer idle, 16 keep it busy.
WALKERS = 16
#: Pages that wait for the writer; bounds memory (a page is some 0.7 MB).
_WAITING = 24
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class PageReader(Protocol):
    """`client.images.raw_page` of images.ims."""

    def __call__(self, filters: Mapping[str, str], *, marker: str | None, limit: int) -> RawPage: ...


class MarkerLost(Exception):
    """The marker's image went away while we walked; the walk goes on from its creation time."""


@dataclass(slots=True)
class _Range:
    """From `start` (sent) up to `stop` (kept here; None: open). `reached`: creation time of the last image read."""

    start: datetime | None
    stop: datetime | None
    reached: datetime | None = None
    #: A full page came since the range was last split, hence there is more behind it.
    more: bool = False
    marker: str | None = None
    done: bool = False


def walk(
    read: PageReader,
    filters: Mapping[str, str],
    *,
    page_size: int = PAGE_SIZE,
    walkers: int = WALKERS,
    on_page: Callable[[], None] = lambda: None,
) -> Iterator[list[RawImage]]:
    """Yields pages of images; an image may come twice (when it was created or its marker lost meanwhile).

    `on_page` is called in the consumer's thread for each page. Raises IMSError as soon as any page fails: then the walk
    is incomplete and nobody may conclude that an image is gone.
    """
    first = read({**filters, **_ASCENDING}, marker=None, limit=page_size)
    on_page()
    yield list(first.items)
    if first.next_marker is None:
        return
    newest = read({**filters, "sort_key": "created_at", "sort_dir": "desc"}, marker=None, limit=1)
    since, until = _moment(first.items[-1]), _moment(newest.items[0]) if newest.items else None
    ranges = _split(since, until, walkers)
    ranges[0].marker = first.next_marker if ranges[0].start is None else None
    crew = _Crew(read, dict(filters), page_size, ranges)
    yield from crew.pages(walkers, on_page)


_ASCENDING = {"sort_key": "created_at", "sort_dir": "asc"}


def _moment(image: RawImage) -> datetime | None:
    try:
        moment = datetime.fromisoformat(image.created_at or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _split(since: datetime | None, until: datetime | None, parts: int) -> list[_Range]:
    """Equal spans of time; one range when the times say nothing. The last is open, for images made meanwhile."""
    if since is None or until is None or (until - since) < timedelta(seconds=2 * parts):
        return [_Range(None, None)]
    step = (until - since) / parts
    edges = [(since + step * part).replace(microsecond=0) for part in range(parts)]
    return [_Range(start, stop) for start, stop in zip(edges, [*edges[1:], None], strict=True)]


class _Crew:
    """Walkers over a shared set of ranges."""

    def __init__(self, read: PageReader, filters: dict[str, str], page_size: int, ranges: list[_Range]) -> None:
        self._read = read
        self._filters = filters
        self._page_size = page_size
        self._ranges = ranges
        self._fresh = list(reversed(ranges))
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._pages: queue.Queue[list[RawImage] | BaseException | None] = queue.Queue(_WAITING)

    def pages(self, walkers: int, on_page: Callable[[], None]) -> Iterator[list[RawImage]]:
        threads = [threading.Thread(target=self._run, name=f"walker-{n}", daemon=True) for n in range(walkers)]
        for thread in threads:
            thread.start()
        working = walkers
        try:
            while working:
                item = self._pages.get()
                if item is None:
                    working -= 1
                elif isinstance(item, BaseException):
                    raise item
                else:
                    on_page()
                    yield item
        finally:
            self._stop.set()
            self._drain(threads)

    def _drain(self, threads: list[threading.Thread]) -> None:
        """Walkers may wait for room in the queue: make room until all have ended."""
        while any(thread.is_alive() for thread in threads):
            try:
                self._pages.get(timeout=0.05)
            except queue.Empty:
                continue

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and (span := self._take()) is not None:
                self._walk(span)
        except BaseException as error:  # noqa: BLE001 # handed to the consumer, which raises it
            self._pages.put(error)
        finally:
            self._pages.put(None)

    def _take(self) -> _Range | None:
        with self._lock:
            if self._fresh:
                return self._fresh.pop()
            return self._halved()

    def _halved(self) -> _Range | None:
        """The later half of the range with most time left among those that are known to have more."""
        now = datetime.now(UTC)
        best: _Range | None = None
        most = timedelta(seconds=2)
        for span in self._ranges:
            if span.more and not span.done and span.reached is not None:
                left = (span.stop or now) - span.reached
                if left > most:
                    best, most = span, left
        if best is None or best.reached is None:
            return None
        middle = (best.reached + most / 2).replace(microsecond=0)
        half = _Range(middle, best.stop)
        best.stop, best.more = middle, False
        self._ranges.append(half)
        return half

    def _walk(self, span: _Range) -> None:
        while not self._stop.is_set():
            page = self._page(span)
            items, ended = self._accept(span, page)
            if items:
                self._pages.put(items)
            if ended:
                return

    def _page(self, span: _Range) -> RawPage:
        filters = {**self._filters, **_ASCENDING}
        if span.start is not None:
            filters["created_at"] = f"gte:{span.start.strftime(_FORMAT)}"
        try:
            return self._read(filters, marker=span.marker, limit=self._page_size)
        except IMSError as error:
            if span.marker is None or getattr(error, "status", 0) not in {400, 404}:
                raise
        # The marker's image is gone: begin again at the moment that was reached; images of that second come twice.
        span.marker, span.start = None, span.reached
        return self._page(span)

    def _accept(self, span: _Range, page: RawPage) -> tuple[list[RawImage], bool]:
        with self._lock:
            items = list(page.items)
            past = False
            if span.stop is not None:
                inside = [image for image in items if (_moment(image) or span.stop) < span.stop]
                past = len(inside) < len(items)
                items = inside
            if items:
                span.reached = _moment(items[-1]) or span.reached
            span.marker = page.next_marker
            span.done = past or page.next_marker is None
            span.more = not span.done
            return items, span.done
