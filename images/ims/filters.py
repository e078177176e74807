"""Filters of the image lists: all 35 parameters of 5.1.1 and 5.2.2, the 32 of 6.1.1, and what Glance adds.

Unknown ones are refused here; a service would silently answer with everything.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from images.ims.errors import InvalidCall, UnknownFilter
from images.ims.image import ALIASES

TIME_OPERATORS: Final = ("gt", "gte", "lt", "lte", "eq", "neq")
SORT_KEYS: Final = ("name", "container_format", "disk_format", "status", "id", "size", "created_at")
SORT_DIRS: Final = ("asc", "desc")

#: Bounds of `limit`. The reference states no maximum; services cap at 1,000, and a page that was capped unasked
#: cannot be told from the last one.
LONGEST_PAGE: Final = 1000

_TEXTS = (
    "__isregistered __imagetype visibility owner id status name container_format disk_format __os_bit __platform "
    "marker __os_type tag member_status __support_xen_gpu_type __support_kvm_gpu_type"
)
_FLAGS = (
    "__support_kvm __support_xen __support_largememory __support_diskintensive __support_highperformance "
    "__support_xen_hana __support_kvm_infiniband"
)

#: Parameter → how its value is written.
NATIVE: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(_TEXTS.split(), "text")
    | dict.fromkeys(_FLAGS.split(), "flag")
    | dict.fromkeys(("min_ram", "min_disk", "limit"), "number")
    | dict.fromkeys(("created_at", "updated_at"), "time")
    | {"protected": "boolean", "sort_key": "sort_key", "sort_dir": "sort_dir"}
)
EXTENSION: Final[Mapping[str, str]] = MappingProxyType(
    {**NATIVE, "__whole_image": "boolean", "__system_cmkid": "text", "virtual_env_type": "text"}
)
#: An OpenStack Glance filters by its own attributes too (image API v2).
GLANCE: Final[Mapping[str, str]] = MappingProxyType(
    {
        **NATIVE,
        "sort_key": "glance_sort_key",
        "architecture": "text",
        "os_distro": "text",
        "os_version": "text",
        "os_hidden": "boolean",
        "checksum": "text",
        "size_min": "number",
        "size_max": "number",
    }
)

#: Filters whose table in 5.1.1 spells them differently from the attribute that they ask for.
_FILTER_NAMES: Final = {"__system__cmkid": "__system_cmkid", "system_cmkid": "__system_cmkid"}

_TIME: Final = re.compile(r"(gt|gte|lt|lte|eq|neq):(.+)\Z")


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """An operator of TIME_OPERATORS and a moment (naive means UTC), for created_at and updated_at."""

    operator: str
    moment: datetime

    def __str__(self) -> str:
        moment = self.moment.replace(tzinfo=UTC) if self.moment.tzinfo is None else self.moment.astimezone(UTC)
        return f"{self.operator}:{moment:%Y-%m-%dT%H:%M:%SZ}"


def query_of(
    filters: Mapping[str, Any], known: Mapping[str, str], operation: str, *, marker: str | None, limit: int | None
) -> list[tuple[str, str]]:
    """Query parameters of a list, checked. Filters may leave out the leading underscores; None means "not asked".

    Raises UnknownFilter and InvalidCall; `operation` is its section, for the sentence.
    """
    query: dict[str, str] = {}
    for given, value in filters.items():
        if value is None:
            continue
        name = _name_of(given, known, operation)
        if name in query:
            raise InvalidCall(f"The filter {name} was given twice, as {given} as well.")
        query[name] = _WRITERS[known[name]](name, value)
    if marker is not None:
        query["marker"] = _text("marker", marker)
    if limit is not None:
        query["limit"] = _number("limit", limit)
    _check_together(query)
    return list(query.items())


def _name_of(given: str, known: Mapping[str, str], operation: str) -> str:
    for written in (given, f"__{given}"):
        spelled = ALIASES.get(written, written)
        for name in (written, spelled, _FILTER_NAMES.get(spelled, "")):
            if name in known:
                return name
    raise UnknownFilter(given, f"The list of images has no filter named {given!r} (section {operation}).")


def _check_together(query: Mapping[str, str]) -> None:
    if "member_status" in query and query.get("visibility") != "shared":
        raise InvalidCall("The filter member_status works only together with visibility=shared (5.1.1).")
    if "limit" in query and not 1 <= int(query["limit"]) <= LONGEST_PAGE:
        raise InvalidCall(f"A page has 1 to {LONGEST_PAGE} images, not {query['limit']}.")


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str) or not value:
        raise InvalidCall(f"The filter {name} needs a text, not {value!r}.")
    return value


def _number(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidCall(f"The filter {name} needs a whole number from 0, not {value!r}.")
    return str(value)


def _boolean(name: str, value: Any) -> str:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise InvalidCall(f"The filter {name} is true or false, not {value!r}.")
    return text


def _flag(name: str, value: Any) -> str:
    """Flags are asked for or left out; "false" would match nothing (5.1.1)."""
    if str(value).lower() != "true":
        raise InvalidCall(f"The filter {name} can only be true; leave it out otherwise (5.1.1).")
    return "true"


def _time(name: str, value: Any) -> str:
    """A TimeFilter, (operator, datetime), or the text of the API: operator:UTC time."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], datetime):
        value = TimeFilter(*value)
    if isinstance(value, TimeFilter):
        if value.operator not in TIME_OPERATORS:
            raise InvalidCall(f"The filter {name} knows the operators {', '.join(TIME_OPERATORS)}.")
        return str(value)
    found = _TIME.match(value) if isinstance(value, str) else None
    try:
        moment = datetime.fromisoformat(found[2]) if found else None
    except ValueError:
        moment = None
    if found is None or moment is None:
        raise InvalidCall(f"The filter {name} is written gte:2026-01-31T10:00:00Z, not {value!r}.")
    return str(TimeFilter(found[1], moment))


def _sort_key(name: str, value: Any) -> str:
    return _one_of(name, value, SORT_KEYS)


def _glance_sort_key(name: str, value: Any) -> str:
    return _one_of(name, value, (*SORT_KEYS, "updated_at"))


def _sort_dir(name: str, value: Any) -> str:
    return _one_of(name, value, SORT_DIRS)


def _one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InvalidCall(f"{name} is one of {', '.join(choices)}, not {value!r}.")
    return str(value)


_WRITERS: Final[Mapping[str, Callable[[str, Any], str]]] = MappingProxyType(
    {
        "text": _text,
        "number": _number,
        "boolean": _boolean,
        "flag": _flag,
        "time": _time,
        "sort_key": _sort_key,
        "glance_sort_key": _glance_sort_key,
        "sort_dir": _sort_dir,
    }
)
