"""Sizes, numbers and times as people write them, and back: every value has one canonical spelling."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

BYTE_UNITS = {
    "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40,
}  # fmt: skip
_BYTE_NAMES = ("TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "KB")
#: Memory is counted in MB by IMS and means 2**20 bytes; disks are counted in GB.
MEMORY_UNITS = {"": 1, "M": 1, "MB": 1, "MIB": 1, "G": 1024, "GB": 1024, "GIB": 1024, "T": 2**20, "TB": 2**20}
DISK_UNITS = {"": 1, "G": 1, "GB": 1, "GIB": 1, "T": 1024, "TB": 1024, "TIB": 1024}
_AMOUNT = re.compile(r"(\d{1,19})(?:\.(\d{1,6}))?\s*([A-Za-z]*)")
#: Above any image, and still a 64-bit integer in every database.
LARGEST = 2**62

AGE_UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "mo": timedelta(days=30),
    "y": timedelta(days=365),
}
#: Beyond it the calendar ends; no image is that old.
_OLDEST = timedelta(days=100 * 365)
_AGE = re.compile(r"(\d{1,4})\s*(min|h|d|w|mo|y)")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE)


class UnitError(ValueError):
    """The text is not a value of this kind; the message says in words what would be one."""


def parse_amount(text: str, units: dict[str, int], what: str) -> int:
    """A whole number of the base unit. UnitError when it is none, or not whole (1.0000001KB)."""
    match = _AMOUNT.fullmatch(text)
    units_upper = match[3].upper() if match else ""
    if match is None or units_upper not in units:
        raise UnitError(what)
    scale, fraction = units[units_upper], match[2] or ""
    total = int(match[1] + fraction) * scale
    whole: int
    whole, rest = divmod(total, 10 ** len(fraction))
    if rest or whole > LARGEST:
        raise UnitError(what)
    return whole


def parse_bytes(text: str) -> int:
    """`10GB` (10**10 bytes), `10GiB` (10 * 2**30), `512` (bytes); a short `10G` is read as 10GB."""
    what = "a size looks like 10GB, 512MiB or 1048576 (bytes)"
    return parse_amount(text, {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, **BYTE_UNITS}, what)


def render_bytes(number: int) -> str:
    """The shortest exact spelling: parse_bytes(render_bytes(n)) == n."""
    for name in _BYTE_NAMES:
        scale = BYTE_UNITS[name.upper()]
        if number and number % scale == 0:
            return f"{number // scale}{name}"
    return str(number)


def parse_memory(text: str) -> int:
    return parse_amount(text, MEMORY_UNITS, "memory looks like 2048 (MB) or 2GB")


def parse_disk(text: str) -> int:
    return parse_amount(text, DISK_UNITS, "a disk looks like 40 (GB), 40GB or 1TB")


@dataclass(frozen=True, slots=True)
class Age:
    """So long ago: `30d`. Smaller ages are younger, hence `updated:<30d` means within the last thirty days."""

    number: int
    unit: str

    def __str__(self) -> str:
        return f"{self.number}{self.unit}"

    def instant(self, now: datetime) -> datetime:
        """Floored to the minute, so that the same question asked twice in a minute has the same answer."""
        return now.replace(second=0, microsecond=0) - min(self.number * AGE_UNITS[self.unit], _OLDEST)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point or a period in time as written: `2026`, `2026-03`, `2026-03-01`, `2026-03-01T10:00`, `…T10:00:00Z`.

    Without an offset it is meant in the reader's zone, which is known only when the filter is applied.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    def period(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """From (included) and to (excluded), in UTC."""
        if "T" in self.text:
            start = datetime.fromisoformat(self.text)
            start = start if start.tzinfo else start.replace(tzinfo=zone)
            seconds = self.text.rstrip("Z").count(":") == 2
            return start.astimezone(UTC), (start + timedelta(seconds=1 if seconds else 60)).astimezone(UTC)
        first, after = _days(self.text)
        return _midnight(first, zone), _midnight(after, zone)


def _days(text: str) -> tuple[date, date]:
    """First day of a year, month or day, and the first day after it."""
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    if not month:
        return date(year, 1, 1), date(year + 1, 1, 1)
    if not day:
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, day), date(year, month, day) + timedelta(days=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def parse_time(text: str) -> Age | Moment:
    """An age or a moment. UnitError for anything else, also for the 31st of February."""
    age = _AGE.fullmatch(text.lower())
    if age:
        return Age(int(age[1]), age[2])
    try:
        return Moment(_canonical_time(text))
    except (ValueError, OverflowError) as error:
        what = "a time looks like 2026-01-31, 2026-01, 2026-01-31T14:00, or an age like 30d, 12h, 3mo"
        raise UnitError(what) from error


def _canonical_time(text: str) -> str:
    clock = _CLOCK.fullmatch(text)
    if clock:
        moment = datetime.fromisoformat(f"{clock[1]}T{clock[2]}{(clock[3] or '').upper()}")
        if not 1900 <= moment.year <= 2200:
            raise ValueError(text)
        if moment.tzinfo:
            return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return moment.strftime("%Y-%m-%dT%H:%M:%S" if moment.second else "%Y-%m-%dT%H:%M")
    parts = _DATE.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    numbers = [int(part) for part in parts.groups() if part]
    date(*[*numbers, 1, 1][:3])
    if not 1900 <= numbers[0] <= 2200:
        raise ValueError(text)
    return "-".join(f"{number:0{width}d}" for number, width in zip(numbers, (4, 2, 2), strict=False))
