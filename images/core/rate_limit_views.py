"""The limit per person on what is expensive (rate_limits.py): 429, with what to do; nothing that was typed is lost.

htmx leaves the form as it stands and shows a notice. A plain form's page is this answer, and loading it again sends the
same once more: whatever was sent, files and thousands of ids too, without any of it going back and forth.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from images.core.http import problem
from images.core.rate_limits import Kind, Slot, TooMuch, take_slot
from images.core.requests import Request, SignedIn

Answer = HttpResponse | StreamingHttpResponse
View = Callable[..., Any]


def limited(kind: Kind, *, only: str = "") -> Callable[[View], View]:
    """Below `login_required`, and below what refuses without work. `only`: the one method that is expensive."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: SignedIn, *args: Any, **kwargs: Any) -> Any:
            if only and request.method != only:
                return view(request, *args, **kwargs)
            try:
                place = take_slot(request.user, kind)
            except TooMuch as refusal:
                return _refused(request, refusal)
            return _inside(place, lambda: view(request, *args, **kwargs))

        vars(counted)["limited"] = kind  # tests/guards asks for it
        return counted

    return decorate


def _inside(place: Slot, view: Callable[[], Answer]) -> Any:
    """What is streamed is only begun when the view returns: its place is left with its last piece."""
    kept = False
    try:
        answer = view()
        if isinstance(answer, StreamingHttpResponse):
            answer.streaming_content = _Pieces(iter(cast("Iterable[bytes]", answer.streaming_content)), place)
            kept = True
        return answer
    finally:
        if not kept:
            place.leave()


class _Pieces:
    """Servers close an answer also when nobody read it to its end, or even to its beginning."""

    def __init__(self, pieces: Iterator[bytes], place: Slot) -> None:
        self._pieces, self._place = pieces, place

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        self._place.leave()


def _refused(request: Request, refusal: TooMuch) -> HttpResponse:
    if request.htmx:
        then = _("Nothing was done and nothing that you typed is lost. Wait %(n)d seconds, then try again.")
    elif request.method == "POST":
        then = _("Nothing was done. Wait %(n)d seconds, then load this page again: the same is sent once more.")
    else:
        then = _("Wait %(n)d seconds, then load this page again.")
    text = f"{refusal} {then % {'n': refusal.after}}"
    answer = problem(request, 429, title=_("This was too much at once"), text=text)
    answer["Retry-After"] = str(refusal.after)
    return answer
