"""An OpenStack Glance (image API v2): tags are words, and its own schema says which attributes there are, what each
holds, and which of them can be changed."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import ClassVar, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.cache.facets import Pair, looked_at
from images.cache.rules.dialects import words
from images.cache.rules.dialects.base import Dialect, Exchange
from images.cache.rules.dialects.schema import AS_IT_COMES, Schema
from images.cache.rules.tag_changes import TagDifference, Tags, TagStep
from images.core.violations import Violation

#: Not for an edit, whatever the schema says: other acts change these, or nobody here (an image that is given away is
#: out of reach, an id is what it is).
_ELSEWHERE: Final = frozenset({"id", "owner", "protected", "tags", "locations", "self", "file", "schema", "stores"})
#: Set before the file comes: the service refuses them afterwards (403).
_BEFORE_THE_FILE: Final = frozenset({"disk_format", "container_format"})
#: The service keeps its own notes in attributes that begin so, and refuses others.
_NOTES: Final = "os_glance"
_LONGEST_NAME: Final = 255


class GlanceDialect(Dialect):
    """`schema`: what the service at hand says of its images (6.3.1); else that of a Glance as it comes."""

    kind: ClassVar = "openstack"
    describes_itself: ClassVar = True
    tags_are_words: ClassVar = True
    most_tags: ClassVar = None

    def __init__(self, schema: Schema = AS_IT_COMES) -> None:
        self._schema = schema

    # ------------------------------------------------------------------ tags

    def tags_in(self, sent: object) -> list[Pair]:
        return words.words_in(sent)

    def difference(self, tags: Tags, steps: Sequence[TagStep]) -> TagDifference | Violation:
        return words.difference(tags, steps)

    def exchanged(self, tags: Tags, exchanges: Iterable[Exchange]) -> TagDifference | Violation:
        return words.exchanged(tags, exchanges)

    def check_step(self, step: TagStep) -> list[Violation]:
        return words.check_step(step)

    def concerned(self, tags: Tags, steps: Sequence[TagStep]) -> Hashable:
        named = {key for step in steps for key in (step.key, step.to)}
        named |= {words.spelled(step.key, value) for step in steps for value in (step.value, step.to)}
        named |= {looked_at(name, "")[0] for name in named}
        return tuple(sorted({word for name in named for word in words.having(tags, name)}))

    def having(self, tags: Tags, key: str, value: str = "") -> Collection[str]:
        return words.having(tags, key, value)

    def read_difference(self, parameters: Mapping[str, object]) -> TagDifference:
        return words.read_difference(parameters)

    # ------------------------------------------------------------------ attributes

    offered: ClassVar = (
        "description",
        "visibility",
        "os_hidden",
        "min_disk",
        "min_ram",
        "architecture",
        "os_distro",
        "os_version",
        "hw_firmware_type",
        "hw_vif_multiqueue_enabled",
    )
    fixed: ClassVar = ()
    conflicts_pass: ClassVar = False
    name_help: ClassVar = gettext_lazy("At most 255 characters, whichever they are.")
    own_prefix: ClassVar = ""
    changes_any_state: ClassVar = True

    def spelling(self, name: str) -> str:
        return "description" if name == "__description" else name

    def can_change(self, name: str, status: str = "active") -> bool:
        name = self.spelling(name)
        if name in _ELSEWHERE or name.startswith(_NOTES) or not 0 < len(name) <= _LONGEST_NAME:
            return False
        return not self._schema.of(name).read_only and (status == "queued" or name not in _BEFORE_THE_FILE)

    def why_fixed(self, name: str, status: str = "active") -> str:
        if self.can_change(name, status):
            return ""
        if name in _BEFORE_THE_FILE:
            return _("Set before the image has its file.")
        return _("Changed by Protect and Unprotect.") if name == "protected" else _("Kept by the service.")

    def can_remove(self, name: str) -> bool:
        return self.can_change(name) and not self._schema.of(self.spelling(name)).is_base

    def choices(self, name: str) -> Sequence[str]:
        known = self._schema.of(name)
        return ("true", "false") if known.type == "boolean" else known.choices

    def value_of(self, name: str, text: str) -> object:
        return self._schema.of(self.spelling(name)).read(text)

    def check_attribute(self, name: str, value: object, *, os_version: str = "") -> list[Violation]:
        name = self.spelling(name)
        if not self.can_change(name, "queued"):
            return [Violation(name, _("This attribute cannot be changed."), "", "6.1.3")]
        if name == "name" and not value:
            return [Violation(name, _("Enter a name."), "", "6.3.1")]
        known = self._schema.of(name)
        problem = known.problem_of(known.read(value) if isinstance(value, str) else value)
        return [Violation(name, problem, "", "6.3.1")] if problem else []

    def check_removal(self, name: str) -> list[Violation]:
        name = self.spelling(name)
        if self.can_remove(name):
            return []
        if self.can_change(name) and not self._schema.of(name).problem_of(""):
            return []
        return [Violation(name, _("This attribute cannot be removed."), "", "6.1.3")]

    def check_name(self, name: str) -> list[Violation]:
        return self.check_attribute("name", name)
