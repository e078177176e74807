"""What many browsers are shown alike is drawn once: two hundred that follow an operation cost as much as a few.

Each web process has its own, in memory, a few megabytes at most. A part is kept for as long as its version is the
newest, and no longer than SECONDS: the time left in it moves with the clock, and permissions may change.
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

SECONDS = 5.0
#: Parts that are kept; the page of an operation shows 50 images, some 60 KB.
MOST = 64
_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[A-Za-z0-9]+(")')


class Drawn:
    """Parts of pages by what they depend on. Safe to use from all threads."""

    def __init__(self) -> None:
        self._parts: OrderedDict[Hashable, tuple[float, bytes]] = OrderedDict()
        self._guard = threading.Lock()
        #: Who wants a part that is being drawn waits for it instead of drawing it too.
        self._drawing = [threading.Lock() for _ in range(16)]

    def answer(self, request: HttpRequest, key: tuple[Hashable, ...], draw: Callable[[], HttpResponse]) -> HttpResponse:
        """What `draw` answers, or has answered to somebody for whom all of `key` was the same: it must hold whatever
        the part depends on but language, time zone and the token of its forms. Only answers with status 200 are kept.
        """
        place = (*key, translation.get_language(), timezone.get_current_timezone_name())
        kept = self._kept(place)
        if kept is None:
            with self._drawing[hash(place) % len(self._drawing)]:
                kept = self._kept(place)
                if kept is None:
                    return self._keep(place, draw())
        return _again(request, kept)

    def _kept(self, place: Hashable) -> bytes | None:
        with self._guard:
            at, body = self._parts.get(place, (0.0, None))
            return body if time.monotonic() - at < SECONDS else None

    def _keep(self, place: Hashable, answer: HttpResponse) -> HttpResponse:
        if answer.status_code == 200:
            with self._guard:
                self._parts[place] = (time.monotonic(), answer.content)
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
