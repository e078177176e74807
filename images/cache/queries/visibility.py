"""What a person may see, as a set of images: everything else starts from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from pyroaring import BitMap

from images.access.models import granted
from images.access.permissions import ROLES, Ability, visible_projects
from images.cache.facets import holder_of_project, holder_of_region
from images.cache.queries.index import Snapshot
from images.clouds.models import Project
from images.core.requests import Person
from images.core.statements import PERSON, fetch


class VisibleProject(NamedTuple):
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
class VisibleProjects:
    """The projects that a person may see, by region and name: one query a request."""

    projects: tuple[VisibleProject, ...]

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
        return snapshot.remembered.get(("scope", self.holders), lambda: snapshot.union("holder", self.holders))


def visible_projects_of(user: Person) -> VisibleProjects:
    if not user.is_active:
        return VisibleProjects(())
    return VisibleProjects(
        tuple(VisibleProject(*row) for row in fetch(_seen, (), given={PERSON: user.pk}, planned=True))
    )


def _seen() -> QuerySet[Project, Mapping[str, object]]:
    """Kept as SQL for all; so what they may see must be decided in it, never by what Python knows of them."""
    person = get_user_model()(pk=PERSON, is_active=True)
    operable = ExpressionWrapper(granted(PERSON, *ROLES[Ability.OPERATE]), BooleanField())
    seen = visible_projects(person).annotate(operable=operable)
    rows: QuerySet[Project, Mapping[str, object]] = seen.order_by("region__name", "name", "pk").values(*_COLUMNS)
    return rows


def visible_images(user: Person, snapshot: Snapshot) -> BitMap:
    """The images that this person may see."""
    return visible_projects_of(user).images(snapshot)
