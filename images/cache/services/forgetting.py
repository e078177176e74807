"""The images of a project or a region that goes: out of the index at once, then out of the tables."""

from django.db import transaction

from images.cache.models.image import Image
from images.cache.services import index, publication, writer
from images.cache.services.publication import Holder

#: Images deleted in one transaction, so that other writers get their turn.
BATCH = 10_000


def forget_images(holder: Holder) -> None:
    """First from the index, in one transaction, so that no reader finds half of it; then the rows."""
    with transaction.atomic():
        publication.lock(holder)
        if holder.published_at is not None:
            delta = index.holder_delta(holder)
            delta.enter, delta.leave = delta.leave, delta.enter
            index.publish(delta)
            holder.published_at = None
            holder.save(update_fields=["published_at"])
    images = Image.objects.filter(**index.holder_filter(holder)).order_by()
    while pks := list(images.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            writer.delete(pks)
