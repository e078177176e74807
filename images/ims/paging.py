"""Pages of image lists, and walking from one to the next."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from images.ims.answers import Answer
from images.ims.errors import MalformedAnswer
from images.ims.image import Image

P = TypeVar("P", bound="Page | RawPage")


class RawImage(msgspec.Struct, frozen=True, kw_only=True):
    """What a synchronisation needs to see whether an image changed: id, times as sent, and the exact bytes.

    decode_image(raw) makes it an Image.
    """

    id: str
    updated_at: str | None = None
    created_at: str | None = None
    #: Set by us, never from the document: an attribute of this name cannot be in one that matters.
    raw: bytes = msgspec.field(default=b"", name="raw bytes, set by the client")


@dataclass(frozen=True, slots=True)
class Page:
    """Images of one page; `next_marker` None: it was the last."""

    items: list[Image]
    next_marker: str | None


@dataclass(frozen=True, slots=True)
class RawPage:
    """The same with images as they came; `bytes` is the length of the answer."""

    items: list[RawImage]
    next_marker: str | None
    bytes: int


class _List(msgspec.Struct):
    images: list[msgspec.Raw]
    next: str | None = None
    first: Any = None


_list_decoder = msgspec.json.Decoder(_List)
_image_decoder = msgspec.json.Decoder(RawImage)


def raw_page_of(answer: Answer, *, marker: str | None, limit: int, linked: bool) -> RawPage:
    """A page of 5.1.1 or 6.1.1. Raises MalformedAnswer, also when the list does not move on.

    `linked`: the operation promises a `next` link on every page but the last (6.1.1). Otherwise the list goes on
    after the last image of a full page.
    """
    try:
        found = _list_decoder.decode(answer.body)
        items = [_raw_image(piece) for piece in found.images]
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise answer.malformed(str(error)) from error
    next_marker = _next_marker(found, items, limit, linked)
    if next_marker is not None and (next_marker == marker or not items):
        raise answer.malformed(f"its next page begins where this one does, at {next_marker}")
    return RawPage(items, next_marker, len(answer.body))


def _raw_image(piece: msgspec.Raw) -> RawImage:
    image = _image_decoder.decode(piece)
    msgspec.structs.force_setattr(image, "raw", bytes(piece))
    return image


def _next_marker(found: _List, items: list[RawImage], limit: int, linked: bool) -> str | None:
    if found.next:
        markers = parse_qs(urlsplit(found.next).query).get("marker")
        return markers[0] if markers else (items[-1].id if items else None)
    if linked and found.first is not None:
        return None
    return items[-1].id if items and len(items) >= limit else None


def walk(fetch: Callable[[str | None], P], marker: str | None = None) -> Iterator[P]:
    """All pages from `marker` on. Raises MalformedAnswer when the markers run in a circle."""
    seen: set[str] = set()
    while True:
        page = fetch(marker)
        yield page
        marker = page.next_marker
        if marker is None:
            return
        if marker in seen:
            raise MalformedAnswer(f"The list of images runs in a circle at {marker}.", detail="marker repeats")
        seen.add(marker)
