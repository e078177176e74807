"""Tags of an image in their three spellings (9.2): one truth, the strings in ``tags`` of its document.

A string is split at the first ``=``, else at the first ``.``, else it is a key without a value. New tags are written
``key=value``; a key without a value stands alone, with a ``=`` behind it if it could be misread.
"""

from collections.abc import Iterable

MAX_TAGS = 10


def split(text: str) -> tuple[str, str]:
    """Key and value of a tag string; the value of a bare key is empty."""
    for separator in ("=", "."):
        key, found, value = text.partition(separator)
        if found and key:
            return key, value
    return text, ""


def join(key: str, value: str) -> str:
    """A tag as it stands in ``tags``."""
    if value or "." in key:
        return f"{key}={value}"
    return key


def joined_old(text: str) -> str:
    """A tag as 5.2.2 lists it: ``key.value``, or the bare key."""
    key, value = split(text)
    return f"{key}.{value}" if value else key


def pairs(tags: Iterable[str]) -> dict[str, str]:
    """Tags by key; of two strings with one key the later counts."""
    return dict(map(split, tags))


def spellings(text: str) -> frozenset[str]:
    """The strings that a tag filter of a list matches (E21): the tag in either form."""
    key, value = split(text)
    return frozenset((text, f"{key}={value}", f"{key}.{value}") if value else (text, f"{text}="))
