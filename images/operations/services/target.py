"""What an operation is asked to be done to."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from images.clouds.models import Project


class ImageRow(Protocol):
    """A row of the cache, or what was read of one."""

    @property
    def pk(self) -> int: ...
    @property
    def image_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Target:
    """One image of an operation; for creations `image` is None and `name` that of the image to come."""

    project: Project
    image: ImageRow | None
    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    #: ID at IMS of an image that is not in the cache (any more); else that of `image` counts.
    image_uid: str = ""
