"""Reads all images of several lists, page by page, in several ranges of `created_at` at once.

A marker walk is sequential: 200 pages at 200 ms take 40 s. Lists, and ranges of creation time within a list, are
independent, so several walkers share them. Only `created_at=gte:A` is sent and the end of a range is kept on our side:
Glance and IMS take one time filter at a time. Creation times do not change, so no image can slip from one range into
another meanwhile. A list whose first page is not in the order of creation is never split.

How far a list is split follows from its first page: how long the answer took says whether asking for several pages at
once is worth the half page that each range costs more, and how much time 500 images span says how many pages may
follow. A walker that runs dry takes the later half of the range with most left, so that unevenly spread times (a few
images of ten years ago, all others of this month) do not matter.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import Generic, Protocol, TypeVar

from images.ims import IMSError, RawImage, RawPage

PAGE_SIZE = 500
#: Requests under way at once. With 200 ms a page and 100,000 images 8 leave the writer idle, 16 keep it busy.
WALKERS = 16
#: An answer that takes longer than this spends its time waiting: then many ranges, else one for 32 pages.
SLOW = 0.06
_PAGES_PER_RANGE = 32
#: The fewest ranges of a slow list of more than one page, whatever its first page says of the rest.
_FEWEST = 4
#: Seconds between calls of `idle` while no page comes.
_IDLE = 5.0
#: Pages that wait for the writer; bounds memory (a page is some 0.7 MB).
_WAITING = 24
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_ASCENDING = {"sort_key": "created_at", "sort_dir": "asc"}
_SECOND = timedelta(seconds=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


T = TypeVar("T")


class PageReader(Protocol):
    """`client.images.raw_page` of images.ims."""

    def __call__(self, filters: Mapping[str, str], *, marker: str | None, limit: int) -> RawPage: ...


@dataclass(slots=True)
class _Range:
    """A part of one list: from `start` (sent; None: the beginning) up to `stop` (kept here; None: open)."""

    source: int
    start: datetime | None = None
    stop: datetime | None = None
    marker: str | None = None
    #: Creation time of the last image read.
    reached: datetime | None = None
    #: A full page came since the range was last split, hence there is more behind it.
    more: bool = False
    #: The whole list, of which nothing is known yet.
    whole: bool = False
    #: The service sorts by creation time as asked; only then may a range be split, or go on from a moment.
    ordered: bool = False


@dataclass(slots=True)
class _Shared(Generic[T]):
    """What walkers share; guarded by `changed`."""

    fresh: deque[_Range]
    under_way: list[_Range] = field(default_factory=list)
    pages: deque[tuple[int, list[T]]] = field(default_factory=deque)
    failure: BaseException | None = None
    stopped: bool = False
    #: Slowest first page; decides how far to split.
    slow: bool = False


def walk(
    read: PageReader,
    lists: Sequence[Mapping[str, str]],
    make: Callable[[int, RawImage], T],
    *,
    page_size: int = PAGE_SIZE,
    walkers: int = WALKERS,
    idle: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, list[T]]]:
    """Yields (which list, what `make` made of each image of a page); an image may come twice when its marker was lost
    meanwhile. `make(which list, image)` runs in the walker's thread, hence beside whatever the consumer waits for.

    Raises IMSError as soon as any page fails: then the walk is incomplete and nobody may conclude that an image is
    gone. Closing the iterator early ends the walkers. `idle` is called in the caller's thread every five seconds in
    which no page came (a service that is slow, or asked us to wait), and may raise to end the walk.
    """
    return _Crew(read, lists, make, page_size, walkers, idle).pages()


class _Crew(Generic[T]):
    """Walkers over a shared set of ranges."""

    def __init__(
        self,
        read: PageReader,
        lists: Sequence[Mapping[str, str]],
        make: Callable[[int, RawImage], T],
        page_size: int,
        walkers: int,
        idle: Callable[[], None],
    ) -> None:
        self._read = read
        self._idle = idle
        self._lists = lists
        self._make = make
        self._page_size = page_size
        self._walkers = walkers
        self._shared: _Shared[T] = _Shared(deque(_Range(number, whole=True) for number in range(len(lists))))
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []

    def pages(self) -> Iterator[tuple[int, list[T]]]:
        shared = self._shared
        try:
            while True:
                with self._changed:
                    self._hire()
                    came = self._changed.wait_for(self._something, _IDLE)
                    if shared.failure is not None:
                        raise shared.failure
                    page = shared.pages.popleft() if shared.pages else None
                    self._changed.notify_all()
                if page is not None:
                    yield page
                elif came:
                    return
                else:
                    self._idle()
        finally:
            with self._changed:
                shared.stopped = True
                self._changed.notify_all()
            for thread in self._threads:
                thread.join()

    def _something(self) -> bool:
        """Something for the consumer: a page, a failure, or the end."""
        return bool(self._shared.pages) or self._shared.failure is not None or not self._unfinished()

    def _unfinished(self) -> bool:
        return bool(self._shared.fresh or self._shared.under_way)

    def _hire(self) -> None:
        """As many walkers as there are ranges; all of them where ranges are worth halving."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        ranges = len(self._shared.fresh) + len(self._shared.under_way)
        wanted = self._walkers if self._shared.slow and ranges else min(self._walkers, ranges)
        for _number in range(wanted - len(self._threads)):
            thread = threading.Thread(target=copy_context().run, args=(self._run,), name="image-walker", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self) -> None:
        try:
            while (span := self._take()) is not None:
                self._walk(span)
        except BaseException as error:  # noqa: BLE001 # handed to the consumer, which raises it
            with self._changed:
                self._shared.failure = self._shared.failure or error
                self._changed.notify_all()

    def _take(self) -> _Range | None:
        """A range to walk; waits while one may still turn up. None: there is nothing left to do."""
        shared = self._shared
        with self._changed:
            while not shared.stopped and shared.failure is None and self._unfinished():
                span = shared.fresh.popleft() if shared.fresh else self._halved()
                if span is not None:
                    shared.under_way.append(span)
                    return span
                if not shared.slow:
                    return None
                self._changed.wait()
            return None

    def _halved(self) -> _Range | None:
        """The later half of the range with most time left among those that are known to have more."""
        if not self._shared.slow:
            return None
        now = datetime.now(UTC)
        left = [
            ((span.stop or now) - span.reached, place)
            for place, span in enumerate(self._shared.under_way)
            if span.ordered and span.more and span.reached is not None
        ]
        most, place = max(left, default=(_SECOND, -1))
        if most <= 2 * _SECOND:
            return None
        span = self._shared.under_way[place]
        middle = (span.reached + most / 2).replace(microsecond=0) if span.reached else now
        half = _Range(span.source, middle, span.stop, ordered=True)
        span.stop, span.more = middle, False
        return half

    def _walk(self, span: _Range) -> None:
        ended = False
        while not ended and not self._shared.stopped:
            page = self._opening(span) if span.whole else self._page(span)
            ended = self._accept(span, page)

    def _opening(self, span: _Range) -> RawPage:
        """The first page of a list; when more follow, the rest is split among the walkers."""
        began = time.monotonic()
        page = self._page(span)
        span.whole = False
        slow = time.monotonic() - began > SLOW
        reached = _moment(page.items[-1]) if page.items else None
        span.ordered = _ascending(page.items)
        if page.next_marker is None or reached is None or not span.ordered:
            return page
        # a slow service is not asked how far the list goes: ranges of nothing cost less than that one answer
        until = datetime.now(UTC) if slow else self._newest(span)
        with self._changed:
            self._shared.slow = self._shared.slow or slow
            self._shared.fresh.extend(self._split(span, _moment(page.items[0]), reached, until, slow=slow))
            self._changed.notify_all()
        return page

    def _newest(self, span: _Range) -> datetime | None:
        newest = self._read({**self._lists[span.source], **_ASCENDING, "sort_dir": "desc"}, marker=None, limit=1)
        return _moment(newest.items[0]) if newest.items else None

    def _split(
        self, span: _Range, first: datetime | None, reached: datetime, until: datetime | None, *, slow: bool
    ) -> list[_Range]:
        """Shortens `span` and returns the ranges behind it: equal spans of time, the last one open."""
        if first is None or until is None or until <= reached:
            return []
        pages = int((until - reached) / max(reached - first, _SECOND))
        worth = max(pages, _FEWEST) if slow else pages // _PAGES_PER_RANGE
        parts = min(self._walkers, worth, int((until - reached) / (2 * _SECOND)))
        if parts < 2:
            return []
        step = (until - reached) / parts
        edges = [(reached + step * part).replace(microsecond=0) for part in range(1, parts)]
        span.stop = edges[0]
        ends = [*edges[1:], None]
        return [_Range(span.source, start, stop, ordered=True) for start, stop in zip(edges, ends, strict=True)]

    def _page(self, span: _Range) -> RawPage:
        filters = {**self._lists[span.source], **_ASCENDING}
        if span.start is not None:
            filters["created_at"] = f"gte:{span.start.strftime(_FORMAT)}"
        try:
            return self._read(filters, marker=span.marker, limit=self._page_size)
        except IMSError as error:
            if span.marker is None or getattr(error, "status", 0) not in {400, 404}:
                raise
        # The marker's image is gone: begin again at the moment that was reached; images of that second come twice.
        span.marker, span.start = None, span.reached if span.ordered else None
        return self._page(span)

    def _accept(self, span: _Range, page: RawPage) -> bool:
        """Hands the images of the range to the consumer, waiting for room; true when the range has ended."""
        made = [self._make(span.source, image) for image in page.items]
        with self._changed:
            items, ended = page.items, page.next_marker is None
            # only now: the range may have been halved meanwhile; in order of creation the last image tells for all
            if span.stop is not None and items and _beyond(items[-1], span.stop):
                within = [not _beyond(image, span.stop) for image in page.items]
                items, made = list(compress(items, within)), list(compress(made, within))
                ended = ended or len(items) < len(page.items)
            if items:
                span.reached = _moment(items[-1]) or span.reached
                self._shared.pages.append((span.source, made))
            span.marker, span.more = page.next_marker, not ended
            if ended:
                self._shared.under_way.remove(span)
            self._changed.notify_all()
            while len(self._shared.pages) > _WAITING and not self._shared.stopped:
                self._changed.wait()
            return ended


def _ascending(items: Sequence[RawImage]) -> bool:
    moments = [_moment(image) for image in items]
    return None not in moments and moments == sorted(moments, key=lambda moment: moment or _NEVER)


def _beyond(image: RawImage, stop: datetime) -> bool:
    """An image without a readable time is never beyond: better to meet it twice than not at all."""
    moment = _moment(image)
    return moment is not None and moment >= stop


def _moment(image: RawImage) -> datetime | None:
    try:
        moment = datetime.fromisoformat(image.created_at or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
