"""How many calls may go out to each project: as many as its rate leaves, and so many ahead as it answers quickly."""

import time
from typing import Final

from django.conf import settings

#: Items made ready ahead, for each thread: one transaction writes many of them, and threads have work meanwhile.
#: So many of a quick service, at least two; and no more than it answers in so many seconds, for what is ready counts as
#: begun and can no longer be cancelled.
AHEAD: Final = 32
AHEAD_SECONDS: Final = 0.4
#: How much the latest call counts for the time that calls take.
_WEIGHT: Final = 0.1


class Pace:
    """Of one run of the executor; projects by primary key. `ahead`: items for each thread at most."""

    def __init__(self, ahead: int = AHEAD) -> None:
        self._ahead = ahead
        #: Calls that are left: a bucket that fills with OPERATION_RATE a second, and holds as many.
        self._budget: dict[int, float] = {}
        self._filled = time.monotonic()
        #: How long a call takes, of late.
        self._seconds: dict[int, float] = {}

    def begin(self, project_id: int) -> None:
        self._budget[project_id] = float(settings.OPERATION_RATE)

    def spend(self, project_id: int, calls: int) -> None:
        """So many calls went out, or went back unsent when below 0."""
        self._budget[project_id] -= calls

    def left(self, project_id: int) -> int:
        """Calls that the rate leaves now."""
        now = time.monotonic()
        if now > self._filled:
            for one in self._budget:
                filled = self._budget[one] + (now - self._filled) * settings.OPERATION_RATE
                self._budget[one] = min(float(settings.OPERATION_RATE), filled)
            self._filled = now
        return int(self._budget.get(project_id, 0.0))

    def took(self, project_id: int, seconds: float) -> None:
        """A call was answered after so many seconds."""
        before = self._seconds.get(project_id, seconds)
        self._seconds[project_id] = (1 - _WEIGHT) * before + _WEIGHT * seconds

    def most(self, project_id: int) -> int:
        """How many may be ready or under way at once."""
        ahead = AHEAD_SECONDS / max(self._seconds.get(project_id, AHEAD_SECONDS), 1e-6)
        return int(settings.OPERATION_PARALLEL * min(max(2.0, ahead), self._ahead))
