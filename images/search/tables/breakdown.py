"""Images in parts, as bars that lead into the list: counts of the facet index, no image is read for them."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from images.cache.tables.labels import label_of
from images.core.charts import BarChart, bar_chart
from images.core.url_cache import cached_url
from images.search.filters import ImageFilter, Range, parse, text
from images.search.queries.facets import BY_FACET, Facet, count
from images.search.queries.matching import Matching

#: Bars of a chart; the rest is in the list's own facets.
BARS = 5
#: Ages in days at which images are told apart.
_AGES = (30, 90, 365, 730)
_SIZES = ("1GB", "10GB", "50GB", "200GB")


def list_of(query: str) -> str:
    """The list for what was asked in words."""
    return f"{cached_url('images:list')}?{urlencode({'q': query})}"


def of_facet(matching: Matching, facet: Facet | str, *, bars: int = BARS, within: str = "") -> BarChart:
    """By the values of a field, most frequent first. `within`: of a tag key."""
    facet = BY_FACET[facet] if isinstance(facet, str) else facet
    values = count(facet, matching, bars, within).values
    if facet.name == "tag":
        shown = [value.value.removeprefix(f"{within}=") for value in values]
        tokens = [text.tag(*value.value.split("=", 1)) if within else text.tag(value.value, "") for value in values]
    else:
        shown = [label_of(facet.name, value.value) for value in values]
        tokens = [f"{facet.name}:{text.value(value.value)}" for value in values]
    return bar_chart(
        [(label, value.count) for label, value in zip(shown, values, strict=True)],
        urls=[_within(matching.filter, token) for token in tokens],
    )


def of_age(matching: Matching) -> BarChart:
    """By the days of the reader: with dates in the questions, the lists behind them count the same, and what was found
    is remembered as long as the index stays as it is."""
    today = timezone.localdate(timezone=matching.zone)
    days = [(today - timedelta(days=age)).isoformat() for age in _AGES]
    queries = [f"created:>={days[0]}"]
    queries += [f"created:>={lower} created:<{upper}" for upper, lower in pairwise(days)]
    queries.append(f"created:<{days[-1]}")
    below = [_below(matching, f"created:<{day}") for day in days]
    older = [len(matching.images), *below, 0]
    return _parts(matching, _age_words(), queries, [before - after for before, after in pairwise(older)])


def of_size(matching: Matching) -> BarChart:
    below = [_below(matching, f"size:<{size}") for size in _SIZES]
    queries = [f"size:<{_SIZES[0]}"]
    queries += [f"size:>={lower} size:<{upper}" for lower, upper in pairwise(_SIZES)]
    queries.append(f"size:>={_SIZES[-1]}")
    smaller = [0, *below, len(matching.images)]
    labels = [_("below %(size)s") % {"size": _spaced(_SIZES[0])}]
    labels += [f"{_spaced(lower)} – {_spaced(upper)}" for lower, upper in pairwise(_SIZES)]
    labels.append(_("from %(size)s on") % {"size": _spaced(_SIZES[-1])})
    return _parts(matching, labels, queries, [after - before for before, after in pairwise(smaller)])


def _parts(matching: Matching, labels: Sequence[str], queries: Sequence[str], counts: Sequence[int]) -> BarChart:
    urls = [_within(matching.filter, query) if number else "" for query, number in zip(queries, counts, strict=True)]
    return bar_chart(list(zip(labels, counts, strict=True)), urls=urls)


def _within(base: ImageFilter, query: str) -> str:
    return list_of(f"{base.text} {query}" if base else query)


def _below(matching: Matching, query: str) -> int:
    (condition,) = parse(query).filter
    if not isinstance(condition, Range):
        raise TypeError(f"{condition} is no range")
    return matching.asked(condition).intersection_cardinality(matching.images)


def _spaced(size: str) -> str:
    return size.replace("GB", " GB")


def _age_words() -> Sequence[str]:
    return (_("Last 30 days"), _("1 to 3 months"), _("3 to 12 months"), _("1 to 2 years"), _("Older"))
