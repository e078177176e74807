"""JSON patches of an image in their two forms (5.1.2, 6.1.3), and which attributes they may touch."""

from dataclasses import dataclass
from typing import Any

from images.sandbox import os_table
from images.sandbox.documents import Document
from images.sandbox.errors import RefusedError, malformed
from images.sandbox.refusals import texts

MAX_OPERATIONS = 200
MAX_CUSTOM_NAME = 255
MAX_CUSTOM_VALUE = 65_535

_TRUE_OR_FALSE = ("true", "false")
# Attribute -> texts that it may have. Support flags are true or absent, never false.
_CHOICES: dict[str, tuple[str, ...]] = {
    # Not listed by name in 5.1.2, which lets extension attributes be added and deleted.
    "__support_kvm": ("true",),
    "__support_kvm_infiniband": ("true",),
    "__support_xen": ("true",),
    "__support_largememory": ("true",),
    "__support_diskintensive": ("true",),
    "__support_highperformance": ("true",),
    "__support_xen_hana": ("true",),
    "__support_xen_gpu_type": ("M60_vGPU",),
    "__support_kvm_gpu_type": ("M60", "V100_vGPU", "P2V_V100", "P100", "V100"),
    "__is_config_init": _TRUE_OR_FALSE,
    "hw_vif_multiqueue_enabled": _TRUE_OR_FALSE,
}
# Spellings of the reference for the same attribute.
_ALIASES = {
    "__support_large_memory": "__support_largememory",
    "__support_disk_intensive": "__support_diskintensive",
    "__support_high_performance": "__support_highperformance",
    "description": "__description",
}
_REQUIRED = ("name", "min_ram", "protected")
# Attributes of IMS that no patch changes.
_FIXED = frozenset(
    {
        "id", "owner", "status", "self", "file", "schema", "size", "checksum", "virtual_size", "visibility", "tags",
        "created_at", "updated_at", "active_at", "deleted", "deleted_at", "min_disk", "max_ram", "disk_format",
        "container_format", "virtual_env_type", "is_public", "locations", "direct_url", "members", "properties",
        "__os_version", "__os_type", "__os_bit", "__platform", "__os_feature_list", "__isregistered",
        "__imagetype", "__image_source_type", "__image_location", "__image_size", "__originalimagename",
        "__originalimage_name", "__backup_id", "__data_origin", "__root_origin", "__whole_image", "__lazyloading",
        "__system__cmkid", "__system_cmkid", "__sequence_num", "__sequence_number", "__support_amd",
        "__support_agent_list", "__productcode", "__account_code",
    }
)  # fmt: skip
_CONFLICTS = (
    ("__support_xen_gpu_type", ("__support_xen", "__support_kvm")),
    ("__support_kvm_gpu_type", ("__support_xen", "__support_kvm")),
    ("__support_xen_hana", ("__support_xen", "__support_kvm")),
    ("__support_kvm_infiniband", ("__support_xen",)),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a patch: ``add``, ``replace`` or ``remove`` of an attribute."""

    kind: str
    name: str
    value: Any = None


def operations(body: Any) -> list[Operation]:
    """The form of 5.1.2 and of v2.1: objects with ``op``, ``path`` and ``value``.

    :raises RefusedError: IMG.0001.
    """
    return [_operation(entry.get("op"), entry.get("path"), entry) for entry in _entries(body)]


def old_operations(body: Any) -> list[Operation]:
    """The form of v2.0: the kind is the key, the path its value.

    :raises RefusedError: IMG.0001.
    """
    found = []
    for entry in _entries(body):
        kinds = [kind for kind in ("add", "replace", "remove") if kind in entry]
        if len(kinds) != 1:
            raise malformed("Each step has one of add, replace and remove.")
        found.append(_operation(kinds[0], entry[kinds[0]], entry))
    return found


def apply(image: Document, operation: Operation, *, native: bool) -> None:
    """Apply a step to a document. ``native`` patches take customised attributes of any name, and ``protected``.

    :raises RefusedError: IMG.0035 the attribute cannot be changed, IMG.0001 it does not exist or has a wrong value,
        and those of names, descriptions and sizes.
    """
    if operation.kind in ("replace", "remove") and image.get(operation.name) is None:
        raise malformed(f"The image has no attribute {operation.name}.")
    if operation.kind == "remove":
        _check_name(operation.name, native=native)
        if operation.name in _REQUIRED:
            raise RefusedError("IMG.0035")
        del image[operation.name]
    else:
        set_attribute(image, operation.name, operation.value, native=native)


def set_attribute(image: Document, name: str, value: Any, *, native: bool) -> None:
    """Give an attribute a value that its rules allow.

    :raises RefusedError: as :func:`apply`.
    """
    name = _ALIASES.get(name, name)
    _check_name(name, native=native)
    image[name] = _value(image, name, value)


def check_conflicts(image: Document) -> None:
    """Attributes that exclude each other (5.1.1).

    :raises RefusedError: IMG.0035.
    """
    for name, others in _CONFLICTS:
        if image.get(name) and any(image.get(other) for other in others):
            raise RefusedError("IMG.0035")


def _value(image: Document, name: str, value: Any) -> Any:
    if name == "name":
        return texts.name(value)
    if name == "__description":
        return texts.description(value)
    if name == "protected":
        return texts.boolean(value, name)
    if name == "min_ram":
        return texts.ram(int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value)
    if name == "hw_firmware_type":
        if value not in ("bios", "uefi"):
            raise RefusedError("IMG.0141")
        return value
    return _text(image, name, value)


def _text(image: Document, name: str, value: Any) -> str:
    """A flag or a customised attribute: a text; true and false are taken as such."""
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str) or len(value) > MAX_CUSTOM_VALUE:
        raise malformed(f"{name} must be a text.")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise malformed(f"{name} must be one of {', '.join(_CHOICES[name])}.")
    if name == "__support_diskintensive" and image.get("__os_version") not in os_table.DISK_INTENSIVE:
        raise malformed("The OS of the image does not run on disk-intensive ECSs.")
    return value


def _check_name(name: str, *, native: bool) -> None:
    known = name in _CHOICES or name in ("name", "__description", "min_ram", "hw_firmware_type")
    if name == "protected" and native:
        return
    custom = name not in _FIXED and len(name) <= MAX_CUSTOM_NAME and (native or name.startswith("__"))
    if not known and (not custom or name == "protected"):
        raise RefusedError("IMG.0035")


def _entries(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, list) or not body or len(body) > MAX_OPERATIONS:
        raise malformed("The body must be a list of steps.")
    if not all(isinstance(entry, dict) for entry in body):
        raise malformed("Each step must be an object.")
    return body


def _operation(kind: Any, path: Any, entry: dict[str, Any]) -> Operation:
    if kind not in ("add", "replace", "remove"):
        raise malformed("op must be add, replace or remove.")
    if not isinstance(path, str) or not path.startswith("/") or "/" in path[1:] or len(path) < 2:
        raise malformed("path must be / and the name of an attribute.")
    if kind != "remove" and entry.get("value") is None:
        raise malformed("value is missing.")
    name = path[1:].replace("~1", "/").replace("~0", "~")
    return Operation(kind, _ALIASES.get(name, name), entry.get("value"))
