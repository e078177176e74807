"""A tag of an image in any of the three formats of 9.2, read into key and value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from images.ims.values import as_text


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """Key (1 to 36 characters) and value (0 to 43); native tags are keys of up to 255 characters with value ""."""

    key: str
    value: str = ""

    def __str__(self) -> str:
        """key=value, the form that image documents use; a key alone stays alone."""
        return f"{self.key}={self.value}" if self.value else self.key

    def as_object(self) -> dict[str, str]:
        """Format 2: {"key": ..., "value": ...} (5.1.3, 5.2.1, 5.2.4, 5.2.5)."""
        return {"key": self.key, "value": self.value}


def tag_of(text: str, *, words: bool = False) -> Tag:
    """Split on the first "=", else on the first "."; else the text is a key without value.

    Images carry key=value, 5.2.2 answers key.value, and native tags are keys (9.2). `words`: of a Glance of OpenStack,
    which knows texts only: a full stop means nothing there ("ubuntu-22.04"), and what is read is spelled as it came
    ("a=" is another tag than "a").
    """
    key, equals, value = text.partition("=")
    if words:
        return Tag(key, value) if key and value else Tag(text)
    if not equals:
        key, _, value = text.partition(".")
    return Tag(key, value) if key else Tag(text)


def tags_of(value: Any, *, words: bool = False) -> tuple[Tag, ...]:
    """The tags attribute of an image. A key that comes twice counts once, with its last value, as IMS overwrites; of
    `words` each counts.

    Raises ValueError when it is no list of texts.
    """
    if not value:
        return ()
    if not isinstance(value, list):
        raise ValueError("tags are a list")  # noqa: TRY004 - one kind of error for all values that do not fit
    found = [tag_of(as_text(text), words=words) for text in value]
    return tuple({str(tag) if words else tag.key: tag for tag in found if tag.key}.values())


def objects_of(tags: Iterable[Tag]) -> list[dict[str, str]]:
    """Tags as format 2."""
    return [tag.as_object() for tag in tags]
