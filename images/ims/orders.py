"""What images can be made from: one typed request per variant of 5.1.3, 5.1.4, 5.1.5 and 6.1.6.

Sizes: `min_disk` GB, `min_ram` and `max_ram` MB. `image_url` is bucket:file. Tags go as objects (image_tags), or as
key.value texts (tags) with `dotted_tags=True`; the reference allows one of the two. Values are not judged here but by
the service and by the rules that forms share; only what cannot be written is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from images.ims.tag import Tag, objects_of

#: Fields that direct the writing and are no parameters of the API.
_DIRECTIONS = frozenset({"tags", "dotted_tags", "data_images"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What all variants share. Fields that are None are left out."""

    operation: ClassVar[str] = "5.1.3"

    name: str
    description: str | None = None
    tags: Sequence[Tag] = ()
    dotted_tags: bool = False

    def as_body(self) -> dict[str, Any]:
        """The JSON object of the request."""
        body = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in _DIRECTIONS}
        body = {name: value for name, value in body.items() if value is not None}
        return body | _tags(self.tags, dotted=self.dotted_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemDisk(Order):
    """System disk image from a stopped ECS (5.1.3)."""

    instance_id: str
    max_ram: int | None = None
    min_ram: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDisk:
    """A data disk of an ECS that becomes an image of its own."""

    name: str
    volume_id: str
    description: str | None = None
    tags: Sequence[Tag] = ()

    def as_body(self) -> dict[str, Any]:
        body = {"name": self.name, "volume_id": self.volume_id, "description": self.description}
        # Of the two formats this object of 5.1.3 has the dotted one only.
        return _said(body) | _tags(self.tags, dotted=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDisks(Order):
    """Data disk images from disks of one ECS (5.1.3); several disks make one job with sub-jobs. `name` may be ""."""

    name: str = ""
    disks: Sequence[DataDisk] = field(default=())

    def as_body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"data_images": [disk.as_body() for disk in self.disks]}
        shared = _said({"name": self.name or None, "description": self.description})
        return body | shared | _tags(self.tags, dotted=self.dotted_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """The file of a data disk that comes with that of a system disk, at most three of them."""

    image_url: str
    min_disk: int
    name: str | None = None
    description: str | None = None
    is_quick_import: bool | None = None
    tags: Sequence[Tag] = ()
    dotted_tags: bool = False

    def as_body(self) -> dict[str, Any]:
        body = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in _DIRECTIONS}
        return _said(body) | _tags(self.tags, dotted=self.dotted_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFile(Order):
    """System disk image from a file in an OBS bucket (5.1.3). `type` is BMS for bare metal servers (IMG.0118)."""

    image_url: str
    min_disk: int
    type: str | None = None
    os_type: str | None = None
    os_version: str | None = None
    is_config: bool | None = None
    cmk_id: str | None = None
    max_ram: int | None = None
    min_ram: int | None = None
    is_quick_import: bool | None = None
    data_images: Sequence[DataFile] = ()

    def as_body(self) -> dict[str, Any]:
        # zero-argument super() does not survive slots=True in Python 3.11
        body = Order.as_body(self)
        return body | ({"data_images": [disk.as_body() for disk in self.data_images]} if self.data_images else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class IsoFile(Order):
    """ISO image from a file in an OBS bucket (7.1, step 2)."""

    image_url: str
    os_version: str
    min_disk: int
    os_type: str | None = None
    type: str = "IsoImage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(Order):
    """System disk image from a data disk, after an installation from ISO (7.1, step 4)."""

    volume_id: str
    os_version: str
    type: str = "ECS"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickSystemFile(Order):
    """System disk image from an optimised RAW or ZVHD2 file, quickly (5.1.4). `architecture` x86 or arm."""

    operation: ClassVar[str] = "5.1.4"

    image_url: str
    os_version: str
    min_disk: int
    type: str | None = None
    architecture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickDataFile(Order):
    """Data disk image from an optimised RAW or ZVHD2 file, quickly (5.1.4)."""

    operation: ClassVar[str] = "5.1.4"

    image_url: str
    min_disk: int
    os_type: str | None = None
    type: str = "DataImage"


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeServer(Order):
    """Full-ECS image from a running or stopped ECS (5.1.5)."""

    operation: ClassVar[str] = "5.1.5"

    instance_id: str
    max_ram: int | None = None
    min_ram: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeBackup(Order):
    """Full-ECS image from a CSBS backup (5.1.5)."""

    operation: ClassVar[str] = "5.1.5"

    backup_id: str
    max_ram: int | None = None
    min_ram: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """An image without file yet (6.1.6); upload or registering follows. Tags go as key=value.

    `attributes` are further ones by their API names (`__os_version`, `hw_firmware_type` ...).
    """

    name: str | None = None
    visibility: str | None = None
    protected: bool | None = None
    container_format: str | None = None
    disk_format: str | None = None
    min_disk: int | None = None
    min_ram: int | None = None
    tags: Sequence[Tag] = ()
    attributes: dict[str, Any] = field(default_factory=dict)

    def as_body(self) -> dict[str, Any]:
        body = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in {"tags", "attributes"}}
        tags = {"tags": [str(tag) for tag in self.tags]} if self.tags else {}
        return self.attributes | _said(body) | tags


def _said(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _tags(tags: Sequence[Tag], *, dotted: bool) -> dict[str, Any]:
    if not tags:
        return {}
    return {"tags": [f"{tag.key}.{tag.value}" for tag in tags]} if dotted else {"image_tags": objects_of(tags)}
