"""From the document that IMS sent to the columns of models.Image: the one place that knows how they correspond.

Tolerant as API reference 5.1.1 needs it: absent, empty and null are the same; booleans come as true, "true" or "True";
numbers as text; attributes under either of their printed spellings.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from images.facets import FLAGS, TAG_SEPARATOR, Pair

Document = Mapping[str, Any]
Get = Callable[..., Any]

#: Part of every digest. Raise it when this module reads documents differently: the next full synchronisation then
#: writes every image anew, although IMS sends what it sent before.
FORMAT = b"1"
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
_SECOND = frozenset(ALIASES.values())
#: What the columns hold.
_LARGEST, _LARGEST_SIZE = 2**31 - 1, 2**63 - 1
_UNSTORABLE = {0: None, ord(TAG_SEPARATOR): None}
_YES = frozenset({"true", "True", "TRUE"})
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
    get = _plain(document).get
    name = _text(get("name"))
    description = _text(get("__description") or get("description"))
    env_type = _text(get("virtual_env_type"))
    platform = _text(get("__platform") or get("os_distro"))
    visibility = _text(get("visibility"))
    return Row(
        region_id=region_id,
        project_id=project_id,
        image_id=_text(get("id")),
        name=name[:NAME_MAX],
        description=description,
        status=_text(get("status"))[:20],
        visibility=visibility[:20],
        image_type=_text(get("__imagetype"))[:20] or ("gold" if visibility == "public" else visibility[:20]),
        owner=_text(get("owner"))[:64],
        member_status=member_status,
        os_type=_os_type(_text(get("__os_type") or get("os_type")))[:20],
        platform=PLATFORMS.get(platform, platform)[:40],
        os_version=_text(get("__os_version") or get("os_version"))[:120],
        os_bit=_text(get("__os_bit"))[:4],
        architecture=_architecture(get)[:20],
        env_type=ENV_TYPES.get(env_type, env_type)[:40],
        disk_format=_text(get("disk_format"))[:20],
        container_format=_text(get("container_format"))[:20],
        firmware=_text(get("hw_firmware_type"))[:20] or "bios",
        min_disk=_number(get("min_disk")) or 0,
        min_ram=_number(get("min_ram")) or 0,
        max_ram=_number(get("max_ram")),
        size=_number(get("__image_size"), _LARGEST_SIZE) or _number(get("size"), _LARGEST_SIZE) or 0,
        protected=_true(get("protected")),
        registered=_true(get("__isregistered", True)),
        whole_image=_true(get("__whole_image")),
        key_id=_text(get("__system__cmkid"))[:64],
        flags=_flags(get),
        source_image_id=_text(get("__originalimagename"))[:64],
        backup_id=_text(get("__backup_id"))[:64],
        data_origin=_text(get("__data_origin"))[:255],
        from_file=get("__root_origin") == "file",
        created_at=_time(get("created_at")),
        updated_at=_time(get("updated_at")),
        active_at=_time(get("active_at")),
        search_text=f"{name}\n{description}".lower()[:SEARCH_MAX],
        digest=digest,
        document=text,
    )


def tags_of(document: Document, *, dotted: bool = True) -> list[Pair]:
    """(key, value) pairs, keys unique: split at the first "=", else at the first "."; a bare key has no value (9.2).

    `dotted`: False for a Glance, to which a full stop in a tag means nothing ("ubuntu-22.04" is one word).
    """
    sent = document.get("tags")
    if not isinstance(sent, list):
        return []
    tags: dict[str, str] = {}
    for tag in sent:
        text = _text(tag)
        key, separator, value = text.partition("=")
        if not separator and dotted:
            key, _separator, value = text.partition(".")
        if key:
            tags[key[:TAG_MAX]] = value[:TAG_MAX]
    return list(tags.items())


def _plain(document: Document) -> Document:
    """The document with second spellings moved to the first; the same object when there are none, as nearly always."""
    if _SECOND.isdisjoint(document):
        return document
    moved = dict(document)
    for first, second in ALIASES.items():
        if moved.get(first) is None and second in moved:
            moved[first] = moved[second]
    return moved


def _text(value: Any) -> str:
    if type(value) is not str:
        return "" if value is None else str(value)
    # legal in JSON; NUL is refused by PostgreSQL, and 1F is facets.TAG_SEPARATOR. `document` keeps their escapes
    return value.translate(_UNSTORABLE) if "\x00" in value or TAG_SEPARATOR in value else value


def _true(value: Any) -> bool:
    return value is True or (value is not None and value is not False and str(value).lower() not in _NO)


def _number(value: Any, largest: int = _LARGEST) -> int | None:
    try:
        number = int(value if type(value) is int else str(value))
    except ValueError:
        return None
    return min(max(number, 0), largest)


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # no time, or one that leaves the calendar in UTC
        return None


def _time(value: Any) -> datetime | None:
    return _moment(value) if value and type(value) is str else None


def _os_type(name: str) -> str:
    return {"other": "Other", "linux": "Linux", "windows": "Windows"}.get(name, name)


def _architecture(get: Get) -> str:
    """`architecture` of the schema (6.3.1); some clouds send __support_arm instead; x86 when neither is there."""
    if _true(get("__support_arm")):
        return "arm"
    named = _text(get("architecture") or get("hw_architecture"))
    return {"x86_64": "x86", "aarch64": "arm", "arm64": "arm", "Arm": "arm", "": "x86"}.get(named, named)


def _flags(get: Get) -> str:
    """Comma-separated names of facets.FLAGS; a GPU type carries its value ("gpu_kvm:V100")."""
    found = []
    for flag, attribute in _FLAGS:
        value = get(attribute)
        if value is None or not _true(value):
            continue
        kind = "" if value is True else _text(value).replace(",", " ")
        found.append(flag if not kind or kind in _YES else f"{flag}:{kind}")
    return ",".join(found)[:300]
