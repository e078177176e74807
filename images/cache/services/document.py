"""The document of an image as it was sent, read for its columns: one spelling of each attribute, texts that can be
stored.

Nearly every document is read straight into `Sent`, which takes a third of the time of a dictionary. What the reference
prints in two spellings, and characters that no column can hold, take the longer way.
"""

import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

import msgspec

from images.cache.facets import TAG_SEPARATOR

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
    "id", "name", "status", "visibility", "owner", "protected", "tags", "size", "min_disk", "min_ram", "max_ram",
    "disk_format", "container_format", "created_at", "updated_at", "active_at", "description", "virtual_env_type",
    "os_type", "os_distro", "os_version", "architecture", "hw_architecture", "hw_firmware_type",
    "hw_vif_multiqueue_enabled", "__description", "__imagetype", "__os_type", "__platform", "__os_version", "__os_bit",
    "__image_size", "__isregistered", "__whole_image", "__system__cmkid", "__originalimagename", "__backup_id",
    "__data_origin", "__root_origin", "__support_arm", "__support_kvm", "__support_xen", "__support_largememory",
    "__support_diskintensive", "__support_highperformance", "__support_xen_gpu_type", "__support_kvm_gpu_type",
    "__support_xen_hana", "__support_kvm_infiniband", "__support_amd", "__lazyloading", "__is_config_init",
)  # fmt: skip


class Unreadable(Exception):
    """An image came in a form that nothing can be read from; the message says which, for people."""


def field_of(attribute: str) -> str:
    """What `Sent` calls an attribute: without leading underscores, those of IMS marked ("__os_type": ims_os_type),
    and what the reference prints with one underscore ("_os_version": odd_os_version)."""
    mark = "ims" if attribute.startswith("__") else "odd"
    return f"{mark}_{attribute.strip('_')}" if attribute.startswith("_") else attribute


#: One field for each attribute, None where nothing (or null) was sent. Whatever was sent is taken as it is: services
#: send numbers as text and booleans in three spellings, and columns.py makes sense of them.
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
    return [_storable(one) for one in value] if type(value) is list else value
