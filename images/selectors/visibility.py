"""What a person may see, as a set of images: everything else starts from it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from pyroaring import BitMap

from images.facets import holder_of_project, holder_of_region
from images.models import Project
from images.models.teams import granted
from images.permissions import ROLES, Ability
from images.selectors.index import Snapshot
from images.selectors.statements import PERSON, fetch


class Seen(NamedTuple):
    """What the list needs of a project and its region; rows of the model would cost twice the time."""

    pk: int
    name: str
    project_id: str
    published_at: datetime | None
    synced_at: datetime | None
    contact_at: datetime | None
    error: str
    error_at: datetime | None
    region_id: int
    region: str
    region_published_at: datetime | None
    #: May change its images.
    operable: bool


_COLUMNS = (
    "pk", "name", "project_id", "published_at", "synced_at", "contact_at", "error", "error_at", "region_id",
    "region__name", "region__published_at", "operable",
)  # fmt: skip


@dataclass(frozen=True)
class Sight:
    """The projects that a person may see, by region and name: one query a request."""

    projects: tuple[Seen, ...]

    @cached_property
    def holders(self) -> tuple[str, ...]:
        """Values of the "holder" posting: published projects, and published regions for their public images."""
        projects = {holder_of_project(one.pk)[1] for one in self.projects if one.published_at}
        regions = {holder_of_region(one.region_id)[1] for one in self.projects if one.region_published_at}
        return tuple(sorted(projects | regions))

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What a remembered answer depends on: who is seen, and under which names."""
        return tuple((one.pk, one.name, one.region) for one in self.projects), self.holders

    @property
    def may_operate(self) -> bool:
        """In one of the projects at least."""
        return any(one.operable for one in self.projects)

    def images(self, snapshot: Snapshot) -> BitMap:
        """All images that may be seen. Shared between requests: do not change it."""
        return snapshot.remembered.get(("sight", self.holders), lambda: snapshot.union("holder", self.holders))


def sight_of(user) -> Sight:
    if not getattr(user, "is_active", False):
        return Sight(())
    return Sight(tuple(Seen(*row) for row in fetch(_seen, (), given={PERSON: user.pk}, planned=True)))


def _seen() -> QuerySet[Project]:
    """Kept as SQL for all; so what they may see must be decided in it, never by what Python knows of them."""
    person = get_user_model()(pk=PERSON, is_active=True)
    operable = ExpressionWrapper(granted(PERSON, *ROLES[Ability.OPERATE]), BooleanField())
    seen = Project.objects.visible_to(person).annotate(operable=operable)
    return seen.order_by("region__name", "name", "pk").values(*_COLUMNS)


def visible(user, snapshot: Snapshot) -> BitMap:
    """The images that this person may see."""
    return sight_of(user).images(snapshot)
