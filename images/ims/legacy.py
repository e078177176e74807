"""Calls that the reference has abandoned (6.1.7 to 6.1.9); each warns and names its successor."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

from images.ims.answers import Answer
from images.ims.errors import MalformedAnswer, UnknownFilter
from images.ims.image import Image, image_of
from images.ims.service import Service
from images.ims.transport import Call, path_of

#: Filters of 6.1.9. Sizes in bytes; changes-since as ISO 8601.
V1_FILTERS: Final = frozenset(
    {"name", "container_format", "disk_format", "status", "size_min", "size_max", "changes-since"}
)

_META: Final = "x-image-meta-"
_PROPERTY: Final = "property-"


class Legacy:
    """Deprecated v1 and v1.1 calls of IMS."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def delete(self, image_id: str) -> None:
        """Deprecated: mark an image as deleted (DELETE /v1.1/images/{image_id}, 6.1.7). Use images.delete."""
        _warn("legacy.delete", "images.delete")
        self._service.send_empty("6.1.7", "DELETE", path_of("v1.1", "images", image_id))

    def metadata(self, image_id: str) -> Image:
        """Deprecated: metadata from headers X-Image-Meta-* (HEAD /v1/images/{image_id}, 6.1.8). Use images.get."""
        _warn("legacy.metadata", "images.get")
        self._service.capabilities.require("6.1.8")
        answer = self._service.transport.send(Call("HEAD", path_of("v1", "images", image_id)))
        return _image({_attribute(name): value for name, value in answer.headers.items() if _is_meta(name)}, answer)

    def list(self, filters: Mapping[str, str] | None = None) -> Sequence[Image]:
        """Deprecated: images in one page (GET /v1.1/images/detail, 6.1.9; V1_FILTERS). Use images.list."""
        _warn("legacy.list", "images.list")
        asked = dict(filters or {})
        for name in asked:
            if name not in V1_FILTERS:
                raise UnknownFilter(name, f"The list of v1.1 has no filter named {name!r} (section 6.1.9).")
        answer = self._service.get(
            "6.1.9", "/v1.1/images/detail", [(name, str(value)) for name, value in asked.items()]
        )
        return _images(answer)


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is abandoned by the API; use {new}.", DeprecationWarning, stacklevel=3)


def _is_meta(name: str) -> bool:
    return name.lower().startswith(_META)


def _attribute(header: str) -> str:
    """X-Image-Meta-Container_format → container_format; X-Image-Meta-Property-x → x. Header names know no case."""
    return header.lower().removeprefix(_META).removeprefix(_PROPERTY)


def _images(answer: Answer) -> Sequence[Image]:
    entries = answer.read_object().get("images")
    if not isinstance(entries, list):
        raise answer.malformed("there is no list of images in it")
    return [_image(entry, answer) for entry in entries]


def _image(document: Any, answer: Answer) -> Image:
    if not isinstance(document, dict):
        raise answer.malformed("an image that is no object")
    properties = document.pop("properties", None)
    if isinstance(properties, dict):
        document = properties | document
    try:
        return image_of(document)
    except MalformedAnswer as error:
        raise answer.malformed(error.detail) from error
