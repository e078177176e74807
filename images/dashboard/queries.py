"""What the first page counts of operations and of what the clouds changed; each answer takes one or two queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.contrib.auth.models import User
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from images.cache.enums import ChangeKind
from images.cache.models.image import ImageChange
from images.cache.queries.visibility import VisibleProject
from images.core import clock
from images.operations.enums import OperationState
from images.operations.models.operation import Operation
from images.operations.queries.request import OperationQuery
from images.operations.queries.visible_parts import visible_operations

#: Beyond it "20+" is said; a tile has room for a few, the page of operations for all.
COUNTED = 20
#: A failure of last month is history.
LATELY = timedelta(days=7)
_WENT_WRONG = (OperationState.FAILED, OperationState.PARTLY, OperationState.UNKNOWN)
#: Rows of changes that are looked at: a synchronisation may have written thousands.
_LOOKED_AT = 400


def under_way(user: User) -> Sequence[Operation]:
    """Of this person and of those in a team with them, newest first; at most COUNTED."""
    return visible_operations(user, _ours(user, OperationQuery(whose="team", state="open")).order_by("-pk")[:COUNTED])


def went_wrong(user: User) -> Sequence[Operation]:
    """Of the same people, of late, and not tried again since; at most COUNTED."""
    again = Operation.objects.filter(retry_of=OuterRef("pk")).exclude(state=OperationState.CANCELLED)
    wrong = Q(state__in=_WENT_WRONG, finished_at__gt=clock.now() - LATELY)
    return visible_operations(
        user, _ours(user, OperationQuery(whose="team")).filter(wrong, ~Exists(again)).order_by("-pk")[:COUNTED]
    )


def lately_done(user: User, most: int) -> Sequence[Operation]:
    """What anybody did in projects that this person sees, newest first."""
    return visible_operations(
        user, _ours(user, OperationQuery()).filter(state=OperationState.DONE).order_by("-pk")[:most]
    )


def oldest_waiting() -> datetime | None:
    """Since when somebody's operation waits for a carrier; None: nothing waits. For the whole console."""
    waiting = Operation.objects.filter(state=OperationState.WAITING).order_by()
    at: datetime | None = waiting.aggregate(at=Min(Coalesce("released_at", "created_at")))["at"]
    return at


def _ours(user: User, query: OperationQuery) -> QuerySet[Operation]:
    return query.of_these(Operation.objects.visible_to(user), user).select_related("project__region")


@dataclass(frozen=True, slots=True)
class RecentChange:
    """What one synchronisation saw of one holder: so many images appeared, changed or went; `project` "" for the public
    images of a region. `image_id` and `name` are of the first of them."""

    at: datetime
    kind: ChangeKind
    region: str
    project: str
    count: int
    image_id: str
    name: str


def recent_changes(projects: Sequence[VisibleProject], most: int) -> list[RecentChange]:
    """The newest changes at the clouds, within these projects. One query, whatever their number."""
    if not projects:
        return []
    regions = {project.region for project in projects}
    seen = {(project.region, project.project_id) for project in projects} | {(region, "") for region in regions}
    rows = ImageChange.objects.filter(region_name__in=regions, project_id_at_cloud__in={key for _region, key in seen})
    # a project's ID may be in two regions of which this person sees one: decided by the pair
    shown = [row for row in rows.order_by("-observed_at", "-id")[:_LOOKED_AT]
             if (row.region_name, row.project_id_at_cloud) in seen]  # fmt: skip
    groups = groupby(shown, key=lambda row: (row.observed_at, row.region_name, row.project_name, row.kind))
    changes: list[RecentChange] = []
    for (at, region, project, kind), members in groups:
        images = {row.image_id: row.image_name for row in members}
        first, name = next(iter(images.items()))
        changes.append(RecentChange(at, ChangeKind(kind), region, project, len(images), first, name))
        if len(changes) == most:
            break
    return changes
