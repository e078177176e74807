"""Charts as the data of an SVG: paths, bars, ticks, and the words for those who do not see them.

Pure: numbers in, text out, no database and no request. The components (templates/components/sparkline.html,
line_chart.html, bar_chart.html) draw it; colours and line widths are classes in static/css/charts.css, so that both
themes and the Content-Security-Policy are kept. Coordinates are texts with a full stop, whatever the language.

    sparkline([90, 95, 102])                                    # a line as high as a row of a table
    line_chart([Series("broken", [3, 5, 2])], ["Mon", "Tue", "Wed"])
    bar_chart([("build", 120), ("security", 40)])
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from django.utils.translation import gettext as _

from images.core import humanize

#: Room for the labels of a chart's axes, in the units of its view box (1 unit is 1 px when it is not scaled).
LEFT: Final = 44
BOTTOM: Final = 24
_TOP: Final = 8
_RIGHT: Final = 12
#: Labels under the horizontal axis; more would touch each other on a phone.
_MOST_LABELS: Final = 6
#: Classes chart-1 … chart-6: lines differ by their dashes as well as by their colours.
LOOKS: Final = 6
#: Below it a difference is the arithmetic's.
_TINY: Final = 1e-9

Show = Callable[[int | float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name and a value for each label of the axis. None: not known then, the line has a gap."""

    label: str
    values: Sequence[int | float | None]


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`path` is the line, `area` what lies below it, (`x`, `y`) its end; `words` says what it shows."""

    path: str
    area: str
    x: str
    y: str
    width: int
    height: int
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, with its label."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A value on a line; `title` is read when somebody points at it."""

    x: str
    y: str
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn series. `look` 1 to LOOKS; `last` as people read it."""

    label: str
    path: str
    area: str
    marks: Sequence[Mark]
    look: int
    last: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """`table`: the figures by label, for those who do not see the lines; `words`: what the chart shows, in short."""

    lines: Sequence[Line]
    across: Sequence[Tick]
    up: Sequence[Tick]
    table: Sequence[tuple[str, Sequence[str]]]
    width: int
    height: int
    left: int
    right: int
    bottom: int
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar. `percent` of the longest one, 0 to 100."""

    label: str
    shown: str
    percent: str
    y: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class BarChart:
    """`tall` is the height of one bar's row."""

    bars: Sequence[Bar]
    height: int
    tall: int
    words: str


def sparkline(values: Sequence[int | float], *, width: int = 96, height: int = 24) -> Sparkline | None:
    """A small line without axes, its lowest value at the bottom; None for fewer than two values.

    A line that never moves lies in the middle: at the bottom it would look like nothing.
    """
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    edge = 2  # half the line's width and the dot at its end stay inside
    across = _scale(0, len(values) - 1, edge, width - edge - 1)
    up = _scale(low, high, height - edge, edge) if high > low else lambda _value: height / 2
    points = [(across(place), up(value)) for place, value in enumerate(values)]
    x, y = points[-1]
    path = _path(points)
    area = f"{path}L{_n(x)} {height}L{_n(points[0][0])} {height}Z"
    return Sparkline(path, area, _n(x), _n(y), width, height, describe_series(values))


def line_chart(
    series: Sequence[Series],
    labels: Sequence[str],
    *,
    width: int = 720,
    height: int = 240,
    show: Show | None = None,
    from_zero: bool = True,
) -> LineChart:
    """Lines over a common axis, one label for each of their values. `show` words a value (thousands by default);
    `from_zero`: the axis begins at 0, which keeps small changes small.

    Raises ValueError when a series has not as many values as there are labels.
    """
    if any(len(one.values) != len(labels) for one in series):
        raise ValueError("each series has a value for each label")
    show = show or _shown
    known = [value for one in series for value in one.values if value is not None] or [0]
    ticks = nice_ticks(0 if from_zero else min(known), max(known))
    right, bottom = width - _RIGHT, height - BOTTOM
    across = _scale(0, max(1, len(labels) - 1), LEFT, right)
    up = _scale(ticks[0], ticks[-1], bottom, _TOP)
    lines = [_line(one, number % LOOKS + 1, labels, across, up, show, bottom) for number, one in enumerate(series)]
    table = [(label, [_or_dash(one.values[place], show) for one in series]) for place, label in enumerate(labels)]
    spoken = "; ".join(_of_series(one, show) for one in series)
    return LineChart(
        lines,
        [Tick(_n(across(place)), labels[place]) for place in _places(len(labels))],
        [Tick(_n(up(value)), show(value)) for value in ticks],
        table, width, height, LEFT, right, bottom, spoken,
    )  # fmt: skip


