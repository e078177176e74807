"""IMS, as the reference has it: tags are keys with values (9.2), and 5.1.2 lists what can be changed."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import ClassVar

from django.utils.translation import gettext_lazy

from images.cache.facets import Pair
from images.cache.rules import editing
from images.cache.rules.dialects.base import Dialect, Exchange
from images.cache.rules.tag_changes import TagDifference, Tags, TagStep, check_step, difference
from images.core.ims_limits import MAX_NATIVE_TAG, MAX_TAGS
from images.core.text_rules import check_name
from images.core.violations import Violation


class ImsDialect(Dialect):
    kind: ClassVar = "ims"
    describes_itself: ClassVar = False
    tags_are_words: ClassVar = False
    most_tags: ClassVar = MAX_TAGS

    def tags_in(self, sent: object) -> list[Pair]:
        """Split at the first "=", else at the first "."; a bare key has no value (9.2)."""
        if not isinstance(sent, list):
            return []
        tags: dict[str, str] = {}
        for tag in sent:
            text = tag if type(tag) is str else "" if tag is None else str(tag)
            key, separator, value = text.partition("=")
            if not separator:
                key, _separator, value = text.partition(".")
            if key:
                tags[key[:MAX_NATIVE_TAG]] = value[:MAX_NATIVE_TAG]
        return list(tags.items())

    def difference(self, tags: Tags, steps: Sequence[TagStep]) -> TagDifference | Violation:
        return difference(tags, steps)

    def exchanged(self, tags: Tags, exchanges: Iterable[Exchange]) -> TagDifference | Violation:
        steps = []
        for old, new in exchanges:
            if old is not None and (new is None or new[0] != old[0]):
                steps.append(TagStep("remove", old[0]))
            if new is not None:
                steps.append(TagStep("set", *new))
        return difference(tags, steps)

    def check_step(self, step: TagStep) -> list[Violation]:
        return check_step(step)

    def concerned(self, tags: Tags, steps: Sequence[TagStep]) -> Hashable:
        """How many there are counts, too: ten is the most."""
        return len(tags), *(tags.get(key) for step in steps for key in (step.key, step.to))

    def having(self, tags: Tags, key: str, value: str = "") -> Collection[str]:
        return [key] if key in tags and value in ("", tags[key]) else []

    def read_difference(self, parameters: Mapping[str, object]) -> TagDifference:
        return TagDifference.of(parameters)

    offered: ClassVar = (
        "__description",
        "min_ram",
        "hw_firmware_type",
        "hw_vif_multiqueue_enabled",
        *editing.CHOICES,
    )
    fixed: ClassVar = ("min_disk", "max_ram")
    conflicts_pass: ClassVar = True
    name_help: ClassVar = gettext_lazy("Letters, digits, - . _ and spaces; at most 128.")
    own_prefix: ClassVar = "__"
    changes_any_state: ClassVar = False

    def spelling(self, name: str) -> str:
        return name

    def can_change(self, name: str, status: str = "active") -> bool:
        return editing.can_change(name)

    def why_fixed(self, name: str, status: str = "active") -> str:
        return str(editing.why_fixed(name))

    def can_remove(self, name: str) -> bool:
        """Attributes of the schema itself (6.3.1) stay; a description is emptied."""
        return name not in editing.KEPT | {"__description", "description"}

    def choices(self, name: str) -> Sequence[str]:
        return editing.CHOICES.get(name, ())

    def value_of(self, name: str, text: str) -> object:
        """As the patch of 5.1.2 has it; an empty minimum is none, 0."""
        return int(text or 0) if name == "min_ram" and (not text or text.isdecimal()) else text

    def check_attribute(self, name: str, value: object, *, os_version: str = "") -> list[Violation]:
        return editing.check_attribute(name, value, os_version=os_version)

    def check_removal(self, name: str) -> list[Violation]:
        return editing.check_removal(name)

    def check_name(self, name: str) -> list[Violation]:
        return check_name(name)
