"""How often tags are used, day by day: what the catalogue's trends are drawn from (models.TagTrend).

Run as often as one likes: a day has one row for each number that changed on it, and none for what did not. A holder
that is counted for the first time begins with what it has, which is no change.
"""

from collections import defaultdict
from datetime import date, timedelta
from itertools import groupby
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet

from images.cache.facets import holder_of_project, holder_of_region
from images.cache.models.image import ImageTag
from images.clouds.models import Project, Region
from images.core import clock
from images.tags.models.policy import TagTrend

#: A key with more values in one project names single images (build numbers, dates): only its total is kept.
MOST_VALUES: Final = 1000
#: Older changes are put together by week, and later by month.
BY_WEEK_AFTER: Final = timedelta(days=60)
BY_MONTH_AFTER: Final = timedelta(days=400)
_AT_ONCE: Final = 500


class CountedTag(NamedTuple):
    """What is counted in one holder: a value of a key, or (`total`) the key whatever its value."""

    holder: str
    key: str
    value: str
    total: bool


class LastSample(NamedTuple):
    """What is known of a number: the newest row's day, and what stands in it."""

    day: date
    before: int
    after: int


def sample(today: date | None = None) -> int:
    """Counts all tags and notes what changed since the last day that was counted; returns how many rows were written.
    One pass over the tags in the database, some 0.5 s at 100,000 images; for a worker."""
    today = today or clock.now().date()
    published = _published()
    counts, uncounted = _counted(published)
    last = _last(today)
    known = {what.holder for what in last}
    first_today = not TagTrend.objects.filter(day=today).exists()
    rows = [row for row in (_row(what, counts.get(what, 0), last.get(what), known, today)
                            for what in {*counts, *last} if what.holder in published
                            and (what.total or (what.holder, what.key) not in uncounted)) if row]  # fmt: skip
    with transaction.atomic():
        TagTrend.objects.bulk_create(
            rows,
            batch_size=_AT_ONCE,
            update_conflicts=True,
            unique_fields=["holder", "key", "value", "total", "day"],
            update_fields=["after"],
        )
    if first_today:
        _forget_removed()
        thin(today)
    return len(rows)


def _published() -> frozenset[str]:
    projects = Project.objects.exclude(published_at=None).values_list("pk", flat=True)
    regions = Region.objects.exclude(published_at=None).values_list("pk", flat=True)
    return frozenset({*(holder_of_project(pk)[1] for pk in projects), *(holder_of_region(pk)[1] for pk in regions)})


def _counted(published: frozenset[str]) -> tuple[dict[CountedTag, int], set[tuple[str, str]]]:
    """The numbers, and (holder, key) of those with too many values to count each."""
    found = ImageTag.objects.order_by().values_list("image__project", "image__region", "key", "value")
    values: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for project, region, key, value, number in found.annotate(number=Count("pk")).iterator(chunk_size=5000):
        holder = (holder_of_project(project) if project else holder_of_region(region))[1]
        if holder in published:
            values[holder, key][value] = number
    counts = {
        CountedTag(holder, key, "", total=True): sum(numbers.values()) for (holder, key), numbers in values.items()
    }
    uncounted = {place for place, numbers in values.items() if len(numbers) > MOST_VALUES}
    for (holder, key), numbers in values.items():
        if (holder, key) not in uncounted:
            counts |= {CountedTag(holder, key, value, total=False): number for value, number in numbers.items()}
    return counts, uncounted


def _last(today: date) -> dict[CountedTag, LastSample]:
    """The newest row of each number."""
    rows: QuerySet[TagTrend] = TagTrend.objects.filter(day__lte=today).order_by("day")
    columns = rows.values_list("holder", "key", "value", "total", "day", "before", "after")
    return {
        CountedTag(holder, key, value, total): LastSample(day, before, after)
        for holder, key, value, total, day, before, after in columns.iterator(chunk_size=5000)
    }


def _row(what: CountedTag, number: int, last: LastSample | None, known: set[str], today: date) -> TagTrend | None:
    """None: nothing changed."""
    if last is not None and last.after == number:
        return None
    if last is None:
        before = 0 if what.holder in known else number
    else:
        before = last.before if last.day == today else last.after
    holder, key, value, total = what
    return TagTrend(holder=holder, key=key, value=value, total=total, day=today, before=before, after=number)


def _forget_removed() -> None:
    there = {holder_of_project(pk)[1] for pk in Project.objects.values_list("pk", flat=True)}
    there |= {holder_of_region(pk)[1] for pk in Region.objects.values_list("pk", flat=True)}
    gone = set(TagTrend.objects.order_by().values_list("holder", flat=True).distinct()) - there
    for holder in gone:
        TagTrend.objects.filter(holder=holder).delete()


def thin(today: date) -> int:
    """Puts old changes of one number together, the newest of a week or month for all of it; returns how many rows went.
    The numbers before and after stay true."""
    old: QuerySet[TagTrend] = TagTrend.objects.filter(day__lt=today - BY_WEEK_AFTER)
    ordered = old.order_by("holder", "key", "value", "total", "day")
    going: list[int] = []
    for _span, several in groupby(ordered.iterator(chunk_size=5000), lambda row: _span_of(row, today)):
        first, *others = several
        if others:
            newest = others[-1]
            TagTrend.objects.filter(pk=newest.pk).update(before=first.before)
            going += [row.pk for row in (first, *others[:-1])]
    for start in range(0, len(going), _AT_ONCE):
        TagTrend.objects.filter(pk__in=going[start : start + _AT_ONCE]).delete()
    return len(going)


def _span_of(row: TagTrend, today: date) -> tuple[object, ...]:
    if row.day < today - BY_MONTH_AFTER:
        span: tuple[object, ...] = (row.day.year, row.day.month, "month")
    else:
        span = (*row.day.isocalendar()[:2], "week")
    return row.holder, row.key, row.value, row.total, span
