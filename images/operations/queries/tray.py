"""What the tray in the header follows: a person's own operations, those under way and those that ended just now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django_stubs_ext import WithAnnotations

from images.access.permissions import visible_projects
from images.core import clock
from images.operations.enums import OPEN_ITEMS
from images.operations.models.operation import Operation, OperationItem
from images.operations.queries.operations import TONES
from images.operations.queries.visible_parts import visible_operations

#: What has ended stays this long: long enough to come back from a coffee and read it.
KEPT = timedelta(minutes=10)
#: More than these do not fit; the page of operations shows them all.
AT_MOST = 20


@dataclass(frozen=True, slots=True)
class TrayLine:
    """An operation in the tray. `percent` is 0 to 100."""

    operation: Operation
    tone: str
    percent: int


@dataclass(frozen=True, slots=True)
class Tray:
    """`outcomes`: those that were under way in what the reader has seen, and have ended since."""

    lines: Sequence[TrayLine]
    seen: str
    outcomes: Sequence[Operation]

    @property
    def unfinished(self) -> int:
        return sum(not line.operation.is_final for line in self.lines)

    @property
    def percent(self) -> int:
        """Of all that is under way together, each operation counting the same."""
        moving = [line.percent for line in self.lines if not line.operation.is_final]
        return sum(moving) // len(moving) if moving else 0


class _JobPercent(TypedDict):
    job_percent: int | None


def tray_of(user: User, seen: str) -> Tray:
    """In one query, on the index of (actor, finished_at), if none is over several projects. `seen`: the `seen` of the
    tray that the reader looks at."""
    rows = list(_rows(user))
    of_jobs = {one.pk: one.job_percent for one in rows}
    lines = [TrayLine(one, TONES[one.state], _percent(one, of_jobs[one.pk])) for one in visible_operations(user, rows)]
    moving = {part.partition(":")[0] for part in seen.split("-") if part.endswith("m")}
    outcomes = [line.operation for line in lines if line.operation.is_final and str(line.operation.pk) in moving]
    return Tray(lines, "-".join(_mark(line.operation) for line in lines), outcomes)


def _rows(user: User) -> "Iterable[WithAnnotations[Operation, _JobPercent]]":  # at run time it takes one argument
    # Without visible_to: only those over several projects are asked for the projects of their items
    # of its job, or of the file that travels
    moving = OperationItem.objects.filter(operation=OuterRef("pk"), state__in=OPEN_ITEMS)
    following = moving.annotate(part=Coalesce("job__percent", "percent")).order_by("position")
    recent = Q(finished_at=None) | Q(finished_at__gt=clock.now() - KEPT)
    projects = visible_projects(user)
    theirs = OperationItem.objects.filter(operation=OuterRef("pk"), project__in=projects)
    seen = Q(Exists(theirs), project=None) | Q(project__in=projects)
    rows: QuerySet[Operation] = Operation.objects.filter(recent, seen, actor=user).order_by("-pk")
    return rows.annotate(job_percent=Subquery(following.values("part")[:1]))[:AT_MOST]


def _percent(one: Operation, of_job: int | None) -> int:
    """Items that have ended; of a single item the percent of its job or its file."""
    if one.total == 1 and not one.ended:
        return of_job or 0
    return 100 * one.ended // one.total if one.total else 0


def _mark(one: Operation) -> str:
    return f"{one.pk}:{one.version}{'' if one.is_final else 'm'}"
