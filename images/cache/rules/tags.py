"""Tags in their three spellings (9.2) and those of empty metadata (6.1.6).

The console writes objects only (`image_tags`): a full stop inside a key would make `key.value` ambiguous.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from images.core import ims_limits
from images.core.violations import Violation, within

_DOTTED = re.compile(r"[A-Za-z0-9_\-\u4e00-\u9fff]{1,36}\.[A-Za-z0-9_\-\u4e00-\u9fff]{0,43}")
#: The reference forbids the visible ones; control characters cannot stand in a header or a path either.
_FORBIDDEN = re.compile(r"[=*<>\\,|/\x00-\x1f]")
#: The provider's own tags (`_sys_` in front); people neither make nor change them.
SYSTEM_PREFIX = "_sys_"


def check_tag(key: object, value: object, *, field: str = "image_tag") -> list[Violation]:
    """A tag as an object: key of 1 to 36, value of 0 to 43 characters, none of = * < > \\ , | / in either (9.2)."""
    found = []
    if key is None or key == "":
        found.append(Violation(f"{field}.key", _("Enter a key."), "IMG.0115", "9.2"))
    else:
        found += _check_part(f"{field}.key", key, ims_limits.MAX_TAG_KEY)
    return found + _check_part(f"{field}.value", value, ims_limits.MAX_TAG_VALUE)


def check_own_key(key: str, *, field: str = "image_tag") -> list[Violation]:
    """Keys of people do not start with `_sys_`: the console's rule, to keep off the provider's tags."""
    if not key.startswith(SYSTEM_PREFIX):
        return []
    message = _("Keys that start with %(prefix)s belong to the provider.") % {"prefix": SYSTEM_PREFIX}
    return [Violation(f"{field}.key", message)]


def check_dotted_tag(text: Any, *, field: str = "tag") -> list[Violation]:
    """A tag as a text, `key.value`, of letters, digits, hyphens, underscores and Chinese characters (9.2)."""
    if isinstance(text, str) and _DOTTED.fullmatch(text):
        return []
    message = _("A tag is key.value: up to %(key)d and %(value)d letters, digits, hyphens, underscores.")
    sizes = {"key": ims_limits.MAX_TAG_KEY, "value": ims_limits.MAX_TAG_VALUE}
    return [Violation(field, message % sizes, "IMG.0115", "9.2")]


def check_native_tag(text: Any, *, field: str = "tag") -> list[Violation]:
    """A bare key of 1 to 255 characters without = (6.2.1, 9.2)."""
    if isinstance(text, str) and 1 <= len(text) <= ims_limits.MAX_NATIVE_TAG and "=" not in text:
        return []
    message = _("A tag has 1 to %(most)d characters and no equals sign.") % {"most": ims_limits.MAX_NATIVE_TAG}
    return [Violation(field, message, "IMG.0115", "6.2.1")]


def check_metadata_tags(given: object) -> list[Violation]:
    """`tags` of 6.1.6: at most ten texts `key=value` of 1 to 255 characters."""
    if given is None:
        return []
    if not isinstance(given, list):
        return [Violation("tags", _("Tags are a list."), "", "6.1.6")]
    for place, text in enumerate(given):
        if not isinstance(text, str) or not 1 <= len(text) <= ims_limits.MAX_NATIVE_TAG or text.startswith("="):
            message = _("A tag is key=value and has 1 to %(most)d characters.") % {"most": ims_limits.MAX_NATIVE_TAG}
            return [Violation(f"tags.{place}", message, "IMG.0115", "6.1.6")]
    return check_number(given_key(text) for text in given)


def given_key(text: str) -> str:
    """The key of a tag text: up to the first =, else to the first full stop, else all of it."""
    for separator in ("=", "."):
        key, found, _value = text.partition(separator)
        if found and key:
            return key
    return text


def typed_pair(key: str, value: str) -> tuple[str, str]:
    """Key and value as somebody typed them: `env=prod` in place of a key is both, for no key holds an equals sign."""
    head, equals, tail = key.partition("=")
    return (head.strip(), tail.strip()) if equals and head.strip() and not value else (key, value)


def check_new_tags(tags: Any = None, image_tags: Any = None) -> list[Violation]:
    """Tags of an image that is made: `tags` (texts) or `image_tags` (objects), never both (5.1.3 to 5.1.5)."""
    if tags and image_tags:
        message = _("Give tags in one of the two spellings, not in both.")
        return [Violation("tags", message, "", "5.1.3")]
    field, given = ("tags", tags) if tags else ("image_tags", image_tags)
    if not given:
        return []
    if not isinstance(given, list):
        return [Violation(field, _("Tags are a list."), "", "5.1.3")]
    if field == "tags":
        found = [one for place, text in enumerate(given) for one in check_dotted_tag(text, field=f"tags.{place}")]
        keys = [str(text).partition(".")[0] for text in given]
    else:
        found = [one for place, tag in enumerate(given) for one in _check_object(tag, f"{field}.{place}")]
        keys = [] if found else [tag["key"] for tag in given]
    return found or check_unique(keys, field) + check_number(keys, field)


def check_one_tag(tag: Any = None, image_tag: Any = None) -> list[Violation]:
    """`tag` or `image_tag`, exactly one of them (5.2.1)."""
    if (tag is None) == (image_tag is None):
        return [Violation("image_tag", _("Give one tag, in one of the two spellings."), "", "5.2.1")]
    return check_dotted_tag(tag) if image_tag is None else _check_object(image_tag, "image_tag")


def check_batch(given: object, *, action: str) -> list[Violation]:
    """`tags` of 5.2.4: objects with unique keys. What is deleted is not verified but for its length."""
    if action not in ("create", "delete"):
        return [Violation("action", _("Choose one of: %(choices)s.") % {"choices": "create, delete"}, "", "5.2.4")]
    if not isinstance(given, list) or not given:
        return [Violation("tags", _("Name at least one tag."), "", "5.2.4")]
    check = _check_object if action == "create" else _check_deleted
    found = [one for place, tag in enumerate(given) for one in check(tag, f"tags.{place}")]
    return found or check_unique([tag["key"] for tag in given], "tags")


def check_unique(keys: Sequence[str], field: str = "image_tags") -> list[Violation]:
    """Each key once in a request (9.2)."""
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if not twice:
        return []
    return [
        Violation(field, _("Each key stands once; twice: %(keys)s.") % {"keys": ", ".join(twice)}, "IMG.0115", "9.2")
    ]


def check_number(keys: Iterable[str], field: str = "tags") -> list[Violation]:
    """At most ten tags, by their keys, for an image (5.2.4, 5.2.5)."""
    number = len(set(keys))
    if number <= ims_limits.MAX_TAGS:
        return []
    message = _("An image has at most %(most)d tags; these would be %(number)d.")
    return [Violation(field, message % {"most": ims_limits.MAX_TAGS, "number": number}, "IMG.0116", "5.2.4")]


def check_room(present: Iterable[str], added: Iterable[str], removed: Iterable[str] = ()) -> list[Violation]:
    """Whether an image with these keys has room for those; a key that is there gets the new value (5.2.5)."""
    return check_number((set(present) - set(removed)) | set(added))


def _check_object(tag: Any, field: str) -> list[Violation]:
    if not isinstance(tag, Mapping):
        return [Violation(field, _("A tag has a key and a value."), "IMG.0115", "9.2")]
    return check_tag(tag.get("key"), tag.get("value"), field=field)


def _check_deleted(tag: Any, field: str) -> list[Violation]:
    key, value = (tag.get("key"), tag.get("value")) if isinstance(tag, Mapping) else (None, None)
    found = []
    if not isinstance(key, str) or not 1 <= len(key) <= ims_limits.MAX_DELETED_KEY:
        message = _("A key has 1 to %(most)d characters.") % {"most": ims_limits.MAX_DELETED_KEY}
        found.append(Violation("key", message, "IMG.0115", "5.2.4"))
    if value is not None and (not isinstance(value, str) or len(value) > ims_limits.MAX_DELETED_VALUE):
        message = _("A value has at most %(most)d characters.") % {"most": ims_limits.MAX_DELETED_VALUE}
        found.append(Violation("value", message, "IMG.0115", "5.2.4"))
    return within(field, found)


def _check_part(field: str, text: Any, most: int) -> list[Violation]:
    if not isinstance(text, str):
        return [Violation(field, _("It is a text, perhaps an empty one."), "IMG.0115", "9.2")]
    if len(text) > most:
        message = _("At most %(most)d characters, these are %(length)d.") % {"most": most, "length": len(text)}
        return [Violation(field, message, "IMG.0115", "9.2")]
    if text != text.strip(" "):
        return [Violation(field, _("No space at the start or at the end."), "IMG.0115", "9.2")]
    if _FORBIDDEN.search(text):
        return [Violation(field, _("None of these characters: = * < > \\ , | /"), "IMG.0115", "9.2")]
    return []
