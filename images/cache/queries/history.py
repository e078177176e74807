"""What synchronisations saw happen to an image. Outlives the image."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Q, QuerySet

from images.access.permissions import visible_projects
from images.cache.models.image import ImageChange
from images.core.requests import Person

#: Changes shown on the page; older ones are counted.
SHOWN = 200


@dataclass(frozen=True)
class Observation:
    """What one synchronisation saw of one image in one project ("" for a region's public images)."""

    observed_at: datetime
    project_name: str
    image_name: str
    changes: Sequence[ImageChange]


@dataclass(frozen=True)
class History:
    """Newest first; `older` counts the changes that are left out."""

    observations: Sequence[Observation]
    older: int


def history_of(user: Person, region: str, image_id: str) -> History:
    """Of an image in a region, as far as this person may see the projects in which it was observed."""
    rows = _visible_changes(user, region).filter(image_id=image_id)
    changes = list(rows.order_by("-observed_at", "project_name", "id")[: SHOWN + 1])
    older = 0
    if len(changes) > SHOWN:
        changes = changes[:SHOWN]
        older = rows.count() - SHOWN
    grouped = groupby(changes, key=lambda change: (change.observed_at, change.project_name))
    observations = []
    for (observed_at, project_name), group in grouped:
        members = list(group)
        observations.append(Observation(observed_at, project_name, members[0].image_name, members))
    return History(observations, older)


def _visible_changes(user: Person, region: str) -> QuerySet[ImageChange]:
    projects = visible_projects(user).filter(region__name=region)
    if not projects.exists():
        return ImageChange.objects.none()
    seen = Q(project_id_at_cloud="") | Q(project_id_at_cloud__in=projects.values("project_id"))
    return ImageChange.objects.filter(seen, region_name=region)
