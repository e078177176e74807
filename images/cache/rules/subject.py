"""What rules want to know of an image. Rows of the cache have these attributes as they are."""

from dataclasses import dataclass
from typing import Protocol

from images.core.ims_limits import CHARGED_PLATFORMS

#: D1: damage of the reference's text that services may have taken over.
_ISO = frozenset({"IsoImage", "IsolImage", "Isolmage"})


class Subject(Protocol):
    """An image as a project sees it; the names are those of the columns of the cache.

    image_type: gold, private or shared; member_status: empty unless somebody else shares the image with the project;
    project_id: the project's row, None for public images; size: bytes; key_id: encryption key, empty if there is none.
    """

    @property
    def status(self) -> str: ...
    @property
    def image_type(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def project_id(self) -> int | None: ...
    @property
    def member_status(self) -> str: ...
    @property
    def env_type(self) -> str: ...
    @property
    def disk_format(self) -> str: ...
    @property
    def whole_image(self) -> bool: ...
    @property
    def key_id(self) -> str: ...
    @property
    def protected(self) -> bool: ...
    @property
    def size(self) -> int: ...
    @property
    def platform(self) -> str: ...
    @property
    def data_origin(self) -> str: ...


#: The columns, for queries that fetch no more than rules need.
COLUMNS = (
    "status", "image_type", "visibility", "project_id", "member_status", "env_type", "disk_format", "whole_image",
    "key_id", "protected", "size", "platform", "data_origin",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """A subject that is no row: an ordinary, active image of one's own, unless said otherwise."""

    status: str = "active"
    image_type: str = "private"
    visibility: str = "private"
    project_id: int | None = 1
    member_status: str = ""
    env_type: str = "FusionCompute"
    disk_format: str = "zvhd2"
    whole_image: bool = False
    key_id: str = ""
    protected: bool = False
    size: int = 0
    platform: str = ""
    data_origin: str = ""


def is_public(image: Subject) -> bool:
    return image.project_id is None or image.image_type == "gold" or image.visibility == "public"


def is_foreign(image: Subject) -> bool:
    """Whether the image is somebody else's, who shares it with the project."""
    return bool(image.member_status)


def is_own(image: Subject) -> bool:
    return not is_public(image) and not is_foreign(image)


def is_iso(image: Subject) -> bool:
    return image.env_type in _ISO or image.disk_format == "iso"


def is_encrypted(image: Subject) -> bool:
    return bool(image.key_id)


def is_charged(origin: Subject | None) -> bool:
    """Whether it is a public image of a maker that charges for its OS (5.1.7)."""
    return origin is not None and is_public(origin) and origin.platform in CHARGED_PLATFORMS
