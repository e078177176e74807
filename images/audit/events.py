"""What the audit can tell: rooms declare it in `images/<room>/audit_events.py`, and nothing else has to know it.

    @declare(place=130)
    class QuotaEvent(AuditEvent):
        CROSSED = "quota.crossed", _("saw a threshold crossed by the quota of")

A value names the thing and what became of it; the label continues "Anna …". `audit/services` tells how one is recorded.
"""

from collections.abc import Callable

from django.db.models import TextChoices


class AuditEvent(TextChoices):
    """Without any itself: those of a room are a class that continues this one."""


_CLASSES: dict[int, type[AuditEvent]] = {}
_EVENTS: dict[str, AuditEvent] = {}


def declare(*, place: int) -> Callable[[type[AuditEvent]], type[AuditEvent]]:
    """From now on the audit knows these events. `place`: where a choice of events has them among those of others.
    A ValueError when one of them, or the place, is taken."""

    def add(events: type[AuditEvent]) -> type[AuditEvent]:
        taken = [str(event) for event in events if event.value in _EVENTS]
        if taken or place in _CLASSES:
            raise ValueError(f"{events.__name__} at {place}: {', '.join(taken) or 'the place'} is taken")
        _CLASSES[place] = events
        _EVENTS.update({event.value: event for event in events})
        return events

    return add


def declared() -> list[AuditEvent]:
    """All events, by the places of their classes."""
    return [event for place in sorted(_CLASSES) for event in _CLASSES[place]]


def find(value: str) -> AuditEvent | None:
    """None: an event of another release."""
    return _EVENTS.get(value)
