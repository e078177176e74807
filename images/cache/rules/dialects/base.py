"""What differs between kinds of image services: each says here how it means tags, attributes, visibilities, refusals.

Pure. Screens, forms, filters and services ask the dialect of a project (cache/queries/dialects.py), and none of them
asks which kind of service it is.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import ClassVar

from django_stubs_ext import StrOrPromise

from images.cache.facets import Pair
from images.cache.rules.tag_changes import TagDifference, Tags, TagStep
from images.core.violations import Violation

#: A tag that gives way, and what comes in its place; None: nothing did, or nothing does.
Exchange = tuple[Pair | None, Pair | None]


class Dialect(ABC):
    """One kind of service."""

    #: clouds.enums.ProjectKind
    kind: ClassVar[str]
    #: Its own schema says what its images are (6.3.1).
    describes_itself: ClassVar[bool]
    #: A tag is one text. Else it is a key with a value, and a key stands once.
    tags_are_words: ClassVar[bool]
    #: The most tags of an image; None: the service sets no limit that the console knows.
    most_tags: ClassVar[int | None]

    # ------------------------------------------------------------------ tags

    @abstractmethod
    def tags_in(self, sent: object) -> list[Pair]:
        """The attribute "tags" of an image, as the cache keeps it: keys are unique."""

    @abstractmethod
    def difference(self, tags: Tags, steps: Sequence[TagStep]) -> TagDifference | Violation:
        """What the steps, one after the other, change; a Violation when they cannot be made to these tags."""

    @abstractmethod
    def exchanged(self, tags: Tags, exchanges: Iterable[Exchange]) -> TagDifference | Violation:
        """What changes when these very tags give way to others."""

    @abstractmethod
    def check_step(self, step: TagStep) -> list[Violation]:
        """Rules for what comes to be, by the names of the step's fields; what leaves need only be named."""

    @abstractmethod
    def concerned(self, tags: Tags, steps: Sequence[TagStep]) -> Hashable:
        """What of an image's tags decides what the steps change: equal for images to which they do the same."""

    @abstractmethod
    def having(self, tags: Tags, key: str, value: str = "") -> Collection[str]:
        """The keys of `tags` under which one stands that looks like this ("": any value)."""

    @abstractmethod
    def read_difference(self, parameters: Mapping[str, object]) -> TagDifference:
        """Read back from the parameters of an item, whichever release wrote them."""

    # ------------------------------------------------------------------ refusals

    #: A conflict (409) over a deletion is about somebody who changes the image at this moment, and passes. Else it says
    #: what the image is, such as in use.
    conflicts_pass: ClassVar[bool]

    # ------------------------------------------------------------------ attributes

    #: Offered for a change also where an image says nothing of them.
    offered: ClassVar[Sequence[str]]
    #: Set when an image is made and changed by no call; people look for them all the same.
    fixed: ClassVar[Sequence[str]]
    #: What a name may be, in words.
    name_help: ClassVar[StrOrPromise]
    #: Names of attributes of one's own begin so.
    own_prefix: ClassVar[str]
    #: Images can be changed in any state. Else only active ones can.
    changes_any_state: ClassVar[bool]

    @abstractmethod
    def spelling(self, name: str) -> str:
        """An attribute of IMS as this service calls it."""

    @abstractmethod
    def can_change(self, name: str, status: str = "active") -> bool:
        """Whether an edit changes the attribute of an image in this state."""

    @abstractmethod
    def why_fixed(self, name: str, status: str = "active") -> str:
        """Why no edit changes it; "" for what one changes."""

    @abstractmethod
    def can_remove(self, name: str) -> bool:
        """Whether an edit takes the attribute off an image; else it is given an empty value, if it takes one."""

    @abstractmethod
    def choices(self, name: str) -> Sequence[str]:
        """The values that an attribute may have, as texts; empty: any."""

    @abstractmethod
    def value_of(self, name: str, text: str) -> object:
        """A value that somebody typed, in the type that the service wants it in; what is none of that type stays."""

    @abstractmethod
    def check_attribute(self, name: str, value: object, *, os_version: str = "") -> list[Violation]:
        """A new value. `os_version` is that of the image (9.5)."""

    @abstractmethod
    def check_removal(self, name: str) -> list[Violation]:
        """Taking the attribute off an image, or emptying it."""

    @abstractmethod
    def check_name(self, name: str) -> list[Violation]:
        """The name of an image."""
