"""Where an image comes from and what was made from it, by __originalimagename (API reference 9.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from images.cache.models.image import Image
from images.core.requests import Person

#: Generations shown above, and copies shown below.
ABOVE, BELOW = 10, 100


@dataclass(frozen=True)
class Ancestor:
    """`image` is None when the source is not in the cache (deleted, or of a project that is not managed here)."""

    image_id: str
    image: Image | None


@dataclass(frozen=True)
class Lineage:
    """`ancestors` from the eldest down; `copies` newest first, of which there are `copy_count`."""

    ancestors: Sequence[Ancestor]
    copies: Sequence[Image]
    copy_count: int

    @property
    def known(self) -> bool:
        return bool(self.ancestors or self.copies)


def lineage_of(user: Person, image: Image) -> Lineage:
    """One query a generation: chains are short, and a service may send circles."""
    ancestors: list[Ancestor] = []
    met = {image.image_id}
    source = image.source_image_id

    def near(one: Image) -> tuple[bool, bool]:
        """Several projects may see the source: the image's own first, then those of its region."""
        return one.project_id != image.project_id, one.region_id != image.region_id

    while source and source not in met and len(ancestors) < ABOVE:
        met.add(source)
        found = min(_images(user, image).filter(image_id=source).order_by("pk"), key=near, default=None)
        ancestors.append(Ancestor(source, found))
        source = found.source_image_id if found else ""
    copies = _images(user, image).filter(source_image_id=image.image_id).exclude(image_id=image.image_id)
    shown = list(copies.order_by(F("created_at").desc(nulls_last=True), "-pk")[: BELOW + 1])
    count = copies.count() if len(shown) > BELOW else len(shown)
    return Lineage(ancestors[::-1], shown[:BELOW], count)


def _images(user: Person, image: Image) -> QuerySet[Image]:
    """Of the same cloud: a copy may be in another region of it."""
    return Image.objects.visible_to(user).filter(region__cloud=image.region.cloud).select_related("region", "project")
