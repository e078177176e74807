"""Tolerant reading of single values: services send True and "true", 40 and "40", null, "" and nothing at all.

Each reader takes what JSON can hold and either returns the typed value or raises ValueError for something it cannot be;
absent, null and the empty text mean the same thing (None, or "" for texts).
"""

import re
from datetime import UTC, datetime
from typing import Any, Final

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
#: 04-Jun-2015 18:11:06:586, the times of jobs in the example of 5.6.1.
_JOB_TIME: Final = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?::(\d{1,6}))?\Z", re.ASCII)

#: Longest text that is read as a number; no size of this API has more digits.
_LONGEST_NUMBER: Final = 30

_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no"})


def as_text(value: Any) -> str:
    """Text as it stands; numbers and booleans as JSON writes them; "" for null."""
    if type(value) is str:
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")  # no text for PostgreSQL, nor for people
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise ValueError("a list or an object is no text")


def as_flag(value: Any) -> bool | None:
    """True, "true", "True", 1 and "1" alike; None when nothing was said."""
    if value is None or isinstance(value, bool):
        return value
    text = as_text(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if not text:
        return None
    raise ValueError(f"{text[:40]!r} is neither true nor false")


def as_yes(value: Any) -> bool:
    """The same for flags whose absence means no."""
    return as_flag(value) is True


def as_number(value: Any) -> int | None:
    """Whole numbers, also as text ("40", "449261568") and as 40.0; None when nothing was said."""
    if type(value) is int:
        return value
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        return int(value) if value.strip().lstrip("+-").isdecimal() else _whole(float(value))
    if isinstance(value, float):
        return _whole(value)
    raise ValueError("this is no number")


def _whole(value: float) -> int:
    if not value.is_integer():
        raise ValueError(f"{value} is no whole number")
    return int(value)


def as_fraction(value: Any) -> float | None:
    """Progress as a fraction from 0 to 1: 0.2, "0.2" and 20 (per cent) alike; None when nothing was said."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("this is no progress")  # noqa: TRY004 - one kind of error for all values that do not fit
    number = float(value)
    if not 0 <= number <= 100:
        raise ValueError(f"{number} is neither a fraction nor per cent")
    return number if number <= 1 else number / 100


def as_time(value: Any) -> datetime | None:
    """A moment in UTC, from all forms of the reference; None when nothing was said.

    2018-09-06T14:03:27Z, 2016-05-22T06:04:20.425843, 2018-10-28 10:00:00, 2019-02-13T06:52:13.855000Z and
    04-Jun-2015 18:11:06:586. Without a zone they are UTC (5.6.1 and 9.1 say so).
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError("a time is a text")  # noqa: TRY004 - one kind of error for all values that do not fit
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = _job_time(value)
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value[:40]!r} is out of range") from error


def _job_time(value: str) -> datetime:
    found = _JOB_TIME.match(value.strip())
    month = _MONTHS.get(found[2].lower()) if found else None
    if found is None or month is None:
        raise ValueError(f"{value[:40]!r} is no time")
    milliseconds = (found[7] or "0").ljust(6, "0")
    return datetime(
        int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), int(found[6]), int(milliseconds), tzinfo=UTC
    )


def parse_time(value: Any) -> datetime | None:
    """`as_time` for readers to whom an unreadable time is the same as none."""
    try:
        return as_time(value)
    except ValueError:
        return None
