"""How near a project is to its quota, by its own thresholds."""

from typing import Final

from images.quotas.enums import QuotaLevel

#: Percent below a threshold from which on it counts as left: a project that hovers around it is told of once.
HYSTERESIS: Final = 3
_ORDER: Final = (QuotaLevel.CALM, QuotaLevel.WARNING, QuotaLevel.CRITICAL)


def level_of(percent: float | None, before: str, *, warn: int, critical: int) -> QuotaLevel:
    """The level that follows from what is used; the one before holds until it is clearly left."""
    if percent is None:
        return QuotaLevel.CALM
    reached = QuotaLevel.CALM
    for level, threshold in ((QuotaLevel.WARNING, warn), (QuotaLevel.CRITICAL, critical)):
        is_held = not is_worse(level, QuotaLevel(before))
        if percent >= (threshold - HYSTERESIS if is_held else threshold):
            reached = level
    return reached


def is_worse(level: QuotaLevel, before: QuotaLevel) -> bool:
    return _ORDER.index(level) > _ORDER.index(before)
