"""What names, descriptions, sizes and choices in a body must look like (5.1.3, 6.1.6, 9.1): our reading."""

import re
from typing import Any

from images.sandbox import os_table
from images.sandbox.errors import RefusedError, malformed

MAX_NAME = 128
MAX_DESCRIPTION = 1024
MAX_SYSTEM_DISK = 1024
MAX_DATA_DISK = 2048
MAX_RAM = 2**31 - 1

_NAME = re.compile(r"[A-Za-z0-9 ._-]*")
_FORBIDDEN = re.compile(r"[<>\r\n]")


def name(value: Any, *, required: bool = True) -> str:
    """A name of 1 to 128 letters, digits, ``-._`` and spaces, none at the ends.

    :raises RefusedError: IMG.0013 missing, 0002 too long, 0003 other characters, 0062 no text.
    """
    if value is None or value == "":
        if required:
            raise RefusedError("IMG.0013")
        return ""
    if not isinstance(value, str):
        raise RefusedError("IMG.0062")
    if len(value) > MAX_NAME:
        raise RefusedError("IMG.0002")
    if value != value.strip(" ") or not _NAME.fullmatch(value):
        raise RefusedError("IMG.0003")
    return value


def description(value: Any) -> str:
    """At most 1,024 characters, no line breaks, no angle brackets.

    :raises RefusedError: IMG.0004 too long, 0054 other characters.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RefusedError("IMG.0054")
    if len(value) > MAX_DESCRIPTION:
        raise RefusedError("IMG.0004")
    if _FORBIDDEN.search(value):
        raise RefusedError("IMG.0054")
    return value


def min_disk(value: Any, most: int = MAX_SYSTEM_DISK) -> int:
    """A disk size in GB, from 1.

    :raises RefusedError: IMG.0055.
    """
    return _size(value, 1, most)


def ram(value: Any) -> int:
    """A memory size in MB; 0 sets no limit.

    :raises RefusedError: IMG.0055.
    """
    return 0 if value is None else _size(value, 0, MAX_RAM)


def _size(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RefusedError("IMG.0055")
    return value


def boolean(value: Any, what: str) -> bool:
    """``true`` or ``false``; missing is false.

    :raises RefusedError: IMG.0001.
    """
    if value is None:
        return False
    if not isinstance(value, bool):
        raise malformed(f"{what} must be true or false.")
    return value


def text(value: Any, what: str) -> str:
    """A text, or nothing.

    :raises RefusedError: IMG.0001.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise malformed(f"{what} must be a text.")
    return value


def os_version(value: Any, *, required: bool = False, missing: str = "IMG.0056") -> str:
    """A version of Table 9-1; missing gives the empty text, or the code ``missing`` where it is mandatory.

    :raises RefusedError: IMG.0056, or ``missing``.
    """
    if value is None or value == "":
        if required:
            raise RefusedError(missing)
        return ""
    if not isinstance(value, str) or not os_table.is_known(value):
        raise RefusedError("IMG.0056")
    return value


def os_type(value: Any, choices: tuple[str, ...] = ("Linux", "Windows", "Other")) -> str:
    """An OS type, or nothing.

    :raises RefusedError: IMG.0122.
    """
    if value is None or value == "":
        return ""
    if value not in choices:
        raise RefusedError("IMG.0122")
    return str(value)
