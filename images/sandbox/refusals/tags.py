"""What tags must look like when they are written (5.2, 9.2). Queries verify nothing."""

import re
from typing import Any

from images.sandbox import tagging
from images.sandbox.errors import RefusedError, malformed

MAX_KEY = 36
MAX_VALUE = 43
# Deleting is wider, for tags of older times.
MAX_DELETED_KEY = 127
MAX_DELETED_VALUE = 255
MAX_NATIVE = 255

_OLD = re.compile(r"([A-Za-z0-9_\-\u4e00-\u9fff]{1,36})\.([A-Za-z0-9_\-\u4e00-\u9fff]{0,43})")
_FORBIDDEN = re.compile(r"[=*<>\\,|/\x00-\x1f]")

Pairs = dict[str, str]


def of_new_image(fields: dict[str, Any]) -> Pairs:
    """``tags`` or ``image_tags`` of a request that makes an image (5.1.3 to 5.1.5).

    :raises RefusedError: IMG.0001 both given or no list, 0115 a tag is invalid, 0116 more than ten.
    """
    old, new = fields.get("tags"), fields.get("image_tags")
    if old and new:
        raise malformed("Use either tags or image_tags.")
    given = old or new or []
    if not isinstance(given, list):
        raise malformed("Tags must be a list.")
    found: Pairs = {}
    for entry in given:
        key, value = old_style(entry) if old else new_style(entry)
        if key in found:
            raise RefusedError("IMG.0115", detail="Tag keys must be unique.")
        found[key] = value
    check_number(found)
    return found


def of_metadata(given: Any) -> Pairs:
    """``tags`` of 6.1.6: texts of 1 to 255 characters, ``key=value``.

    :raises RefusedError: IMG.0001 no list, 0115 a tag is invalid, 0116 more than ten.
    """
    if given is None:
        return {}
    if not isinstance(given, list):
        raise malformed("tags must be a list.")
    found: Pairs = {}
    for entry in given:
        if not isinstance(entry, str) or not 1 <= len(entry) <= MAX_NATIVE or entry.startswith("="):
            raise RefusedError("IMG.0115")
        key, value = tagging.split(entry)
        found[key] = value
    check_number(found)
    return found


def old_style(value: Any) -> tuple[str, str]:
    """``key.value`` with letters, digits, ``-``, ``_`` and Chinese characters.

    :raises RefusedError: IMG.0115.
    """
    match = _OLD.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise RefusedError("IMG.0115")
    return match[1], match[2]


def new_style(value: Any) -> tuple[str, str]:
    """``{"key": …, "value": …}``; the value may be empty.

    :raises RefusedError: IMG.0115.
    """
    if not isinstance(value, dict):
        raise RefusedError("IMG.0115")
    key, content = value.get("key"), value.get("value")
    if not _is_part(key, 1, MAX_KEY) or not _is_part(content, 0, MAX_VALUE):
        raise RefusedError("IMG.0115")
    return str(key), str(content)


def deleted(value: Any) -> str:
    """The key of a tag that a batch deletes; nothing but lengths is verified.

    :raises RefusedError: IMG.0115.
    """
    key = value.get("key") if isinstance(value, dict) else None
    content = value.get("value") if isinstance(value, dict) else None
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_DELETED_KEY:
        raise RefusedError("IMG.0115")
    if content is not None and (not isinstance(content, str) or len(content) > MAX_DELETED_VALUE):
        raise RefusedError("IMG.0115")
    return key


def native(value: str) -> tuple[str, str]:
    """A tag of a native path: up to 255 characters without ``=``.

    :raises RefusedError: IMG.0115.
    """
    if not 1 <= len(value) <= MAX_NATIVE or "=" in value:
        raise RefusedError("IMG.0115")
    return tagging.split(value)


def check_number(tags: Pairs) -> None:
    """An image has ten tags at most.

    :raises RefusedError: IMG.0116.
    """
    if len(tags) > tagging.MAX_TAGS:
        raise RefusedError("IMG.0116")


def _is_part(value: Any, least: int, most: int) -> bool:
    if not isinstance(value, str) or not least <= len(value) <= most:
        return False
    return value == value.strip(" ") and not _FORBIDDEN.search(value)
