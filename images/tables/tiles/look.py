"""Who looks at the first page, and what a tile holds for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from images.charts import BarChart
from images.filters import ImageFilter
from images.selectors import index
from images.selectors.matching import Matching
from images.selectors.visibility import sight_of

#: Lines that fit into a tile.
LINES = 4


@dataclass
class Look:
    """One reader at one moment. What several tiles need is asked for once, by the first that does."""

    user: object
    now: datetime

    @cached_property
    def matching(self) -> Matching:
        """All that this person may see."""
        return Matching(ImageFilter(), index.current(), sight_of(self.user), self.now)


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
