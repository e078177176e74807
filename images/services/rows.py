"""From the document that IMS sent to the columns of models.Image: the one place that knows how they correspond.

Tolerant as API reference 5.1.1 needs it: absent, empty and null are the same; booleans come as true, "true" or "True";
numbers as text; attributes under either of their printed spellings.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from images.facets import FLAGS, Pair

Document = Mapping[str, Any]

#: Second spellings that the reference prints for the same attribute.
ALIASES = {
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
ENV_TYPES = {"IsolImage": "IsoImage", "Isolmage": "IsoImage", "Datalmage": "DataImage"}
PLATFORMS = {"Redhat": "Red Hat", "openSUSE": "OpenSUSE"}
#: What the schema (6.3.1) allows beyond these is stored as far as the column holds it; `document` has it all.
NAME_MAX = 255
SEARCH_MAX = 2000
TAG_MAX = 255
_NO = frozenset({"", "false", "no", "0", "none"})
_FLAGS = tuple((flag, attribute) for flag, (attribute, _label) in FLAGS.items())


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


def row_of(
    document: Document, text: str, digest: str, *, region_id: int, project_id: int | None, member_status: str
) -> Row:
    """The columns of one image; `text` is the document as it was sent."""
    name = _text(document, "name", NAME_MAX)
    description = _text(document, "__description") or _text(document, "description")
    env_type = _text(document, "virtual_env_type", 40)
    platform = _text(document, "__platform", 40) or _text(document, "os_distro", 40)
    visibility = _text(document, "visibility", 20)
    return Row(
        region_id=region_id,
        project_id=project_id,
        image_id=str(document["id"]),
        name=name,
        description=description,
        status=_text(document, "status", 20),
        visibility=visibility,
        image_type=_text(document, "__imagetype", 20) or ("gold" if visibility == "public" else visibility),
        owner=_text(document, "owner", 64),
        member_status=member_status,
        os_type=_os_type(document),
        platform=PLATFORMS.get(platform, platform),
        os_version=_text(document, "__os_version", 120) or _text(document, "os_version", 120),
        os_bit=_text(document, "__os_bit", 4),
        architecture=_architecture(document),
        env_type=ENV_TYPES.get(env_type, env_type),
        disk_format=_text(document, "disk_format", 20),
        container_format=_text(document, "container_format", 20),
        firmware=_text(document, "hw_firmware_type", 20) or "bios",
        min_disk=_number(document.get("min_disk")) or 0,
        min_ram=_number(document.get("min_ram")) or 0,
        max_ram=_number(document.get("max_ram")),
        size=_number(document.get("__image_size")) or _number(document.get("size")) or 0,
        protected=_true(document.get("protected")),
        registered=_true(document.get("__isregistered", True)),
        whole_image=_true(document.get("__whole_image")),
        key_id=_text(document, "__system__cmkid", 64),
        flags=_flags(document),
        source_image_id=_text(document, "__originalimagename", 64),
        backup_id=_text(document, "__backup_id", 64),
        data_origin=_text(document, "__data_origin", 255),
        from_file=document.get("__root_origin") == "file",
        created_at=_time(document, "created_at"),
        updated_at=_time(document, "updated_at"),
        active_at=_time(document, "active_at"),
        search_text=f"{name}\n{description}".lower()[:SEARCH_MAX],
        digest=digest,
        document=text,
    )


def tags_of(document: Document) -> list[Pair]:
    """(key, value) pairs, keys unique: split at the first "=", else at the first "."; a bare key has no value (9.2)."""
    tags: dict[str, str] = {}
    for tag in document.get("tags") or ():
        text = str(tag)
        key, separator, value = text.partition("=")
        if not separator:
            key, _separator, value = text.partition(".")
        if key:
            tags[key[:TAG_MAX]] = value[:TAG_MAX]
    return list(tags.items())


def _value(document: Document, name: str) -> Any:
    value = document.get(name)
    if value is None and name in ALIASES:
        value = document.get(ALIASES[name])
    return value


def _text(document: Document, name: str, longest: int | None = None) -> str:
    value = _value(document, name)
    if value is None:
        return ""
    # NUL is legal in JSON and refused by PostgreSQL; `document` keeps the escape, a column cannot
    text = value if type(value) is str else str(value)
    return text.replace("\x00", "")[:longest]


def _true(value: Any) -> bool:
    return value is True or (value is not None and value is not False and str(value).lower() not in _NO)


def _number(value: Any) -> int | None:
    if type(value) is int:
        return max(value, 0)
    try:
        return max(0, int(str(value)))
    except ValueError:
        return None


def _time(document: Document, name: str) -> datetime | None:
    value = _value(document, name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _os_type(document: Document) -> str:
    os_type = _text(document, "__os_type", 20) or _text(document, "os_type", 20)
    return {"other": "Other", "linux": "Linux", "windows": "Windows"}.get(os_type, os_type)


def _architecture(document: Document) -> str:
    """`architecture` of the schema (6.3.1); some clouds send __support_arm instead; x86 when neither is there."""
    if _true(document.get("__support_arm")):
        return "arm"
    named = _text(document, "architecture", 20) or _text(document, "hw_architecture", 20)
    return {"x86_64": "x86", "aarch64": "arm", "arm64": "arm", "Arm": "arm", "": "x86"}.get(named, named)


def _flags(document: Document) -> str:
    """Comma-separated names of facets.FLAGS; a GPU type carries its value ("gpu_kvm:V100")."""
    found = []
    for flag, attribute in _FLAGS:
        value = _value(document, attribute)
        if value is None or not _true(value):
            continue
        found.append(flag if value is True or str(value).lower() == "true" else f"{flag}:{value}")
    return ",".join(found)
