"""How the numbers of tags went in the last weeks, from what was noted day by day (tags/services/trends.py).

The index knows the number of today, rows tell what changed on which day: so the days before follow backwards, and what
never changed needs no row.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import F, Q, Sum

from images.cache.queries.visibility import VisibleProjects
from images.tags.models.policy import TagTrend

#: Days of a trend, today among them.
DAYS: Final = 30
#: "+12 in 7 days".
RECENT: Final = 7


@dataclass(frozen=True, slots=True)
class Trend:
    """`counts` of DAYS days, the oldest first; `recent`: by how much it changed in RECENT days."""

    counts: tuple[int, ...]
    recent: int = 0
    #: Began within these days, or ended: nothing has it any more.
    new: bool = False
    gone: bool = False

    @property
    def moved(self) -> bool:
        return len(set(self.counts)) > 1


#: Of what nobody asked the trend of.
UNKNOWN: Final = Trend(())


def of_keys(scope: VisibleProjects, now: Mapping[str, int], today: date) -> dict[str, Trend]:
    """Key → its trend: of those in use (`now`: their numbers), and of those that no image has any more. One query."""
    return _trends(scope, Q(total=True), "key", now, today)


def of_values(scope: VisibleProjects, key: str, now: Mapping[str, int], today: date) -> dict[str, Trend]:
    """The same for the values of a key."""
    return _trends(scope, Q(total=False, key=key), "value", now, today)


def _trends(scope: VisibleProjects, which: Q, text: str, now: Mapping[str, int], today: date) -> dict[str, Trend]:
    begin = today - timedelta(days=DAYS - 1)
    rows = TagTrend.objects.filter(which, holder__in=scope.holders, day__gt=begin, day__lte=today)
    changed = rows.exclude(before=F("after")).order_by().values_list(text, "day")
    deltas: dict[str, dict[date, int]] = defaultdict(dict)
    for name, day, delta in changed.annotate(delta=Sum(F("after") - F("before"))):
        deltas[name][day] = delta
    days = [today - timedelta(days=past) for past in range(DAYS)]
    return {
        name: _trend(now.get(name, 0), deltas.get(name, {}), days)
        for name in {*now, *(name for name, of_days in deltas.items() if any(of_days.values()))}
    }


def _trend(now: int, deltas: Mapping[date, int], days: list[date]) -> Trend:
    """`days` from today backwards."""
    if not deltas:
        return Trend((now,) * DAYS)
    counts = [now]
    for day in days[:-1]:
        counts.append(max(0, counts[-1] - deltas.get(day, 0)))
    counts.reverse()
    return Trend(tuple(counts), now - counts[-1 - RECENT], new=not counts[0] and bool(now), gone=not now)
