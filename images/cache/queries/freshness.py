"""How fresh what we show is, and what could not be reached: the list says it above its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from images.cache.queries.visibility import VisibleProject, VisibleProjects


@dataclass(frozen=True)
class Unreachable:
    """A project that could not be synchronised: since when, in which words, and how old what we show of it is."""

    name: str
    region: str
    since: datetime | None
    reason: str
    synced_at: datetime | None


@dataclass(frozen=True)
class Freshness:
    """`oldest` and `newest` are the starts of the last good synchronisations among the projects."""

    projects: int
    oldest: datetime | None
    newest: datetime | None
    unreachable: Sequence[Unreachable]
    #: Names of projects whose first synchronisation has not ended, so that nothing of them is shown yet.
    waiting: Sequence[str]


def freshness(scope: VisibleProjects) -> Freshness:
    """From rows that are loaded anyway; no query."""
    projects = scope.projects
    times = sorted(one.synced_at for one in projects if one.synced_at and one.published_at)
    return Freshness(
        projects=len(projects),
        oldest=times[0] if times else None,
        newest=times[-1] if times else None,
        unreachable=[
            Unreachable(one.name, one.region, _since(one), one.error, one.synced_at) for one in projects if one.error
        ],
        waiting=[one.name for one in projects if not one.published_at and not one.error],
    )


def _since(one: VisibleProject) -> datetime | None:
    """The last time the service answered at all, if it has ever; else when we first noticed."""
    return one.contact_at or one.error_at
