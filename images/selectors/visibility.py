"""What a person may see, as a set of images: everything else starts from it."""

from dataclasses import dataclass
from functools import cached_property

from pyroaring import BitMap

from images.facets import holder_of_project, holder_of_region
from images.models import Project
from images.selectors.index import Snapshot


@dataclass(frozen=True)
class Sight:
    """The projects (with their regions loaded) that a person may see, by region and name: one query a request."""

    projects: tuple[Project, ...]

    @cached_property
    def holders(self) -> tuple[str, ...]:
        """Values of the "holder" posting: published projects, and published regions for their public images."""
        projects = {holder_of_project(one.pk)[1] for one in self.projects if one.published_at}
        regions = {holder_of_region(one.region_id)[1] for one in self.projects if one.region.published_at}
        return tuple(sorted(projects | regions))

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What a remembered answer depends on: who is seen, and under which names."""
        return tuple((one.pk, one.name, one.region.name) for one in self.projects), self.holders

    def images(self, snapshot: Snapshot) -> BitMap:
        """All images that may be seen. Shared between requests: do not change it."""
        return snapshot.remembered.get(("sight", self.holders), lambda: snapshot.union("holder", self.holders))


def sight_of(user) -> Sight:
    rows = Project.objects.visible_to(user).select_related("region").order_by("region__name", "name", "pk")
    return Sight(tuple(rows))


def visible(user, snapshot: Snapshot) -> BitMap:
    """The images that this person may see."""
    return sight_of(user).images(snapshot)
