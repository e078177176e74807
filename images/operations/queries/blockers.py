"""What an image does not tell of itself but acts depend on: what is under way on it, and what it was made of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from django.contrib.auth.models import User
from django.db.models import Q
from pyroaring import BitMap

from images.access.permissions import visible_projects
from images.cache.models.image import Image
from images.cache.queries.lineage import ABOVE
from images.cache.rules.subject import COLUMNS
from images.operations.enums import OPEN_ITEMS, ActionKind
from images.operations.models.operation import OperationItem
from images.operations.queries import unwritten

#: Ids in one statement: below the parameter limit of every database.
_AT_ONCE = 500
#: Acts after which an image has a file; until then it is being made (6.1.5).
MAKING: Final = (ActionKind.CREATE, ActionKind.UPLOAD, ActionKind.REGISTER)


@dataclass(frozen=True, slots=True)
class OpenAction:
    """An act that was asked for and has not ended."""

    kind: ActionKind
    operation: int


class BlockedRow(Protocol):
    """What is asked about, as a row of the cache or less."""

    @property
    def pk(self) -> int: ...
    @property
    def project_id(self) -> int | None: ...
    @property
    def image_id(self) -> str: ...
    @property
    def source_image_id(self) -> str: ...


class Blockers:
    """For acts of one person on many images; `learn` of some of them, then ask about each of these."""

    def __init__(self, user: User, *kinds: ActionKind) -> None:
        self._user = user
        self._kinds = {other for kind in kinds for other in _in_the_way(kind)}
        self._wants_origins = ActionKind.EXPORT in kinds
        self._under_way: dict[tuple[int, str], list[OpenAction]] = defaultdict(list)
        #: What is under way on these Image.ids, which are not items yet.
        self._unwritten: dict[OpenAction, BitMap] = {}
        self._has_all = False
        #: Image ID → the public image that it is, or the ID of what it was made of ("": of nothing that we know).
        self._made_of: dict[str, Image | str] = {}

    def learn(self, images: Iterable[BlockedRow], *, of_many: bool = False) -> None:
        """`of_many`: more will follow; then everything under way is read once instead of once for each piece."""
        images = list(images)
        if not self._has_all:
            self._learn_under_way(None if of_many else [image.image_id for image in images])
            self._has_all = of_many
        if self._wants_origins:
            self._learn_origins({image.source_image_id for image in images})

    def under_way(self, image: BlockedRow, kind: ActionKind) -> OpenAction | None:
        """The eldest act on this image that is in the way of `kind`; a deletion before all others."""
        now = self._under_way.get((image.project_id or 0, image.image_id), ())
        if not now and not self._unwritten:  # as nearly always, and asked a hundred thousand times
            return None
        unwritten_yet = (action for action, images in self._unwritten.items() if image.pk in images)
        hindering = [action for action in (*now, *unwritten_yet) if action.kind in _in_the_way(kind)]
        return min(hindering, key=lambda action: action.kind != ActionKind.DELETE, default=None)

    def origin(self, image: BlockedRow) -> Image | None:
        """The public image at the end of its ancestry (5.1.7); None when that is not known. Services send circles."""
        at: Image | str = image.source_image_id
        met: set[str] = set()
        while isinstance(at, str) and at and at not in met:
            met.add(at)
            at = self._made_of.get(at, "")
        return at if isinstance(at, Image) else None

    def _learn_under_way(self, image_ids: list[str] | None) -> None:
        seen = visible_projects(self._user)
        rows = OperationItem.objects.filter(
            project__in=seen, state__in=OPEN_ITEMS, operation__kind__in=self._kinds
        ).exclude(image_uid="")
        if image_ids is not None:
            rows = rows.filter(image_uid__in=image_ids)
        for project, image_id, kind, operation in rows.order_by("pk").values_list(
            "project_id", "image_uid", "operation__kind", "operation_id"
        ):
            self._under_way[project, image_id].append(OpenAction(ActionKind(kind), operation))
        self._unwritten = {}
        for pk, act, images in unwritten.waiting_images(Q(project__in=seen, operation__kind__in=self._kinds)):
            self._unwritten.setdefault(OpenAction(act, pk), BitMap()).update(images)

    def _learn_origins(self, image_ids: set[str]) -> None:
        """One query a generation and piece; what is known already is not asked for again."""
        for _generation in range(ABOVE):
            wanted = sorted(image_ids - self._made_of.keys() - {""})
            if not wanted:
                return
            parents: dict[str, Image | str] = {}
            for start in range(0, len(wanted), _AT_ONCE):
                parents |= _parents(self._user, wanted[start : start + _AT_ONCE])
            self._made_of |= dict.fromkeys(wanted, "") | parents
            image_ids = {parent for parent in parents.values() if isinstance(parent, str)}


def _in_the_way(kind: ActionKind) -> tuple[ActionKind, ...]:
    """Nothing can be done to what is going; the service refuses besides to delete what it makes (IMG.0090) and to
    export twice at a time (IMG.0148)."""
    more: Mapping[ActionKind, tuple[ActionKind, ...]] = {
        ActionKind.DELETE: MAKING,
        ActionKind.EXPORT: (ActionKind.EXPORT,),
    }
    return (ActionKind.DELETE, *more.get(kind, ()))


def _parents(user: User, image_ids: list[str]) -> dict[str, Image | str]:
    """Several projects may see the same image; the public row of it wins."""
    parents: dict[str, Image | str] = {}
    rows = Image.objects.visible_to(user).filter(image_id__in=image_ids)
    for image in rows.only("image_id", "source_image_id", *COLUMNS).order_by("pk"):
        if image.project_id is None:
            parents[image.image_id] = image
        else:
            parents.setdefault(image.image_id, image.source_image_id)
    return parents
