"""What an answer tells of an image without asking for it again: applied to the document that the cache holds.

A call that was answered has taken effect. Where the answer or the reference says what that effect is, fetching the
image would be a second call for nothing; a bulk operation would make a thousand of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from images.ims import Tag, tag_of

Document = Mapping[str, Any]


class Effect(Protocol):
    """One image's; knows how its document looks afterwards."""

    @property
    def image_id(self) -> str: ...

    @property
    def to_confirm(self) -> bool:
        """Something remains that only a list can tell, such as the time of the change."""

    def on(self, document: Document) -> Document:
        """The document afterwards."""


@dataclass(frozen=True, slots=True)
class ImageRead:
    """The whole image, as 6.1.2 gave it a moment ago."""

    image_id: str
    document: Document
    to_confirm: bool = False

    def on(self, _document: Document) -> Document:
        return self.document


@dataclass(frozen=True, slots=True)
class ImagePatched:
    """The answer of 5.1.2 or 6.1.3 carries the image. What it leaves out stays as it was, but for `removed`: the
    examples of the reference show fewer attributes than 6.1.2 does."""

    image_id: str
    answer: Document
    removed: frozenset[str] = frozenset()
    to_confirm: bool = False

    def on(self, document: Document) -> Document:
        kept = {name: value for name, value in document.items() if name not in self.removed or name in self.answer}
        return {**kept, **self.answer}


@dataclass(frozen=True, slots=True)
class ImageTagged:
    """Tags that were added and removed (5.2.4, 6.2), whose answers are empty. At IMS a tag takes the place of that of
    the same key, and is removed by its key; to a Glance a tag is one word (9.2)."""

    image_id: str
    added: tuple[Tag, ...]
    removed: tuple[Tag, ...]
    has_values: bool = True
    to_confirm: bool = True

    def on(self, document: Document) -> Document:
        texts = [str(text) for text in document.get("tags") or ()]
        return {**document, "tags": self._keyed(texts) if self.has_values else self._words(texts)}

    def _words(self, texts: Sequence[str]) -> list[str]:
        added = [str(tag) for tag in self.added]
        leaving = {str(tag) for tag in self.removed} - {*added}
        return list(dict.fromkeys([*(text for text in texts if text not in leaving), *added]))

    def _keyed(self, texts: Sequence[str]) -> list[str]:
        leaving = {tag.key for tag in (*self.added, *self.removed)}
        tags = {text: tag_of(text) for text in texts}
        kept = {text: tag for text, tag in tags.items() if tag.key not in leaving or tag in self.added}
        return [*kept, *(_spelt(tag) for tag in self.added if tag not in kept.values())]


def _spelt(tag: Tag) -> str:
    """As documents spell it: at IMS a key alone has a "=" behind it when its full stop would separate (9.2)."""
    return f"{tag.key}=" if "." in tag.key and not tag.value else str(tag)
