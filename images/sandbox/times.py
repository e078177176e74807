"""Times as the service writes and reads them: UTC, whole seconds, ``yyyy-MM-ddThh:mm:ssZ``."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_PLAIN = "%Y-%m-%dT%H:%M:%SZ"
_FILTER = re.compile(r"(gte?|lte?|eq|neq):(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)Z?")


def text(seconds: float) -> str:
    """Epoch seconds as the service's time."""
    # By hand, for each generated image has three of them and strftime takes ten times as long.
    day, rest = divmod(int(seconds), 86400)
    return f"{_day(day)}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def seconds(value: str) -> int:
    """The service's time as epoch seconds.

    :raises ValueError: the text is no such time.
    """
    return int(datetime.strptime(value, _PLAIN).replace(tzinfo=UTC).timestamp())


def fractional(value: str) -> str:
    """The form of the v1 calls: microseconds, no zone (examples of 6.1.8 and 6.1.9)."""
    return value.removesuffix("Z") + ".000000"


def time_filter(value: str) -> tuple[str, str] | None:
    """``operator:UTC time`` (5.1.1) as operator and comparable text; ``None`` when it is not of that form.

    Texts of the service sort as the times do, for all of them are of one form.
    """
    match = _FILTER.fullmatch(value)
    if match is None:
        return None
    moment = f"{match[2]}T{match[3]}Z"
    try:
        seconds(moment)
    except ValueError:
        return None
    return match[1], moment


def iso(value: str) -> str | None:
    """An ISO 8601 time (``changes-since`` of 6.1.9) as the service's text in UTC; ``None`` when it is none."""
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.strftime(_PLAIN)