def bar_chart(
    entries: Sequence[tuple[str, int | float]],
    *,
    show: Show | None = None,
    urls: Sequence[str] = (),
    tall: int = 28,
) -> BarChart:
    """A horizontal bar for each (label, value), in the order given; `urls`: where each one leads. Values below 0 are
    drawn as 0."""
    show = show or _shown
    most = max((value for _label, value in entries), default=0)
    bars = [
        Bar(label, show(value), _n(100 * max(0, value) / most if most > 0 else 0), _n(place * tall),
            urls[place] if place < len(urls) else "")
        for place, (label, value) in enumerate(entries)
    ]  # fmt: skip
    return BarChart(bars, len(bars) * tall, tall, "; ".join(f"{bar.label}: {bar.shown}" for bar in bars))


def nice_ticks(low: float, high: float, most: int = 5) -> list[int | float]:
    """Round values that enclose low … high, in steps of 1, 2 or 5 times a power of ten: 2 to `most` + 1 of them."""
    if high - low <= 1000 * _TINY * max(1, abs(high)):
        high = low + 1
    rough = (high - low) / (most - 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - _TINY))
    if isinstance(low, int) and isinstance(high, int):
        step = max(1, step)  # whole things have no halves
    first, last = math.floor(low / step), math.ceil(high / step)
    return [_whole(place * step) for place in range(first, last + 1)]


def describe_series(values: Sequence[int | float], *, show: Show | None = None) -> str:
    """What a line shows, in words: "from 90 to 102, lowest 88, highest 110"."""
    show = show or _shown
    first, last, low, high = values[0], values[-1], min(values), max(values)
    if low == high:
        return _("%(n)s all the time") % {"n": show(first)}
    text = _("from %(first)s to %(last)s") % {"first": show(first), "last": show(last)}
    if low < min(first, last):
        text += _(", lowest %(n)s") % {"n": show(low)}
    if high > max(first, last):
        text += _(", highest %(n)s") % {"n": show(high)}
    return text


def _of_series(one: Series, show: Show) -> str:
    known = [value for value in one.values if value is not None]
    return f"{one.label}: {describe_series(known, show=show) if known else _('nothing is known')}"


def _line(
    one: Series,
    look: int,
    labels: Sequence[str],
    across: Callable[[int], float],
    up: Callable[[Any], float],
    show: Show,
    floor: float,
) -> Line:
    known = {place: value for place, value in enumerate(one.values) if value is not None}
    places = list(known)
    points = {place: (across(place), up(value)) for place, value in known.items()}
    marks = [
        Mark(_n(x), _n(y), f"{one.label}, {labels[place]}: {show(known[place])}") for place, (x, y) in points.items()
    ]
    runs = _runs(places)
    path = "".join(_path([points[place] for place in run]) for run in runs)
    area = "".join(_area([points[place] for place in run], floor) for run in runs if len(run) > 1)
    last = show(known[places[-1]]) if places else "–"
    return Line(one.label, path, area, marks, look, last)


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Places that follow one another without a gap."""
    runs: list[list[int]] = [[places[0]]] if places else []
    for before, place in pairwise(places):
        if place == before + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _area(points: Sequence[tuple[float, float]], floor: float) -> str:
    return f"{_path(points)}L{_n(points[-1][0])} {_n(floor)}L{_n(points[0][0])} {_n(floor)}Z"


def _path(points: Sequence[tuple[float, float]]) -> str:
    """One alone is a line of no length, which round caps show as a dot."""
    ends = [*points, points[0]] if len(points) == 1 else points
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in ends)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _places(number: int) -> list[int]:
    """Which labels are written: the first, the last, and some between at even distances."""
    if number <= _MOST_LABELS:
        return list(range(number))
    return sorted({round(place * (number - 1) / (_MOST_LABELS - 1)) for place in range(_MOST_LABELS)})


def _shown(value: int | float) -> str:
    return humanize.number(round(value)) if value == round(value) else f"{value:.3g}"


def _or_dash(value: int | float | None, show: Show) -> str:
    return "–" if value is None else show(value)


def _whole(value: float) -> int | float:
    return round(value) if abs(value - round(value)) < _TINY else round(value, 9)


def _n(value: float) -> str:
    """A coordinate: one decimal is a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
