"""Changes of an image's attributes, in the three bodies that the reference has for them (5.1.2, 6.1.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from images.ims.errors import InvalidCall

V20: Final = "application/openstack-images-v2.0-json-patch"
V21: Final = "application/openstack-images-v2.1-json-patch"

_OPS: Final = ("add", "replace", "remove")


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute by its API name: "add" (also overwrites), "replace" or "remove" (both need an existing one)."""

    op: str
    attribute: str
    value: Any = None

    def __post_init__(self) -> None:
        if self.op not in _OPS:
            raise InvalidCall(f"A change adds, replaces or removes; it does not {self.op!r}.")
        if not self.attribute:
            raise InvalidCall("A change needs the name of an attribute.")

    @property
    def path(self) -> str:
        """The name as a JSON pointer (RFC 6901)."""
        return "/" + self.attribute.replace("~", "~0").replace("/", "~1")


def add(attribute: str, value: Any) -> Change:
    """Set an attribute whether it exists or not."""
    return Change("add", attribute, value)


def replace(attribute: str, value: Any) -> Change:
    """Set an attribute that exists."""
    return Change("replace", attribute, value)


def remove(attribute: str) -> Change:
    """Remove an attribute that exists."""
    return Change("remove", attribute)


def body_of(changes: Iterable[Change], media_type: str) -> list[dict[str, Any]]:
    """The patch in the form of its media type; 5.1.2 uses the form of v2.1. Raises InvalidCall when empty."""
    items = [_v20(change) if media_type == V20 else _v21(change) for change in changes]
    if not items:
        raise InvalidCall("There is nothing to change.")
    return items


def _v21(change: Change) -> dict[str, Any]:
    item: dict[str, Any] = {"op": change.op, "path": change.path}
    return item if change.op == "remove" else {**item, "value": change.value}


def _v20(change: Change) -> dict[str, Any]:
    item: dict[str, Any] = {change.op: change.path}
    return item if change.op == "remove" else {**item, "value": change.value}
