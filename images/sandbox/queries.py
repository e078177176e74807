"""The filters of the image lists (5.1.1, 5.2.2, 6.1.1): from a query string to something that can be searched for.

Parameters that an operation does not know are ignored. Known ones with values they cannot have are refused, except
that names of systems, formats and flags are simply compared.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from images.sandbox import tagging, times
from images.sandbox.errors import RefusedError, malformed
from images.sandbox.library import Row

MAX_LIMIT = 1000
EXTENSION_LIMIT = 500
NATIVE_LIMIT = 25

SORT_KEYS = ("name", "container_format", "disk_format", "status", "id", "size", "created_at")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

# Other spellings of the reference for the same parameter.
ALIASES = {
    "__system_cmkid": "__system__cmkid",
    "virtual_environment_type": "virtual_env_type",
    "member_statuses": "member_status",
    "__support_large_memory": "__support_largememory",
    "__support_disk_intensive": "__support_diskintensive",
    "__support_high_performance": "__support_highperformance",
}
# Spellings of types that the printed reference damaged (D1 of our notes).
_TYPES = {"IsolImage": "IsoImage", "Isolmage": "IsoImage", "Datalmage": "DataImage"}

# Parameters that are compared as they stand, and the attribute of the row.
_TEXTS = {
    "owner": "owner",
    "name": "name",
    "container_format": "container_format",
    "disk_format": "disk_format",
    "__isregistered": "isregistered",
    "__os_bit": "os_bit",
    "__os_type": "os_type",
    "__platform": "platform",
    "__support_kvm": "support_kvm",
    "__support_xen": "support_xen",
    "__support_largememory": "support_largememory",
    "__support_diskintensive": "support_diskintensive",
    "__support_highperformance": "support_highperformance",
    "__support_xen_gpu_type": "support_xen_gpu_type",
    "__support_kvm_gpu_type": "support_kvm_gpu_type",
    "__support_xen_hana": "support_xen_hana",
    "__support_kvm_infiniband": "support_kvm_infiniband",
}
_CHOICES = {
    "status": ("status", ("queued", "saving", "deleted", "killed", "active")),
    "visibility": ("visibility", ("public", "private", "shared")),
}
_BOOLEANS = {"protected": "protected"}
_NUMBERS = {"min_ram": "min_ram", "min_disk": "min_disk"}
# Offered by the extension lists only.
_EXTENSION_TEXTS = {"__system__cmkid": "cmkid"}
_EXTENSION_BOOLEANS = {"__whole_image": "whole_image"}


def is_uuid(text: str) -> bool:
    """Whether a text has the form of an image id."""
    return _UUID.fullmatch(text) is not None


def require_uuid(text: str) -> str:
    """An image id in lower case.

    :raises RefusedError: IMG.0066, it has not the form of one.
    """
    if not is_uuid(text):
        raise RefusedError("IMG.0066")
    return text.lower()


@dataclass(slots=True)
class Query:
    """A list that somebody asks for."""

    equal: dict[str, Any] = field(default_factory=dict)
    tags: list[frozenset[str]] = field(default_factory=list)
    # (operator, time) by attribute: created_at, updated_at.
    moments: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    member_status: str = ""
    sort_key: str = "created_at"
    descending: bool = True
    limit: int = EXTENSION_LIMIT
    marker: str = ""


def parse(parameters: list[tuple[str, str]], *, native: bool) -> Query:
    """Read a query string. ``native`` knows fewer filters (6.1.1) and has shorter pages.

    :raises RefusedError: IMG.0001, IMG.0024 or IMG.0066 for values that the parameter cannot have.
    """
    query = Query(limit=NATIVE_LIMIT if native else EXTENSION_LIMIT)
    query.equal["isregistered"] = "true"
    for given, value in parameters:
        name = ALIASES.get(given, given)
        if name == "tag":
            query.tags.append(tagging.spellings(value))
        elif name in ("created_at", "updated_at"):
            query.moments.setdefault(name, []).append(_moment(name, value))
        elif name in _PAGING:
            _PAGING[name](query, value)
        else:
            _equality(query, name, value, native=native)
    if query.member_status and query.equal.get("visibility") != "shared":
        raise malformed("member_status needs visibility=shared.")
    return query


def _equality(query: Query, name: str, value: str, *, native: bool) -> None:
    attribute, wanted = _read(name, value)
    if not attribute and not native:
        attribute, wanted = _read_extension(name, value)
    if attribute:
        query.equal[attribute] = wanted


def _read(name: str, value: str) -> tuple[str, Any]:
    if name in _TEXTS:
        return _TEXTS[name], value
    if name in _CHOICES:
        attribute, choices = _CHOICES[name]
        return attribute, _choice(name, value, choices)
    if name in _BOOLEANS:
        return _BOOLEANS[name], _boolean(name, value)
    if name in _NUMBERS:
        return _NUMBERS[name], _number(name, value, 0)
    if name == "id":
        return "id", require_uuid(value)
    return ("imagetype", _image_type(value)) if name == "__imagetype" else ("", None)


def _image_type(value: str) -> str:
    if value not in ("gold", "private", "shared"):
        raise RefusedError("IMG.0024")
    return value


def _read_extension(name: str, value: str) -> tuple[str, Any]:
    if name in _EXTENSION_TEXTS:
        return _EXTENSION_TEXTS[name], value
    if name in _EXTENSION_BOOLEANS:
        return _EXTENSION_BOOLEANS[name], _boolean(name, value)
    if name == "virtual_env_type":
        return "virtual_env_type", _TYPES.get(value, value)
    return "", None


def _set_limit(query: Query, value: str) -> None:
    query.limit = min(_number("limit", value, 1), MAX_LIMIT)


def _set_marker(query: Query, value: str) -> None:
    query.marker = require_uuid(value)


def _set_sort_key(query: Query, value: str) -> None:
    query.sort_key = _choice("sort_key", value, SORT_KEYS)


def _set_sort_dir(query: Query, value: str) -> None:
    query.descending = _choice("sort_dir", value, ("asc", "desc")) == "desc"


def _set_member_status(query: Query, value: str) -> None:
    query.member_status = _choice("member_status", value, ("accepted", "rejected", "pending"))


_PAGING: dict[str, Callable[[Query, str], None]] = {
    "limit": _set_limit,
    "marker": _set_marker,
    "sort_key": _set_sort_key,
    "sort_dir": _set_sort_dir,
    "member_status": _set_member_status,
}


def _choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise malformed(f"{name} must be one of {', '.join(choices)}.")
    return value


def _boolean(name: str, value: str) -> bool:
    lowered = value.lower()
    if lowered not in ("true", "false"):
        raise malformed(f"{name} must be true or false.")
    return lowered == "true"


def _number(name: str, value: str, least: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 18 and int(value) >= least):
        raise malformed(f"{name} must be a whole number from {least}.")
    return int(value)


def _moment(name: str, value: str) -> tuple[str, str]:
    moment = times.time_filter(value)
    if moment is None:
        raise malformed(f"{name} must be operator:UTC time, for example lt:2018-10-28T10:00:00Z.")
    return moment


def has_tags(row: Row, wanted: list[frozenset[str]]) -> bool:
    """Whether a row has each of the tags, in any spelling."""
    return all(not spellings.isdisjoint(row.tags) for spellings in wanted)
