"""When a quota runs full, from how it went: a first and a last day, or why nobody can tell. Pure; days in, days out.

The model is a straight pace with a rhythm of the week, around which the number both wanders (creations that stay) and
jitters (what comes and goes within days). Both are told apart by how far the number strays in one week and in several:
jitter strays no further in four weeks than in one, wandering does. From them follow how sure the pace is, and how far
the number may be off its line on a day to come. A clean-up (one fall far beyond the rhythm) is taken out of the
history: what is foretold is the pace of creation, without the next clean-up.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import fmean, median
from typing import Any, Final

#: Fewer days say nothing of a pace: two whole weeks and the day they began on.
FEWEST: Final = 15
#: Of a longer history only these count: a pace of a year ago is another one.
MOST: Final = 182
#: Nothing is foretold for later than this.
HORIZON: Final = 730
_WEEK: Final = 7
#: Standard deviations within which the day lies in more than nine of ten; more of them while there are few weeks.
_SURE: Final = 2.2
#: A pace counts as one from here on; so that a flat line is called rising in one of a hundred at most.
_CLEAR: Final = 2.8


class Outlook(StrEnum):
    FULL = "full"
    SPAN = "span"
    FROM = "from"
    FAR = "far"
    STEADY = "steady"
    SHRINKING = "shrinking"
    TOO_LITTLE = "too little"


@dataclass(frozen=True, slots=True)
class Forecast:
    """`first` to `last` day on which it runs full (SPAN); only `first` when the last is beyond the horizon (FROM).
    `pace`: images a week. `cleaned`: the last clean-up, which is left out of the pace."""

    outlook: Outlook
    first: date | None = None
    last: date | None = None
    pace: float = 0.0
    cleaned: date | None = None

    @property
    def as_json(self) -> dict[str, str | float | None]:
        """As JSON."""
        return {
            "outlook": self.outlook.value,
            "first": _text(self.first),
            "last": _text(self.last),
            "pace": round(self.pace, 2),
            "cleaned": _text(self.cleaned),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Forecast":
        """What `as_json` wrote; of nothing: too little is known."""
        days = {name: stored.get(name) for name in ("first", "last", "cleaned")}
        return cls(
            Outlook(stored.get("outlook", Outlook.TOO_LITTLE)),
            pace=stored.get("pace", 0.0),
            **{name: date.fromisoformat(day) for name, day in days.items() if day},
        )


@dataclass(frozen=True, slots=True)
class _Course:
    """What a history comes down to. `rhythm` by day of the week, around 0; `now` is the line on the last day."""

    now: float
    pace: float
    pace_error: float
    jitter: float
    wander: float
    rhythm: Sequence[float]
    days: int


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def forecast(history: Sequence[tuple[date, int]], limit: int) -> Forecast:
    """`history`: what was used at the end of each day, the oldest first; days may be missing. `limit` as of now."""
    if not history:
        return Forecast(Outlook.TOO_LITTLE)
    today, used = history[-1]
    if used >= limit:
        return Forecast(Outlook.FULL)
    values = _daily(history)
    if len(values) < FEWEST:
        return Forecast(Outlook.TOO_LITTLE)
    start = today - timedelta(days=len(values) - 1)
    healed, fell = _without_cleanups(values)
    course = _course(healed, healed[-1] - values[-1])
    cleaned = start + timedelta(days=fell) if fell is not None else None
    return _foretold(course, limit, today, cleaned)


def _foretold(course: _Course, limit: int, today: date, cleaned: date | None) -> Forecast:
    pace = course.pace * _WEEK
    if abs(course.pace) <= _CLEAR * course.pace_error or abs(course.pace) * course.days < 1:
        return Forecast(Outlook.STEADY, pace=pace, cleaned=cleaned)
    if course.pace < 0:
        return Forecast(Outlook.SHRINKING, pace=pace, cleaned=cleaned)
    sure = _SURE * (1 + 2.0 / (course.days / _WEEK))
    first, last = _reached(course, limit, sure), _reached(course, limit, -sure)
    if first is None:
        return Forecast(Outlook.FAR, pace=pace, cleaned=cleaned)
    begin = today + timedelta(days=first)
    if last is None:
        return Forecast(Outlook.FROM, begin, pace=pace, cleaned=cleaned)
    return Forecast(Outlook.SPAN, begin, today + timedelta(days=last), pace, cleaned)


def _reached(course: _Course, limit: int, sure: float) -> int | None:
    """Days until the line, that many standard deviations above (or below), meets the limit; None: not in time."""
    for ahead in range(1, HORIZON + 1):
        line = course.now + course.pace * ahead + course.rhythm[(course.days - 1 + ahead) % _WEEK]
        strays = course.jitter**2 + course.wander**2 * ahead + (course.pace_error * ahead) ** 2
        if line + sure * math.sqrt(strays) >= limit:
            return ahead
    return None


def _daily(history: Sequence[tuple[date, int]]) -> list[float]:
    """One value a day, of the last MOST days; a day without one has that of the day before."""
    known = dict(history)
    end = history[-1][0]
    begin = max(history[0][0], end - timedelta(days=MOST - 1))
    value = next(used for day, used in reversed(history) if day <= begin)
    values = []
    for number in range((end - begin).days + 1):
        value = known.get(begin + timedelta(days=number), value)
        values.append(float(value))
    return values


def _without_cleanups(values: Sequence[float]) -> tuple[list[float], int | None]:
    """The history with what fell in clean-ups put back, and the place of the last one.

    A fall is one when it stands out of what is usual on its day of the week: six times the usual deviation, more than
    the usual fall of that day, and a twentieth of what there was.
    """
    steps = [after - before for before, after in itertools.pairwise(values)]
    usual = [median(steps[day::_WEEK]) for day in range(_WEEK)]
    off = [step - usual[place % _WEEK] for place, step in enumerate(steps)]
    spread = 1.4826 * median(abs(deviation) for deviation in off)
    healed, put_back, last = [values[0]], 0.0, None
    for place, _step in enumerate(steps):
        least = max(6 * spread, abs(usual[place % _WEEK]), values[place] / 20, 3.0)
        if off[place] < -least:
            put_back -= off[place]
            last = place + 1
        healed.append(values[place + 1] + put_back)
    return healed, last


def _course(values: Sequence[float], put_back: float) -> _Course:
    """`put_back`: how far the history ends above what there really is."""
    days = len(values)
    rhythm = _rhythm(values)
    smooth = [value - rhythm[place % _WEEK] for place, value in enumerate(values)]
    pace = _pace(smooth)
    jitter, wander = _strays(smooth, pace)
    weeks = max(1.0, days / _WEEK)
    # of a line through jitter, and of one that wanders
    error = math.sqrt(12 * jitter**2 / days**3 + wander**2 / days)
    # the quantisation to whole images, and what two weeks cannot show
    error = max(error, 0.3 / days) * (1 + 1 / weeks)
    level = _level(smooth, pace, jitter, wander) - put_back
    return _Course(level, pace, error, jitter, wander, rhythm, days)


def _rhythm(values: Sequence[float]) -> list[float]:
    """How far each day of the week is off the week around it."""
    off: list[list[float]] = [[] for _day in range(_WEEK)]
    for place in range(3, len(values) - 3):
        off[place % _WEEK].append(values[place] - fmean(values[place - 3 : place + 4]))
    usual = [median(deviations) if len(deviations) > 1 else 0.0 for deviations in off]
    middle = fmean(usual)
    return [value - middle for value in usual]


def _pace(values: Sequence[float]) -> float:
    """A day's: the median of slopes between days whole weeks apart, at least half of the history."""
    days = len(values)
    least = max(_WEEK, days // 2 // _WEEK * _WEEK)
    return median(
        (values[place + apart] - values[place]) / apart
        for apart in range(least, days, _WEEK)
        for place in range(days - apart)
    )


def _strays(values: Sequence[float], pace: float) -> tuple[float, float]:
    """Standard deviations: of the jitter, and of the steps in which the number wanders, by day."""
    near, far = 1, min(4 * _WEEK, len(values) // 3)
    squares = [
        fmean((values[place + apart] - values[place] - pace * apart) ** 2 for place in range(len(values) - apart))
        for apart in (near, far)
    ]  # fmt: skip
    wander = max(0.0, (squares[1] - squares[0]) / (far - near))
    jitter = max(0.0, squares[0] - wander) / 2
    return math.sqrt(jitter), math.sqrt(wander)


def _level(values: Sequence[float], pace: float, jitter: float, wander: float) -> float:
    """Where the line is on the last day: the last value where the number wanders, a mean of many where it jitters."""
    if jitter == 0:
        return values[-1]
    ratio = (wander / jitter) ** 2
    gain = (math.sqrt(ratio * (ratio + 4)) - ratio) / 2 if ratio else 0.0
    gain = max(gain, 1 / len(values))
    level = fmean(value - pace * place for place, value in enumerate(values[:_WEEK]))
    for place, value in enumerate(values):
        level += max(gain, 1 / (place + 1)) * (value - pace * place - level)
    return level + pace * (len(values) - 1)
