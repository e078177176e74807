"""The images that operations made, as the cache has them: for links from what came of an operation to the image."""

from collections.abc import Iterable, Mapping

from images.cache.models.image import Image
from images.core.requests import Person
from images.operations.models.operation import OperationItem

#: (Project.id, ID at IMS)
Key = tuple[int, str]


def images_made(user: Person, items: Iterable[OperationItem]) -> Mapping[Key, Image]:
    """One query, none when nothing was made. Also those of sub-jobs (5.6.1)."""
    wanted = {key for item in items for key in _keys(item)}
    if not wanted:
        return {}
    rows = Image.objects.visible_to(user).filter(
        project__in={project for project, _uid in wanted}, image_id__in={uid for _project, uid in wanted}
    )
    found = rows.select_related("region").only("pk", "name", "image_id", "key_id", "project_id", "region__name")
    return {(image.project_id, image.image_id): image for image in found if image.project_id is not None}


def _keys(item: OperationItem) -> Iterable[Key]:
    parts = item.job.sub_jobs if item.job else ()
    uids = {str(item.result.get("image_id") or ""), *(str(part.get("image_id") or "") for part in parts)}
    return ((item.project_id, uid) for uid in uids if uid)
