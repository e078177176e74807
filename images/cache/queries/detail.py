"""One image, for people who may see it."""

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from images.access.permissions import visible_projects
from images.cache.models.image import Image
from images.core.requests import Person


def visible_image(user: Person, pk: int) -> Image:
    """The image with its region, project and account. Http404 also when it is there but not for this person."""
    image = _loaded(user).filter(pk=pk).first()
    if image is None:
        raise Http404(_("There is no such image, or it belongs to a project that you may not see."))
    return image


def same_image_elsewhere(user: Person, image: Image) -> list[Image]:
    """The same image as other projects see it (shared with several of ours), this one left out."""
    same = _loaded(user).filter(region=image.region_id, image_id=image.image_id)
    return list(same.exclude(pk=image.pk).order_by("project__name", "pk"))


def image_of_id(user: Person, region: str, image_id: str) -> Image | None:
    """By IMS's own ID; the project that owns it comes before those that it is shared with."""
    found = list(_loaded(user).filter(region__name=region, image_id=image_id).order_by("pk"))
    return min(found, key=lambda image: not is_own(image), default=None)


def is_own(image: Image) -> bool:
    """True for images of the project itself; false for public images and for those that others share with it."""
    return image.project is not None and image.owner == image.project.project_id


def endpoint_of(user: Person, image: Image) -> str:
    """Where the image's service answers. A public image belongs to a region: any project there knows it."""
    if image.project is not None:
        return image.project.endpoint
    projects = visible_projects(user).filter(region=image.region_id).order_by("pk")
    return projects.values_list("endpoint", flat=True)[0]


def _loaded(user: Person) -> QuerySet[Image]:
    return Image.objects.visible_to(user).select_related("region", "project__account")
