"""Questions that no posting answers (sizes, times, text): one SQL query each, remembered with the index version."""

import operator
import re
from datetime import datetime, tzinfo

from django.db import connection
from django.db.models import Q
from pyroaring import BitMap

from images.cache.models.image import Image
from images.cache.queries.index import Snapshot
from images.core.spelling import spellings
from images.search.filters import Limit, Range, Text
from images.search.filters.fields import BY_NAME
from images.search.filters.units import Age, Moment

_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
#: A whole UUID with hyphens.
_ID_LENGTH = 36


def ids_in(condition: Range, snapshot: Snapshot, now: datetime, zone: tzinfo) -> BitMap:
    """Images whose number or time is within one of the limits; those without any are in no range."""
    field = BY_NAME[condition.field]
    if field.posting:
        return _from_postings(condition, snapshot)
    question = Q()
    for limit in condition.limits:
        question |= _question(field.column, limit, now, zone)
    return snapshot.remembered.get(("range", str(question)), lambda: _ids(question))


def ids_with(condition: Text, snapshot: Snapshot) -> BitMap:
    """Images whose column equals one of the values, in the manner of each column (conditions.Text)."""
    column = BY_NAME[condition.field].column
    question = Q()
    for value in condition.values:
        question |= _equal(column, value)
    return snapshot.remembered.get(("text", str(question)), lambda: _ids(question))


def _from_postings(condition: Range, snapshot: Snapshot) -> BitMap:
    """min_disk and min_ram have few values, each with its posting: no query at all."""
    field = BY_NAME[condition.field].posting
    wanted = [
        value for value in snapshot.values(field) if any(_within(int(value), limit) for limit in condition.limits)
    ]
    return snapshot.union(field, wanted)


def _within(number: int, limit: Limit) -> bool:
    if not isinstance(limit.bound, int):
        raise TypeError(f"{limit} does not limit a number")
    if limit.operator == "..":
        return isinstance(limit.upper, int) and limit.bound <= number <= limit.upper
    return bool(_COMPARE[limit.operator](number, limit.bound))


def _question(column: str, limit: Limit, now: datetime, zone: tzinfo) -> Q:
    if limit.operator == "..":
        low, _after = _period(limit.bound, now, zone)
        _from, high = _period(limit.upper if limit.upper is not None else limit.bound, now, zone)
        return Q(**{f"{column}__gte": low, f"{column}__lt": high})
    if isinstance(limit.bound, Age):
        # younger than 30 days means later than the day it was 30 days ago
        lookup = {"<": "gt", "<=": "gte", ">": "lt", ">=": "lte", "=": "exact"}[limit.operator]
        return Q(**{f"{column}__{lookup}": limit.bound.instant(now)})
    low, high = _period(limit.bound, now, zone)
    lookups = {
        "<": {"lt": low},
        "<=": {"lt": high},
        ">": {"gte": high},
        ">=": {"gte": low},
        "=": {"gte": low, "lt": high},
    }[limit.operator]
    return Q(**{f"{column}__{lookup}": value for lookup, value in lookups.items()})


def _period(bound: int | Age | Moment, now: datetime, zone: tzinfo) -> tuple[int | datetime, int | datetime]:
    """From (included) and to (excluded) of what was written."""
    if isinstance(bound, int):
        return bound, bound + 1
    if isinstance(bound, Age):
        return bound.instant(now), bound.instant(now)
    return bound.period(zone)


def _equal(column: str, value: str) -> Q:
    if "*" in value:
        patterns = (re.escape(one).replace(r"\*", ".*") for one in spellings(value))
        return Q(**{f"{column}__iregex": f"^({'|'.join(patterns)})$"})
    if column == "image_id" and len(value) < _ID_LENGTH:
        return Q(image_id__startswith=value)
    return Q(**{column: value}) if value.isascii() else Q(**{f"{column}__in": spellings(value)})


def _ids(question: Q) -> BitMap:
    """Straight from the driver: through the ORM's rows it takes three times as long."""
    sql, parameters = Image.objects.filter(question).order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return BitMap([row[0] for row in cursor.fetchall()])
