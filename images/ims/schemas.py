"""JSON schemas of images and members, as the service publishes them (6.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from images.ims.service import Service


@dataclass(frozen=True, slots=True)
class Schema:
    """`properties` by name; `document` is the whole schema."""

    name: str
    properties: Mapping[str, Any]
    document: Mapping[str, Any]


class Schemas:
    """What the service says of its own resources."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def image(self) -> Schema:
        """An image (GET /v2/schemas/image, 6.3.1)."""
        return self._get("6.3.1", "image")

    def images(self) -> Schema:
        """A list of images (GET /v2/schemas/images, 6.3.2)."""
        return self._get("6.3.2", "images")

    def member(self) -> Schema:
        """A member (GET /v2/schemas/member, 6.3.3)."""
        return self._get("6.3.3", "member")

    def members(self) -> Schema:
        """A list of members (GET /v2/schemas/members, 6.3.4)."""
        return self._get("6.3.4", "members")

    def _get(self, operation: str, name: str) -> Schema:
        answer = self._service.get(operation, f"/v2/schemas/{name}")
        document = answer.read_object()
        properties = document.get("properties")
        if not isinstance(properties, dict):
            raise answer.malformed("a schema without properties")
        return Schema(
            name=str(document.get("name", name)),
            properties=MappingProxyType(properties),
            document=MappingProxyType(document),
        )
