"""What an image does not tell of itself but acts depend on: what is under way on it, and what it was made of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from django.contrib.auth.models import User
from django.db.models import QuerySet
from pyroaring import BitMap

from images.enums import OPEN_ITEMS, ActKind, ItemState
from images.models import Image, ItemBatch, OperationItem, Project
from images.rules.subject import COLUMNS
from images.selectors.lineage import ABOVE

#: Ids in one statement: below the parameter limit of every database.
_AT_ONCE = 500
#: Acts after which an image has a file; until then it is being made (6.1.5).
MAKING: Final = (ActKind.CREATE, ActKind.UPLOAD, ActKind.REGISTER)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An act that was asked for and has not ended."""

    kind: ActKind
    operation: int


class Known(Protocol):
    """What is asked about, as a row of the cache or less."""

    @property
    def pk(self) -> int: ...
    @property
    def project_id(self) -> int | None: ...
    @property
    def image_id(self) -> str: ...
    @property
    def source_image_id(self) -> str: ...


class Hindrances:
    """For acts of one person on many images; `learn` of some of them, then ask about each of these."""

    def __init__(self, user: User, *kinds: ActKind) -> None:
        self._user = user
        self._kinds = {one for kind in kinds for one in _in_the_way(kind)}
        self._wants_origins = ActKind.EXPORT in kinds
        self._under_way: dict[tuple[int, str], list[UnderWay]] = defaultdict(list)
        #: Of large operations whose images are not items yet: what is under way on these Image.ids.
        self._frozen: dict[UnderWay, BitMap] = {}
        self._has_all = False
        #: Image ID → the public image that it is, or the ID of what it was made of ("": of nothing that we know).
        self._made_of: dict[str, Image | str] = {}

    def learn(self, images: Iterable[Known], *, of_many: bool = False) -> None:
        """`of_many`: more will follow; then everything under way is read once instead of once for each piece."""
        images = list(images)
        if not self._has_all:
            self._learn_under_way(None if of_many else [image.image_id for image in images])
            self._has_all = of_many
        if self._wants_origins:
            self._learn_origins({image.source_image_id for image in images})

    def under_way(self, image: Known, kind: ActKind) -> UnderWay | None:
        """The eldest act on this image that is in the way of `kind`; a deletion before all others."""
        now = self._under_way.get((image.project_id or 0, image.image_id), ())
        if not now and not self._frozen:  # as nearly always, and asked a hundred thousand times
            return None
        frozen = (one for one, images in self._frozen.items() if image.pk in images)
        hindering = [one for one in (*now, *frozen) if one.kind in _in_the_way(kind)]
        return min(hindering, key=lambda one: one.kind != ActKind.DELETE, default=None)

    def origin(self, image: Known) -> Image | None:
        """The public image at the end of its ancestry (5.1.7); None when that is not known. Services send circles."""
        at: Image | str = image.source_image_id
        met: set[str] = set()
        while isinstance(at, str) and at and at not in met:
            met.add(at)
            at = self._made_of.get(at, "")
        return at if isinstance(at, Image) else None

    def _learn_under_way(self, image_ids: list[str] | None) -> None:
        seen = Project.objects.visible_to(self._user)
        rows = OperationItem.objects.filter(
            project__in=seen, state__in=OPEN_ITEMS, operation__kind__in=self._kinds
        ).exclude(image_uid="")
        if image_ids is not None:
            rows = rows.filter(image_uid__in=image_ids)
        for project, image_id, kind, operation in rows.order_by("pk").values_list(
            "project_id", "image_uid", "operation__kind", "operation_id"
        ):
            self._under_way[project, image_id].append(UnderWay(ActKind(kind), operation))

        self._learn_frozen(seen)

    def _learn_frozen(self, seen: QuerySet[Project]) -> None:
        batches = ItemBatch.objects.filter(
            project__in=seen, state=ItemState.WAITING, operation__kind__in=self._kinds
        ).order_by("pk")
        self._frozen = {}
        for kind, operation, images in batches.values_list("operation__kind", "operation_id", "images"):
            held = self._frozen.setdefault(UnderWay(ActKind(kind), operation), BitMap())
            held |= BitMap.deserialize(bytes(images))

    def _learn_origins(self, image_ids: set[str]) -> None:
        """One query a generation and piece; what is known already is not asked for again."""
        for _generation in range(ABOVE):
            wanted = sorted(image_ids - self._made_of.keys() - {""})
            if not wanted:
                return
            found: dict[str, Image | str] = {}
            for start in range(0, len(wanted), _AT_ONCE):
                found |= _parents(self._user, wanted[start : start + _AT_ONCE])
            self._made_of |= dict.fromkeys(wanted, "") | found
            image_ids = {parent for parent in found.values() if isinstance(parent, str)}


def _in_the_way(kind: ActKind) -> tuple[ActKind, ...]:
    """Nothing can be done to what is going; the service refuses besides to delete what it makes (IMG.0090) and to
    export twice at a time (IMG.0148)."""
    more: Mapping[ActKind, tuple[ActKind, ...]] = {ActKind.DELETE: MAKING, ActKind.EXPORT: (ActKind.EXPORT,)}
    return (ActKind.DELETE, *more.get(kind, ()))


def _parents(user: User, image_ids: list[str]) -> dict[str, Image | str]:
    """Several projects may see the same image; the public row of it wins."""
    found: dict[str, Image | str] = {}
    rows = Image.objects.visible_to(user).filter(image_id__in=image_ids)
    for image in rows.only("image_id", "source_image_id", *COLUMNS).order_by("pk"):
        if image.project_id is None:
            found[image.image_id] = image
        else:
            found.setdefault(image.image_id, image.source_image_id)
    return found
