"""How many images projects have and may have, now and over time, for those who see the projects."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from images.access.permissions import visible_projects
from images.clouds.models import Project
from images.core.requests import Person
from images.quotas.enums import QuotaLevel
from images.quotas.models import QuotaSample, QuotaState
from images.quotas.rules.forecast import Forecast

#: Days that a row of the overview draws, and that the total is drawn from.
TREND: Final = 90
#: Points of a chart; more would be closer than a pixel on a phone.
_POINTS: Final = 92


@dataclass(frozen=True, slots=True)
class ProjectQuota:
    """One project and its quota of images. `state` is None before it was asked for the first time."""

    project: Project
    state: QuotaState | None

    @property
    def known(self) -> bool:
        """Heard at least once; `state.error` says whether that still holds."""
        return self.state is not None and self.state.used is not None

    @property
    def used(self) -> int | None:
        return self.state.used if self.state else None

    @property
    def limit(self) -> int | None:
        return self.state.limit if self.state else None

    @property
    def left(self) -> int | None:
        return self.state.left if self.state else None

    @property
    def percent(self) -> float | None:
        return self.state.percent if self.state else None

    @property
    def level(self) -> QuotaLevel:
        return QuotaLevel(self.state.level) if self.state else QuotaLevel.CALM

    @property
    def trend(self) -> list[int]:
        return self.state.trend if self.state else []

    @property
    def forecast(self) -> Forecast:
        return Forecast.of(self.state.outlook if self.state else {})


def project_quotas(user: Person) -> list[ProjectQuota]:
    """Every managed project that this person sees, by region and name. One query, however many there are."""
    projects = visible_projects(user).select_related("region", "account", "quota_state")
    return [ProjectQuota(project, getattr(project, "quota_state", None)) for project in projects]


def pools(lines: Iterable[ProjectQuota]) -> list[list[ProjectQuota]]:
    """Those that are known, put together where one quota serves several projects.

    IMS keeps one for a tenant in a region (5.5.1), and a tenant may have several projects there, each of which then
    tells the same: what would be counted twice is recognised by that, since nothing else says so.
    """
    shared: dict[tuple[object, ...], list[ProjectQuota]] = {}
    for line in lines:
        if not line.known or line.state is None:
            continue
        project, state = line.project, line.state
        alone = project.is_native or state.limit is None
        tenant = project.pk if alone else (project.account.auth_url, project.account.domain, project.region_id)
        shared.setdefault((tenant, state.used, state.limit, state.maximum), []).append(line)
    return list(shared.values())


def project_quota(project: Project) -> ProjectQuota:
    return ProjectQuota(project, QuotaState.objects.filter(project=project).first())


# --- over time --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Point:
    """The last that was known at `at`; None: nothing was sampled by then."""

    at: datetime
    used: int | None
    limit: int | None


def daily(project: int, since: datetime) -> list[tuple[date, int]]:
    """The last number of each day (UTC) on which one was sampled, the oldest first."""
    rows = QuotaSample.objects.filter(project=project, at__gte=since).order_by("at").values_list("at", "used")
    return list({at.astimezone(UTC).date(): used for at, used in rows}.items())


def without_gaps(days: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    """The same without gaps: a day without a number has that of the day before."""
    if not days:
        return []
    known, value, first = dict(days), days[0][1], days[0][0]
    every = []
    for number in range((days[-1][0] - first).days + 1):
        value = known.get(first + timedelta(days=number), value)
        every.append((first + timedelta(days=number), value))
    return every


def history(project: Project, since: datetime | None, until: datetime) -> list[Point]:
    """The project's history at even distances, from `since` (None: the first sample) to `until`."""
    rows = list(
        QuotaSample.objects.filter(project=project).order_by("at").values_list("at", "used", "limit")
        if since is None
        else _since(project, since)
    )
    if not rows:
        return []
    begin = max(rows[0][0], since) if since else rows[0][0]
    points = max(2, min(_POINTS, int((until - begin) / timedelta(hours=1)) + 1))
    step = (until - begin) / (points - 1)
    return list(_held(rows, [begin + step * number for number in range(points)]))


def _since(project: Project, since: datetime) -> list[tuple[datetime, int, int | None]]:
    """With the sample before, which holds at the beginning."""
    samples = QuotaSample.objects.filter(project=project).values_list("at", "used", "limit")
    before = samples.filter(at__lt=since).order_by("-at").first()
    return [*([before] if before else []), *samples.filter(at__gte=since).order_by("at")]


def _held(rows: Sequence[tuple[datetime, int, int | None]], moments: Sequence[datetime]) -> Iterator[Point]:
    place, used, limit = 0, None, None
    for moment in moments:
        while place < len(rows) and rows[place][0] <= moment:
            _at, used, limit = rows[place]
            place += 1
        yield Point(moment, used, limit)


def first_sample(project: Project) -> datetime | None:
    return QuotaSample.objects.filter(project=project).order_by("at").values_list("at", flat=True).first()


def total(lines: Sequence[ProjectQuota], today: date) -> list[tuple[date, int]]:
    """What all of them used together, day by day. A project that came later counts with its first number before, one
    that no longer answers with its last: the sum moves only by what really moved."""
    courses = []
    for line in lines:
        if line.state and line.state.at and line.trend:
            silent = (today - line.state.at.astimezone(UTC).date()).days
            courses.append([*line.trend, *[line.trend[-1]] * max(0, silent)][-TREND:])
    length = max(map(len, courses), default=0)
    even = [[values[0]] * (length - len(values)) + values for values in courses]
    return [
        (today - timedelta(days=length - 1 - place), sum(values[place] for values in even)) for place in range(length)
    ]


def samples(projects: Sequence[int]) -> Iterator[tuple[str, str, str, datetime, int, int | None]]:
    """All that is kept of these projects: region, project, project ID, moment, used, limit."""
    rows = QuotaSample.objects.filter(project__in=projects).order_by("project", "at")
    names = ("project__region__name", "project__name", "project__project_id", "at", "used", "limit")
    return rows.values_list(*names).iterator(chunk_size=2000)
