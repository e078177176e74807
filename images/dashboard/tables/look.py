"""Who looks at the first page, and what a tile holds for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.contrib.auth.models import User

from images.cache.queries import index
from images.cache.queries.visibility import visible_projects_of
from images.core.charts import BarChart
from images.search.filters import ImageFilter
from images.search.queries.matching import Matching

#: Lines that fit into a tile.
LINES = 4


@dataclass
class Reader:
    """One reader at one moment. What several tiles need is asked for once, by the first that does."""

    user: User
    now: datetime

    @cached_property
    def matching(self) -> Matching:
        """All that this person may see."""
        return Matching(ImageFilter(), index.current(), visible_projects_of(self.user), self.now)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: what it is, where it leads, how it stands in a word, and what else there is to say in small."""

    label: str
    url: str = ""
    word: str = ""
    tone: str = ""
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One of the charts of a tile."""

    title: str
    chart: BarChart


@dataclass(frozen=True, slots=True)
class Content:
    """`lines` or `charts`; without any `nothing` says that nothing needs doing. `figure` is the count beside the title,
    "" when nothing is to be counted; `more` and `more_url` lead to the page that has all."""

    lines: Sequence[Line] = ()
    charts: Sequence[Chart] = ()
    figure: str = ""
    tone: str = ""
    nothing: str = ""
    more: str = ""
    more_url: str = ""
    foot: Sequence[Line] = field(default_factory=tuple)
