"""Reading images: lists (5.1.1, 6.1.1), their pages and walking from one to the next, and details (6.1.2)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from images.ims.answers import Answer
from images.ims.errors import InvalidCall, MalformedAnswer
from images.ims.filters import EXTENSION, GLANCE, NATIVE, query_of
from images.ims.image import Image, decode_image
from images.ims.service import Service
from images.ims.transport import Query, path_of

DEFAULT_LIMIT: Final = 500

Filters = Mapping[str, Any]
NO_FILTERS: Final[Filters] = MappingProxyType({})
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


def raw_image_of(answer: Answer, image_id: str) -> RawImage:
    """The bytes of an answer that consists of this image. Raises MalformedAnswer."""
    read = answer.read_as(RawImage)
    if read.id != image_id:
        raise answer.malformed(f"it is about another image, {read.id[:64]!r}")
    return RawImage(id=read.id, updated_at=read.updated_at, created_at=read.created_at, raw=answer.body)


class ImageLists:
    """Images of the project and those that it may see.

    Of an IMS the extension list (5.1.1) is asked, unless `native=True`; of an OpenStack Glance always the native one
    (6.1.1). Filters are those of the list that is asked, with or without their leading underscores.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def list(self, filters: Filters = NO_FILTERS, *, native: bool = False, **more: Any) -> Iterator[Image]:
        """All images that match, page after page (5.1.1, 6.1.1). Pages are fetched as they are needed.

        `limit` is the size of a page (1 to 1,000, 500 by default) and `marker` the id to start after. Raises
        UnknownFilter and InvalidCall before anything is sent, else any IMSError.
        """
        asked = {**filters, **more}
        marker, limit = asked.pop("marker", None), asked.pop("limit", DEFAULT_LIMIT)
        self._query(asked, marker, limit, native)  # refuse here, and not when the first image is asked for
        pages = walk(lambda at: self.page(asked, marker=at, limit=limit, native=native), marker)
        return (image for page in pages for image in page.items)

    def page(
        self,
        filters: Filters = NO_FILTERS,
        *,
        marker: str | None = None,
        limit: int = DEFAULT_LIMIT,
        native: bool = False,
    ) -> Page:
        """One page after `marker` (5.1.1, 6.1.1)."""
        raw = self.raw_page(filters, marker=marker, limit=limit, native=native)
        return Page([self.decode(image.raw) for image in raw.items], raw.next_marker)

    def raw_page(
        self,
        filters: Filters = NO_FILTERS,
        *,
        marker: str | None = None,
        limit: int = DEFAULT_LIMIT,
        native: bool = False,
    ) -> RawPage:
        """One page with each image as its exact bytes, for synchronisation (5.1.1, 6.1.1).

        Raises NotFound or BadRequest when the image of `marker` has vanished meanwhile.
        """
        operation, path, _known = self._variant(native)
        answer = self._service.get(operation, path, self._query(filters, marker, limit, native))
        return raw_page_of(answer, marker=marker, limit=limit, linked=operation == "6.1.1")

    def get(self, image_id: str) -> Image:
        """One image (6.1.2). Raises NotFound when it is not there or not visible to the project."""
        return self.read(self._details(image_id))

    def get_raw(self, image_id: str) -> RawImage:
        """One image as its exact bytes (6.1.2)."""
        return raw_image_of(self._details(image_id), image_id)

    def read(self, answer: Answer) -> Image:
        """The image that an answer consists of. Raises MalformedAnswer."""
        try:
            return self.decode(answer.body)
        except MalformedAnswer as error:
            raise answer.malformed(error.detail) from error

    def decode(self, raw: bytes) -> Image:
        """decode_image by the rules of this service (tags of a Glance are words)."""
        return decode_image(raw, word_tags=not self._service.capabilities.tag_values)

    def _details(self, image_id: str) -> Answer:
        return self._service.get("6.1.2", path_of("v2", "images", image_id))

    def _variant(self, native: bool) -> tuple[str, str, Mapping[str, str]]:
        if not self._service.capabilities.extension:
            return "6.1.1", "/v2/images", GLANCE
        return ("6.1.1", "/v2/images", NATIVE) if native else ("5.1.1", "/v2/cloudimages", EXTENSION)

    def _query(self, filters: Filters, marker: str | None, limit: int, native: bool) -> Query:
        if {"marker", "limit"} & set(filters):
            raise InvalidCall("marker and limit are arguments of their own.")
        operation, _path, known = self._variant(native)
        return query_of(filters, known, operation, marker=marker, limit=limit)


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
        page = _list_decoder.decode(answer.body)
        items = [_raw_image(piece) for piece in page.images]
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise answer.malformed(str(error)) from error
    next_marker = _next_marker(page, items, limit, linked)
    if next_marker is not None and (next_marker == marker or not items):
        raise answer.malformed(f"its next page begins where this one does, at {next_marker}")
    return RawPage(items, next_marker, len(answer.body))


def _raw_image(piece: msgspec.Raw) -> RawImage:
    image = _image_decoder.decode(piece)
    msgspec.structs.force_setattr(image, "raw", bytes(piece))
    return image


def _next_marker(page: _List, items: list[RawImage], limit: int, linked: bool) -> str | None:
    if page.next:
        markers = parse_qs(urlsplit(page.next).query).get("marker")
        return markers[0] if markers else (items[-1].id if items else None)
    if linked and page.first is not None:
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
