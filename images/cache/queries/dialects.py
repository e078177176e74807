"""The dialect in which the service of a project, or of a region, is spoken to."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from images.cache.rules.dialects import Dialect, GlanceDialect, Schema, of_kind
from images.clouds.enums import ProjectKind
from images.clouds.models import Project, Region, ServiceDescription


def dialect_of(project: Project | None) -> Dialect:
    """Of a project; None: of what is no project's, and so is changed by nobody. One query where the service describes
    itself, as a Glance does."""
    return of_kind(ProjectKind.IMS) if project is None else dialects_of([project])[project.pk]


def dialects_of(projects: Iterable[Project]) -> Mapping[int, Dialect]:
    """Project.id → its dialect: at most one query."""
    known = list(projects)
    regions = {one.region_id for one in known if one.kind == ProjectKind.OPENSTACK}
    rows = ServiceDescription.objects.filter(region__in=regions).values_list("region_id", "image_schema")
    described = {region: _described(text) for region, text in rows} if regions else {}
    return {
        one.pk: described.get(one.region_id, of_kind(one.kind)) if one.region_id in regions else of_kind(one.kind)
        for one in known
    }


@lru_cache(maxsize=64)
def _described(image_schema: str) -> Dialect:
    """Some 10 kB, the same for all projects of a region."""
    return GlanceDialect(Schema.read(msgspec.json.decode(image_schema)))


def dialect_of_holder(holder: Project | Region) -> Dialect:
    """How its images are read. One query for a region: that of its projects, which have one service."""
    if isinstance(holder, Project):
        return of_kind(holder.kind)
    kinds = set(holder.projects.order_by().values_list("kind", flat=True).distinct())
    return of_kind(ProjectKind.OPENSTACK if ProjectKind.OPENSTACK in kinds else ProjectKind.IMS)
