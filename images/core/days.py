"""Words and days as an address brings them: what makes no sense counts as not asked."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

_LONGEST = 200


def search_text(text: str) -> str:
    # no database keeps a NUL in a text
    return text.replace("\0", "").strip()[:_LONGEST]


def day_of(text: str) -> str:
    """“2026-01-31”, or ""."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    # at the ends of the calendar there is no day before or after, which zones and `until` need
    return day.isoformat() if 1900 <= day.year <= 2999 else ""


def midnight(day: str, days: int = 0) -> datetime:
    """When that day begins in the reader's zone, or so many days later."""
    return timezone.make_aware(datetime.combine(date.fromisoformat(day) + timedelta(days=days), time.min))
