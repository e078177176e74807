"""The tags of one image as its page shows them: what the cache holds, and what changes of them are under way."""

from collections.abc import Sequence
from dataclasses import dataclass

from images.cache.models.image import Image
from images.cache.queries.dialects import dialect_of
from images.cache.rules.dialects import Dialect
from images.cache.rules.tag_changes import TagChange, TagDifference
from images.operations.enums import ActionKind
from images.operations.models.operation import OperationItem
from images.operations.queries.recent import EndedChange, ended, is_open, recent_items


@dataclass(frozen=True, slots=True)
class TagLine:
    """A tag. `becomes` is what is under way for it: None nothing; its `after` None: it is being removed."""

    key: str
    value: str
    becomes: TagChange | None = None


@dataclass(frozen=True, slots=True)
class ImageTags:
    """`lines` are shown; `expected` is what the tags will be when all that is under way is done, by key."""

    lines: Sequence[TagLine]
    expected: dict[str, str]
    under_way: bool
    #: The newest change that was carried out or failed.
    last: EndedChange[TagDifference] | None
    #: Differs whenever what is shown differs.
    mark: str


def tags_now(image: Image, recent: Sequence[OperationItem] | None = None) -> ImageTags:
    """Two queries: the tags, and the newest tag operations on the image; one with `recent` items from a caller that has
    them."""
    dialect = dialect_of(image.project)
    held = {tag.key: tag.value for tag in image.tags.all()}
    if recent is None:
        recent = recent_items(image, ActionKind.TAG)
    items = [item for item in recent if item.operation.kind == ActionKind.TAG]
    pending = [item for item in items if is_open(item)]
    changes: dict[str, TagChange] = {}
    expected = dict(held)
    for item in pending:
        for one in dialect.read_difference(item.parameters).changes:
            changes[one.key] = one
            if one.after is None:
                expected.pop(one.key, None)
            else:
                expected[one.key] = one.after
    keys = sorted({*held, *(key for key, one in changes.items() if one.after is not None)}, key=str.casefold)
    lines = [TagLine(key, held.get(key, ""), changes.get(key)) for key in keys]
    last = next((_last(item, dialect) for item in reversed(items) if not is_open(item)), None)
    mark = "-".join([*(f"{item.pk}.{item.state}" for item in items), *(f"{key}={held[key]}" for key in sorted(held))])
    return ImageTags(lines, expected, bool(pending), last, mark)


def _last(item: OperationItem, dialect: Dialect) -> EndedChange[TagDifference]:
    difference = dialect.read_difference(item.parameters)
    return ended(item, difference, can_be_undone=difference)
