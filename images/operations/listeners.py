"""What becomes of operations when their projects or images go, and which of them an image's audit tells of."""

from collections.abc import Iterable, Sequence

from django.dispatch import receiver

from images.accounts import events as cloud_events
from images.audit.queries import related
from images.cache import events as cache_events
from images.clouds.models import Project
from images.operations.models.operation import OperationItem
from images.operations.queries.audit_entries import entries_about_image
from images.operations.services.abandonment import abandon

related("image", entries_about_image)


@receiver(cloud_events.projects_given_up)
def end_what_is_open(projects: Iterable[Project], **_signal: object) -> None:
    abandon(projects)


@receiver(cache_events.images_leaving)
def keep_names(pks: Sequence[int], **_signal: object) -> None:
    """Items keep the image's ID and name as text."""
    OperationItem.objects.filter(image__in=pks).update(image=None)
