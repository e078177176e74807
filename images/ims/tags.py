"""Tags (5.2, 6.2): what is tagged how, and changing it in each of the three formats of 9.2."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from images.ims.answers import Answer
from images.ims.errors import Conflict, InvalidCall, NotFound
from images.ims.filters import EXTENSION, query_of
from images.ims.listing import DEFAULT_LIMIT, NO_FILTERS, Filters
from images.ims.patch import V21, Change, body_of
from images.ims.service import Service
from images.ims.tag import Tag, objects_of, tag_of
from images.ims.transport import path_of
from images.ims.values import as_number, as_text

#: Bounds of 5.2.3.
LONGEST_TAG_PAGE: Final = 1000
MOST_KEYS: Final = 10
MOST_VALUES: Final = 10

#: Words that travel in an address (6.2): what proxies decode or refuse ("/" most of all) does not, nor a full stop
#: alone, nor anything beyond ASCII, which Glance 33 reads as Latin-1 there ("größer" becomes another word).
_IN_ADDRESS: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9 ._~=:@!$&'()*+,-]+")
#: Attempts at changing a list that others change at the same time.
_REWRITES: Final = 4

#: Conditions on tags: key → values of which one must match; no values: any.
TagFilter = Mapping[str, Sequence[str]]
NO_TAGS: Final[TagFilter] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class TagQuery:
    """Which images 5.2.3 should find. All conditions that are given must hold.

    `every`: all of these keys (tags) · `some`: at least one (tags_any) · `not_every`: drops images that have all
    (not_tags) · `none`: drops images that have one of them (not_tags_any). `untagged` finds images without any tag and
    makes IMS ignore the four. `name` matches a part of the image name, `image_id` exactly.
    """

    every: TagFilter = field(default_factory=lambda: NO_TAGS)
    some: TagFilter = field(default_factory=lambda: NO_TAGS)
    not_every: TagFilter = field(default_factory=lambda: NO_TAGS)
    none: TagFilter = field(default_factory=lambda: NO_TAGS)
    untagged: bool = False
    name: str = ""
    image_id: str = ""

    def as_body(self) -> dict[str, Any]:
        """The conditions as 5.2.3 writes them; empty ones are left out. Raises InvalidCall above ten keys or values."""
        lists = {"tags": self.every, "tags_any": self.some, "not_tags": self.not_every, "not_tags_any": self.none}
        body: dict[str, Any] = {name: _conditions(name, asked) for name, asked in lists.items() if asked}
        if self.untagged:
            body["without_any_tag"] = True
        matches = {"resource_name": self.name, "resource_id": self.image_id}
        if any(matches.values()):
            body["matches"] = [{"key": key, "value": value} for key, value in matches.items() if value]
        return body


@dataclass(frozen=True, slots=True)
class TaggedImage:
    """An image as 5.2.3 finds it. `detail` is what the service adds, with status among it."""

    image_id: str
    name: str
    tags: tuple[Tag, ...]
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaggedImages:
    """A page of 5.2.3: `total` counts all that match, not only these."""

    items: tuple[TaggedImage, ...]
    total: int


class Tags:
    """Tags of images. A Glance knows native tags only: keys without values (6.2)."""

    def __init__(self, service: Service) -> None:
        self._service = service

    # ------------------------------------------------------------------ reading

    def search(
        self, filters: Filters = NO_FILTERS, *, marker: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> Sequence[Tag]:
        """Tags of the images that the filters of 5.1.1 find (GET /v1/cloudimages/tags, 5.2.2)."""
        query = query_of(filters, EXTENSION, "5.2.2", marker=marker, limit=limit)
        answer = self._service.get("5.2.2", "/v1/cloudimages/tags", query)
        texts = answer.read_object().get("tags")
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise answer.malformed("there is no list of tags in it")
        return [tag_of(text) for text in texts]

    def find_images(self, query: TagQuery, *, limit: int = 10, offset: int = 0) -> TaggedImages:
        """Images by tags (POST /v2/{project_id}/images/resource_instances/action, 5.2.3, action filter).

        `limit` 1 to 1,000; `offset` from 0 counts images to skip.
        """
        if not 1 <= limit <= LONGEST_TAG_PAGE or offset < 0:
            raise InvalidCall(f"limit is 1 to {LONGEST_TAG_PAGE} and offset 0 or more (5.2.3).")
        body = {"action": "filter", "limit": str(limit), "offset": str(offset), **query.as_body()}
        answer = self._instances(body)
        document = answer.read_object()
        resources = document.get("resources")
        if not isinstance(resources, list):
            raise answer.malformed("there are no resources in it")
        return TaggedImages(tuple(_tagged(entry, answer) for entry in resources), _total(document, answer))

    def count_images(self, query: TagQuery) -> int:
        """How many images match (5.2.3, action count)."""
        answer = self._instances({"action": "count", **query.as_body()})
        return _total(answer.read_object(), answer)

    def of_image(self, image_id: str) -> Sequence[Tag]:
        """Tags of one image (GET /v2/{project_id}/images/{image_id}/tags, 5.2.7). Raises NotFound."""
        answer = self._service.get("5.2.7", self._path(image_id, "tags"))
        return [_tag(entry, answer) for entry in _entries(answer)]

    def of_project(self) -> Mapping[str, Sequence[str]]:
        """Every key in use, with all its values (GET /v2/{project_id}/images/tags, 5.2.8)."""
        answer = self._service.get("5.2.8", self._path("tags"))
        found: dict[str, Sequence[str]] = {}
        for entry in _entries(answer):
            values = entry.get("values")
            if not isinstance(values, list):
                raise answer.malformed("a tag without values")
            found[_key(entry, answer)] = [as_text(value) for value in values if not isinstance(value, list | dict)]
        return found

    # ------------------------------------------------------------------ changing

    def attach(self, image_id: str, tags: Iterable[Tag]) -> None:
        """Add or overwrite tags in the way that the service knows: 5.2.4, or 6.2.1 one by one for a Glance.

        A Glance has no values; there "key=value" is the tag, and another value of the same key stands beside it.
        """
        wanted = list(tags)
        if self._service.capabilities.tag_values:
            self.add_many(image_id, wanted)
            return
        words = [str(tag) for tag in wanted]
        for word in filter(_fits_address, words):
            self.add_native(image_id, word)
        self._rewrite(image_id, added=[word for word in words if not _fits_address(word)])

    def detach(self, image_id: str, tags: Iterable[Tag]) -> None:
        """Remove tags in the way that the service knows (5.2.4, 6.2.2); absent ones count as removed.

        That a word of a Glance is absent is seen at the image and not taken from a 404, which a proxy may have said.
        Raises NotFound when the image is not there.
        """
        wanted = list(tags)
        if self._service.capabilities.tag_values:
            self.remove_many(image_id, [tag.key for tag in wanted])
            return
        words = [str(tag) for tag in wanted]
        left = [word for word in words if not _fits_address(word) or not self._is_removed(image_id, word)]
        self._rewrite(image_id, removed=left)

    def _is_removed(self, image_id: str, word: str) -> bool:
        try:
            self.remove_native(image_id, word)
        except NotFound:
            return False
        return True

    def _rewrite(self, image_id: str, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> None:
        """Changes the whole list of a Glance (6.1.2, 6.1.3), for words that no address carries safely (_fits_address).

        A patch of images knows no condition (of RFC 6902 add, replace and remove alone), so that a word which somebody
        else adds between our reading and our writing is lost. The list is read right before it is written, and again
        afterwards: where what was wanted was overwritten in its turn, it is written once more. Raises Conflict when
        that does not end.
        """
        if not added and not removed:
            return
        for _attempt in range(_REWRITES):
            held = self._words(image_id)
            words = list(dict.fromkeys([*(word for word in held if word not in removed), *added]))
            if words == held:
                return
            body = body_of([Change("replace", "tags", words)], V21)
            self._service.send_json("6.1.3", "PATCH", path_of("v2", "images", image_id), body, content_type=V21)
        held = self._words(image_id)
        if set(held) & set(removed) or set(added) - set(held):
            raise Conflict(
                "Somebody else goes on changing the tags of this image.", status=409, method="PATCH",
                path=path_of("v2", "images", image_id),
            )  # fmt: skip

    def _words(self, image_id: str) -> list[str]:
        answer = self._service.get("6.1.2", path_of("v2", "images", image_id))
        held = answer.read_object().get("tags")
        if not isinstance(held, list):
            raise answer.malformed("there is no list of tags in it")
        return [as_text(word) for word in held]

    def put(self, image_id: str, tag: Tag, *, dotted: bool = False) -> None:
        """Add a tag or overwrite that of the same key (PUT /v1/cloudimages/tags, 5.2.1).

        As an object (format 2) unless `dotted`, which sends key.value (format 1, no points in the key).
        """
        body: dict[str, Any] = {"image_id": image_id}
        if dotted:
            body["tag"] = f"{tag.key}.{tag.value}"
        else:
            body["image_tag"] = tag.as_object()
        self._service.send_json("5.2.1", "PUT", "/v1/cloudimages/tags", body)

    def add(self, image_id: str, tag: Tag) -> None:
        """Add a tag or overwrite that of the same key (POST /v2/{project_id}/images/{image_id}/tags, 5.2.5)."""
        # Idempotent by 5.2.5, so it may be repeated although it is a POST.
        self._service.send_json(
            "5.2.5", "POST", self._path(image_id, "tags"), {"tag": tag.as_object()}, repeatable=True
        )

    def add_many(self, image_id: str, tags: Iterable[Tag]) -> None:
        """Add or overwrite several tags, all or none (POST .../tags/action with create, 5.2.4; idempotent)."""
        self._batch("create", image_id, objects_of(tags))

    def remove_many(self, image_id: str, keys: Iterable[str]) -> None:
        """Remove several tags; absent ones count as removed (POST .../tags/action with delete, 5.2.4)."""
        self._batch("delete", image_id, [{"key": key} for key in keys])

    def remove(self, image_id: str, key: str) -> None:
        """Remove one tag (DELETE /v2/{project_id}/images/{image_id}/tags/{key}, 5.2.6).

        Raises NotFound for an absent key, InvalidCall for the keys "." and "..", which no address can hold:
        `remove_many` takes them.
        """
        self._service.send_empty("5.2.6", "DELETE", self._path(image_id, "tags", key))

    def add_native(self, image_id: str, key: str) -> None:
        """Add a key without value, of up to 255 characters (PUT /v2/images/{image_id}/tags/{tag}, 6.2.1)."""
        self._service.send_empty("6.2.1", "PUT", path_of("v2", "images", image_id, "tags", key))

    def remove_native(self, image_id: str, key: str) -> None:
        """Remove a native tag (DELETE /v2/images/{image_id}/tags/{tag}, 6.2.2). Raises NotFound for an absent one."""
        self._service.send_empty("6.2.2", "DELETE", path_of("v2", "images", image_id, "tags", key))

    def _batch(self, action: str, image_id: str, tags: list[dict[str, str]]) -> None:
        if not tags:
            raise InvalidCall("There is no tag to change (5.2.4).")
        path = self._path(image_id, "tags", "action")
        self._service.send_json("5.2.4", "POST", path, {"action": action, "tags": tags}, repeatable=True)

    def _instances(self, body: dict[str, Any]) -> Answer:
        path = self._path("resource_instances", "action")
        # A query that happens to be a POST: repeating it changes nothing.
        return self._service.send_json("5.2.3", "POST", path, body, repeatable=True)

    def _path(self, *segments: str) -> str:
        return path_of("v2", self._service.project_id, "images", *segments)


def _fits_address(word: str) -> bool:
    return _IN_ADDRESS.fullmatch(word) is not None


def _conditions(name: str, asked: TagFilter) -> list[dict[str, Any]]:
    if len(asked) > MOST_KEYS or any(len(values) > MOST_VALUES for values in asked.values()):
        raise InvalidCall(f"{name} takes at most {MOST_KEYS} keys with at most {MOST_VALUES} values each (5.2.3).")
    if not all(asked):
        raise InvalidCall(f"{name} has a key without characters (5.2.3).")
    return [{"key": key, "values": list(dict.fromkeys(values))} for key, values in asked.items()]


def _entries(answer: Answer) -> list[Mapping[str, Any]]:
    entries = answer.read_object().get("tags")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise answer.malformed("there is no list of tags in it")
    return entries


def _key(entry: Mapping[str, Any], answer: Answer) -> str:
    key = entry.get("key")
    if not isinstance(key, str):
        raise answer.malformed("a tag without key")
    return key


def _tag(entry: Mapping[str, Any], answer: Answer) -> Tag:
    value = entry.get("value")
    return Tag(_key(entry, answer), value if isinstance(value, str) else "")


def _tagged(entry: Any, answer: Answer) -> TaggedImage:
    if not isinstance(entry, dict) or not isinstance(entry.get("resource_id"), str):
        raise answer.malformed("a resource without resource_id")
    tags = entry.get("tags")
    tags = [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    detail = entry.get("resource_detail")
    name = entry.get("resource_name")
    return TaggedImage(
        image_id=entry["resource_id"],
        name=name if isinstance(name, str) else "",
        tags=tuple(_tag(tag, answer) for tag in tags),
        detail=MappingProxyType(detail if isinstance(detail, dict) else {}),
    )


def _total(document: Mapping[str, Any], answer: Answer) -> int:
    try:
        total = as_number(document.get("total_count"))
    except (ValueError, OverflowError) as error:
        raise answer.malformed(f"total_count: {error}") from error
    if total is None:
        raise answer.malformed("there is no total_count in it")
    return total
