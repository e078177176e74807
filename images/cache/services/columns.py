"""From the document that IMS sent to the columns of models.Image: the one place that knows how they correspond.

Tolerant as API reference 5.1.1 needs it: absent, empty and null are the same; booleans come as true, "true" or "True";
numbers as text. Nearly every document is read straight into `Sent`, which takes a third of the time of a dictionary.
What the reference prints in two spellings, and characters that no column can hold, take the longer way.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec

from images.cache.facets import FLAGS, TAG_SEPARATOR, Pair
from images.core.spelling import searchable

Document = Mapping[str, Any]

#: Second spellings that the reference prints for the same attribute.
ALIASES: Final = {
    "__support_largememory": "__support_large_memory",
    "__support_diskintensive": "__support_disk_intensive",
    "__support_highperformance": "__support_high_performance",
    "__originalimagename": "__originalimage_name",
    "__system__cmkid": "__system_cmkid",
    "__os_version": "_os_version",
    "virtual_env_type": "virtual_environment_type",
    "created_at": "create_at",
    "updated_at": "update_at",
}
#: Every attribute that makes a column, as the reference spells it first.
ATTRIBUTES: Final = (
    "id", "name", "status", "visibility", "owner", "protected", "os_hidden", "tags", "size", "min_disk", "min_ram",
    "max_ram", "disk_format", "container_format", "created_at", "updated_at", "active_at", "description",
    "virtual_env_type", "os_type", "os_distro", "os_version", "architecture", "hw_architecture", "hw_firmware_type",
    "hw_vif_multiqueue_enabled", "__description", "__imagetype", "__os_type", "__platform", "__os_version", "__os_bit",
    "__image_size", "__isregistered", "__whole_image", "__system__cmkid", "__originalimagename", "__backup_id",
    "__data_origin", "__root_origin", "__support_arm", "__support_kvm", "__support_xen", "__support_largememory",
    "__support_diskintensive", "__support_highperformance", "__support_xen_gpu_type", "__support_kvm_gpu_type",
    "__support_xen_hana", "__support_kvm_infiniband", "__support_amd", "__lazyloading", "__is_config_init",
)  # fmt: skip
#: Part of every digest. Raise it when this module reads documents differently: the next full synchronisation then
#: writes every image anew, although IMS sends what it sent before.
FORMAT = b"3"
ENV_TYPES = {"IsolImage": "IsoImage", "Isolmage": "IsoImage", "Datalmage": "DataImage"}
_ARCHITECTURES = {"x86_64": "x86", "aarch64": "arm", "arm64": "arm", "Arm": "arm", "": "x86"}
PLATFORMS = {"Redhat": "Red Hat", "openSUSE": "OpenSUSE"}
#: What the schema (6.3.1) allows beyond these is stored as far as the column holds it; `document` has it all.
NAME_MAX = 255
SEARCH_MAX = 2000
#: What the columns hold.
_LARGEST, _LARGEST_SIZE = 2**31 - 1, 2**63 - 1
_YES = frozenset({"true", "True", "TRUE"})
_NO = frozenset({"", "false", "no", "0", "none"})


class Unreadable(Exception):
    """An image came in a form that nothing can be read from; the message says which, for people."""


def field_of(attribute: str) -> str:
    """What `Sent` calls an attribute: without leading underscores, those of IMS marked ("__os_type": ims_os_type),
    and what the reference prints with one underscore ("_os_version": odd_os_version)."""
    mark = "ims" if attribute.startswith("__") else "odd"
    return f"{mark}_{attribute.strip('_')}" if attribute.startswith("_") else attribute


#: One field for each attribute, None where nothing (or null) was sent. Whatever was sent is taken as it is: services
#: send numbers as text and booleans in three spellings, and `row_of` makes sense of them.
Sent: Any = msgspec.defstruct(
    "Sent",
    [(field_of(name), Any, None) for name in (*ATTRIBUTES, *ALIASES.values())],
    rename={field_of(name): name for name in (*ATTRIBUTES, *ALIASES.values())},
    frozen=True,
    gc=False,
)
_decoder = msgspec.json.Decoder(Sent)
_plain_decoder = msgspec.json.Decoder(dict[str, object])
_seconds = attrgetter(*map(field_of, ALIASES.values()))
_NO_SECONDS = (None,) * len(ALIASES)
#: NUL is refused by PostgreSQL, and 1F is facets.TAG_SEPARATOR. In JSON both can only be escaped.
_escaped_unstorable = re.compile(rb"\\u00(?:00|1[fF])").search
_UNSTORABLE = {0: None, ord(TAG_SEPARATOR): None}
_flag_values = attrgetter(*(field_of(attribute) for attribute, _label in FLAGS.values()))


def read(image_id: str, raw: bytes) -> Any:
    """The `Sent` of one image. Raises Unreadable."""
    try:
        sent = _decoder.decode(raw)
        if _seconds(sent) == _NO_SECONDS and _escaped_unstorable(raw) is None:
            return sent
        return _mended(_plain_decoder.decode(raw))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unreadable(f"The service sent image {image_id[:64]} in a form that cannot be read: {error}.") from error


def document_of(image_id: str, raw: bytes | str) -> Document:
    """All attributes as they were sent, unread. Raises Unreadable."""
    try:
        return _plain_decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unreadable(f"The service sent image {image_id[:64]} in a form that cannot be read: {error}.") from error


def _mended(document: Document) -> Any:
    """With second spellings moved to the first, and without what cannot be stored; the row keeps the text as sent."""
    moved = dict(document)
    for first, second in ALIASES.items():
        if moved.get(first) is None:
            moved[first] = moved.pop(second, None)
    known = {name: _storable(moved.get(name)) for name in ATTRIBUTES}
    return Sent(**{field_of(name): value for name, value in known.items()})


def _storable(value: object) -> Any:
    if type(value) is str:
        return value.translate(_UNSTORABLE)
    return [_storable(part) for part in value] if type(value) is list else value


class Row(NamedTuple):
    """The columns of models.Image without its id, in the order of the model; times are aware datetimes in UTC."""

    region_id: int
    project_id: int | None
    image_id: str
    name: str
    description: str
    status: str
    visibility: str
    image_type: str
    owner: str
    member_status: str
    os_type: str
    platform: str
    os_version: str
    os_bit: str
    architecture: str
    env_type: str
    disk_format: str
    container_format: str
    firmware: str
    min_disk: int
    min_ram: int
    max_ram: int | None
    size: int
    protected: bool
    hidden: bool
    registered: bool
    whole_image: bool
    key_id: str
    flags: str
    source_image_id: str
    backup_id: str
    data_origin: str
    from_file: bool
    created_at: datetime | None
    updated_at: datetime | None
    active_at: datetime | None
    search_text: str
    digest: str
    document: str


class ParsedImage(NamedTuple):
    """An image as its columns and tags; `pk` is its Image.id, 0 as long as it has none."""

    pk: int
    row: Row
    tags: list[Pair]


def row_of(sent: Any, text: str, digest: str, *, region_id: int, project_id: int | None, member_status: str) -> Row:
    """The columns of one image; `sent` is what `read` made of it, `text` the document as it came."""
    name = _text(sent.name)
    description = _text(sent.ims_description or sent.description)
    env_type = _text(sent.virtual_env_type)
    platform = _text(sent.ims_platform or sent.os_distro)
    visibility = _text(sent.visibility)
    return Row(
        region_id=region_id,
        project_id=project_id,
        image_id=_text(sent.id),
        name=name[:NAME_MAX],
        description=description,
        status=_text(sent.status)[:20],
        visibility=visibility[:20],
        image_type=_text(sent.ims_imagetype)[:20] or ("gold" if visibility == "public" else visibility[:20]),
        owner=_text(sent.owner)[:64],
        member_status=member_status,
        os_type=_os_type(_text(sent.ims_os_type or sent.os_type))[:20],
        platform=PLATFORMS.get(platform, platform)[:40],
        os_version=_text(sent.ims_os_version or sent.os_version)[:120],
        os_bit=_text(sent.ims_os_bit)[:4],
        architecture=_architecture(sent)[:20],
        env_type=ENV_TYPES.get(env_type, env_type)[:40],
        disk_format=_text(sent.disk_format)[:20],
        container_format=_text(sent.container_format)[:20],
        firmware=_text(sent.hw_firmware_type)[:20] or "bios",
        min_disk=_number(sent.min_disk) or 0,
        min_ram=_number(sent.min_ram) or 0,
        max_ram=_number(sent.max_ram),
        size=_number(sent.ims_image_size, _LARGEST_SIZE) or _number(sent.size, _LARGEST_SIZE) or 0,
        protected=_true(sent.protected),
        hidden=_true(sent.os_hidden),
        registered=sent.ims_isregistered is None or _true(sent.ims_isregistered),
        whole_image=_true(sent.ims_whole_image),
        key_id=_text(sent.ims_system__cmkid)[:64],
        flags=_flags(_flag_values(sent)),
        source_image_id=_text(sent.ims_originalimagename)[:64],
        backup_id=_text(sent.ims_backup_id)[:64],
        data_origin=_text(sent.ims_data_origin)[:255],
        from_file=sent.ims_root_origin == "file",
        created_at=_time(sent.created_at),
        updated_at=_time(sent.updated_at),
        active_at=_time(sent.active_at),
        search_text=searchable(f"{name}\n{description}")[:SEARCH_MAX],
        digest=digest,
        document=text,
    )


def _text(value: object) -> str:
    return value if type(value) is str else "" if value is None else str(value)


def _true(value: object) -> bool:
    return value is True or (value is not None and value is not False and str(value).lower() not in _NO)


def _number(value: object, largest: int = _LARGEST) -> int | None:
    if value is None or value == "":
        return None
    try:
        number = int(value if type(value) is int else str(value))
    except ValueError:
        return None
    return min(max(number, 0), largest)


def _time(value: object) -> datetime | None:
    if not value or type(value) is not str:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # no time, or one that leaves the calendar in UTC
        return None


def _os_type(name: str) -> str:
    return {"other": "Other", "linux": "Linux", "windows": "Windows"}.get(name, name)


def _architecture(sent: Any) -> str:
    """`architecture` of the schema (6.3.1); some clouds send __support_arm instead; x86 when neither is there."""
    if _true(sent.ims_support_arm):
        return "arm"
    named = _text(sent.architecture or sent.hw_architecture)
    return _ARCHITECTURES.get(named, named)


def _flags(values: tuple[Any, ...]) -> str:
    """Comma-separated names of facets.FLAGS; a GPU type carries its value ("gpu_kvm:V100")."""
    try:
        return _flags_seen(values, tuple(map(type, values)))
    except TypeError:  # an object or a list where a flag should be
        return _flags_of(values)


def _flags_of(values: tuple[Any, ...]) -> str:
    flags = []
    for flag, value in zip(FLAGS, values, strict=True):
        if value is None or not _true(value):
            continue
        kind = "" if value is True else _text(value).replace(",", " ")
        flags.append(flag if not kind or kind in _YES else f"{flag}:{kind}")
    return ",".join(flags)[:300]


@lru_cache(maxsize=4096)
def _flags_seen(values: tuple[Any, ...], _types: tuple[type, ...]) -> str:
    """Images differ in few ways here. The types belong to the key because True equals 1 ("gpu_kvm:1")."""
    return _flags_of(values)
