"""How long to wait after a failure: the one back-off of the console. Pure; seconds in, seconds out.

Doubling, capped, and with full jitter, so that what failed together does not come back together; what the other side
asks for (Retry-After) wins. Each kind of work says here how quick and how patient it is. (The client for clouds knows
nothing of ours and has the same rule for the few seconds within one call, images/ims/retry.py; a test holds both
together.)
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

#: Nobody may ask us to wait for longer than this; a date in ten thousand years would be beyond what a database holds.
LONGEST_ASKED: Final = 86_400.0
#: Doubling goes on for so many failures at most; 2.0**1024 is beyond what a float holds.
_DOUBLINGS: Final = 64
#: Counters of failures stand still here: the columns hold 32,767.
MOST: Final = 32_000


@dataclass(frozen=True, slots=True)
class Backoff:
    """`first`: seconds at most after the first failure; doubles up to `longest`. Never less than `least`."""

    first: float
    longest: float
    least: float = 0.0

    def ceiling(self, failures: int) -> float:
        """The longest pause after so many failures in a row (from 1); for any number of them."""
        doublings = min(max(failures - 1, 0), _DOUBLINGS)
        return min(self.longest, self.first * 2.0**doublings)

    def pause(
        self, failures: int, *, asked: float = 0.0, jitter: Callable[[float, float], float] = random.uniform
    ) -> float:
        """Seconds to wait after the `failures`-th failure in a row.

        `asked`: seconds that the other side asks for (0: it does not); then never earlier than that, up to a tenth
        later, and no more than a day.
        """
        if asked > 0:
            return jitter(1.0, 1.1) * min(asked, LONGEST_ASKED)
        ceiling = self.ceiling(failures)
        return jitter(min(self.least, ceiling), ceiling)


#: Items of operations: people look on.
ITEMS: Final = Backoff(first=1.0, longest=30.0, least=0.2)
#: Questions about a job of IMS.
JOBS: Final = Backoff(first=1.0, longest=15.0, least=0.5)
#: A project whose rows the carrier stumbles over.
LANES: Final = Backoff(first=10.0, longest=900.0, least=5.0)
#: The images of a project or a region; a person who presses "Synchronise now" does not wait.
SYNCS: Final = Backoff(first=60.0, longest=300.0, least=30.0)
#: The quota of a project.
QUOTAS: Final = Backoff(first=60.0, longest=6 * 3600.0, least=30.0)
#: The list of members of an image.
MEMBERS: Final = Backoff(first=60.0, longest=3600.0, least=30.0)
#: A notice on its way by mail or to a webhook.
DELIVERIES: Final = Backoff(first=30.0, longest=12 * 3600.0, least=5.0)
#: A report by mail.
REPORTS: Final = Backoff(first=300.0, longest=3 * 3600.0, least=60.0)
#: Any other row that a sweeper of the schedule cannot get through.
SWEEPS: Final = Backoff(first=60.0, longest=6 * 3600.0, least=30.0)
