"""The tags of one image as its page shows them: what the cache holds, and what changes of them are under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from images.enums import OPEN_ITEMS, ActKind, ItemState
from images.models import Image, OperationItem
from images.rules import TagDifference
from images.rules.tag_changes import Changed

#: For so long the page of an image offers to take a change of its tags back.
UNDO_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class TagLine:
    """A tag. `becomes` is what is under way for it: None nothing; its `after` None: it is being removed."""

    key: str
    value: str
    becomes: Changed | None = None


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest change of the image's tags that was carried out or failed."""

    item: int
    operation: int
    difference: TagDifference
    actor: str
    at: datetime
    error: str
    can_be_undone: bool


@dataclass(frozen=True, slots=True)
class ImageTags:
    """`lines` are shown; `expected` is what the tags will be when all that is under way is done, by key."""

    lines: Sequence[TagLine]
    expected: dict[str, str]
    under_way: bool
    last: LastChange | None
    #: Differs whenever what is shown differs.
    mark: str


def tags_now(image: Image) -> ImageTags:
    """Two queries: the tags, and the newest tag operations on the image."""
    held = {tag.key: tag.value for tag in image.tags.all()}
    items = _items(image)
    pending = [item for item in items if item.state in OPEN_ITEMS]
    changes: dict[str, Changed] = {}
    expected = dict(held)
    for item in pending:
        for one in TagDifference.of(item.parameters).changes:
            changes[one.key] = one
            if one.after is None:
                expected.pop(one.key, None)
            else:
                expected[one.key] = one.after
    keys = sorted({*held, *(key for key, one in changes.items() if one.after is not None)}, key=str.casefold)
    lines = [TagLine(key, held.get(key, ""), changes.get(key)) for key in keys]
    last = next((_last(item) for item in reversed(items) if item.state not in OPEN_ITEMS), None)
    mark = "-".join([*(f"{item.pk}.{item.state}" for item in items), *(f"{key}={held[key]}" for key in sorted(held))])
    return ImageTags(lines, expected, bool(pending), last, mark)


def _items(image: Image) -> list[OperationItem]:
    """Oldest first: all that are open, and those that ended of late."""
    since = timezone.now() - UNDO_FOR
    rows = image.operation_items.filter(operation__kind=ActKind.TAG).exclude(finished_at__lt=since)
    return list(rows.select_related("operation").order_by("-pk")[:20])[::-1]


def _last(item: OperationItem) -> LastChange:
    return LastChange(
        item.pk,
        item.operation_id,
        TagDifference.of(item.parameters),
        item.operation.actor_name,
        item.finished_at or item.operation.created_at,
        item.error if item.state in (ItemState.FAILED, ItemState.UNKNOWN) else "",
        item.state == ItemState.DONE and bool(TagDifference.of(item.parameters)),
    )
