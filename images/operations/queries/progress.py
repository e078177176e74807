"""What is being done to images right now, for the pages that show those images."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from images.access.permissions import visible_projects
from images.core.ids import id_of
from images.core.requests import Person
from images.core.statements import PERSON, fetch
from images.operations.enums import OPEN_ITEMS, ActionKind, ItemState
from images.operations.models.operation import OperationItem
from images.operations.queries.operations import TONES

_COLUMNS = ("image_id", "pk", "state", "operation_id", "operation__kind", "operation__actor_name",
            "operation__created_at", "part", "job__current_task")  # fmt: skip


#: Numbers of images are rounded up to multiples of this.
_STEP = 25
#: In a mark.
_COLONS = 3


@dataclass(frozen=True, slots=True)
class ActionProgress:
    """One act under way on one image. `percent` 0 to 100 of its job or its file; None: nothing is known of it."""

    image: int
    item: int
    state: ItemState
    operation: int
    kind: ActionKind
    actor: str
    asked_at: datetime
    percent: int | None
    task: str

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "")

    @property
    def mark(self) -> str:
        """Differs whenever what is shown of it differs."""
        return f"{self.image}:{self.item}:{self.state}:{'' if self.percent is None else self.percent}"


def open_actions(user: Person, images: Iterable[int]) -> list[ActionProgress]:
    """Open acts on these images that this person may see, oldest first: one query, on the index of (image, state)."""
    asked = list(images)
    if not asked or not user.is_active:
        return []
    asked += [0] * (-len(asked) % _STEP if len(asked) > 1 else 0)  # no image; so that few statements are kept
    return [
        ActionProgress(image, item, ItemState(state), operation, ActionKind(kind), actor, asked_at, percent, task or "")
        for image, item, state, operation, kind, actor, asked_at, percent, task in fetch(
            _open, (len(asked),), last=asked, given={PERSON: user.pk}
        )
    ]


def _open(count: int) -> QuerySet[OperationItem, tuple[object, ...]]:
    """Kept as SQL for all, as what they may see is decided in it; the images are its last parameters."""
    seen = visible_projects(get_user_model()(pk=PERSON, is_active=True))
    rows = OperationItem.objects.filter(state__in=OPEN_ITEMS).filter(project__in=seen).filter(image__in=range(count))
    rows = rows.annotate(part=Coalesce("job__percent", "percent"))
    return rows.order_by("pk").values_list(*_COLUMNS)


def ended_since(seen: str, found: Iterable[ActionProgress]) -> set[int]:
    """Images on which something was under way in `seen` and nothing is now."""
    return {id_of(image) for image, *_more in _marks(seen)} - {one.image for one in found}


def kinds_ended_since(seen: str, found: Iterable[ActionProgress]) -> set[ActionKind]:
    """What has ended since `seen`."""
    ended = {id_of(item) for _image, item, *_more in _marks(seen)} - {one.item for one in found}
    rows = OperationItem.objects.filter(pk__in=ended).order_by().values_list("operation__kind", flat=True)
    return {ActionKind(kind) for kind in rows.distinct()}


def _marks(seen: str) -> list[list[str]]:
    """The parts of each mark; what is none is left out."""
    return [mark.split(":") for mark in seen.split("-") if mark.count(":") == _COLONS]


def progress_mark(found: Iterable[ActionProgress]) -> str:
    """What a poll hands back, to be answered only when something differs."""
    return "-".join(one.mark for one in found)
