"""What many browsers are shown alike is drawn once: two hundred that follow an operation cost as much as a few.

Each web process has its own, in memory, a few megabytes at most. A part is kept for SECONDS at most: the time left in
it moves with the clock, and permissions may change. While versions follow each other quickly, as those of a bulk
operation do, a part is drawn anew every FRESH seconds: with the second and a half between two polls that is two.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

SECONDS, FRESH = 5.0, 0.5
#: Parts that are kept; the page of an operation shows 50 images, some 60 KB.
MOST = 64
_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[A-Za-z0-9]+(")')


class RenderedOnce:
    """Parts of pages by what they depend on. Safe to use from all threads."""

    def __init__(self) -> None:
        #: When each was begun to be drawn, of which version, and what came of it.
        self._parts: OrderedDict[Hashable, tuple[float, int, bytes]] = OrderedDict()
        self._guard = threading.Lock()
        #: Who wants a part that is being drawn waits for it instead of drawing it too.
        self._drawing = [threading.Lock() for _ in range(16)]

    def answer(
        self, request: HttpRequest, key: tuple[Hashable, ...], version: int, draw: Callable[[], HttpResponse]
    ) -> HttpResponse:
        """What `draw` answers, or has answered to somebody for whom all of `key` was the same: it must hold whatever
        the part depends on but language, time zone, version and the token of its forms. Only answers with status 200
        are kept. `version` is the newest; the query's `seen` that which the browser has."""
        seen = request.GET.get("seen", "")
        place = (*key, translation.get_language(), timezone.get_current_timezone_name())
        kept = self._kept(place, version, seen)
        if kept is None:
            with self._drawing[hash(place) % len(self._drawing)]:
                kept = self._kept(place, version, seen)
                if kept is None:
                    return self._keep(place, time.monotonic(), version, draw())
        return _again(request, kept)

    def _kept(self, place: Hashable, version: int, seen: str) -> bytes | None:
        with self._guard:
            at, its, body = self._parts.get(place, (0.0, 0, None))
        age = time.monotonic() - at
        will_do = its == version or (age < FRESH and str(its) != seen)
        return body if will_do and age < SECONDS else None

    def _keep(self, place: Hashable, at: float, version: int, answer: HttpResponse) -> HttpResponse:
        if answer.status_code == 200:
            with self._guard:
                self._parts[place] = (at, version, answer.content)
                self._parts.move_to_end(place)
                while len(self._parts) > MOST:
                    self._parts.popitem(last=False)
        return answer


def _again(request: HttpRequest, body: bytes) -> HttpResponse:
    """With the token of this browser in its forms: that of another would be refused."""
    if _TOKEN.search(body):
        body = _TOKEN.sub(rb"\g<1>" + get_token(request).encode() + rb"\g<2>", body)
    response = HttpResponse(body)
    patch_vary_headers(response, ["HX-Request"])
    return response
