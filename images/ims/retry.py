"""When to repeat a call, after how long, and when to stop because the whole endpoint is in trouble."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from images.ims.errors import ConnectionFailed, IMSError, OutcomeUnknown, ResponseError, Throttled, TimedOut

#: Methods whose repetition has the effect of one: HEAD, GET and DELETE by nature, PUT because it sends the same again.
REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})

#: Kinds of connection failures that another try a second later does not cure.
_HOPELESS: Final = frozenset({"tls", "blocked", "proxy"})
#: Doubling goes on so often at most; 2.0**1024 is beyond what a float holds.
_DOUBLINGS: Final = 64


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The rule in one place.

    - Repeatable calls (GET, HEAD, DELETE, PUT of the same content) are repeated on 429 (and what means the same:
      Throttled), 502, 503 and 504, on failed connections and when an answer was cut off; after a read timeout once
      only, for each costs its full length.
    - POST and PATCH are repeated only when nothing was sent.
    - Never more than `attempts` in all, and only while the endpoint's budget lasts.
    - The pause before attempt n+1 is random between 0 and min(cap, base × 2^(n-1)) seconds (full jitter).
    - Retry-After wins over it. If the service asks for more than `patience` seconds we do not wait: the caller gets
      the error at once, with `retry_after`, and can come back then.
    """

    attempts: int = 4
    base: float = 0.25
    cap: float = 8.0
    patience: float = 30.0
    statuses: frozenset[int] = frozenset({502, 503, 504})
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[float, float], float] = random.uniform

    def pause(self, error: IMSError, *, repeatable: bool, attempt: int) -> float | None:
        """Seconds to wait before trying again after the `attempt`-th failure (from 1); None: give up."""
        if attempt >= self.attempts or not self._curable(error, repeatable=repeatable, attempt=attempt):
            return None
        asked = error.retry_after if isinstance(error, ResponseError) else None
        if asked is not None:
            return asked if asked <= self.patience else None
        return self.jitter(0.0, min(self.cap, self.base * 2.0 ** min(attempt - 1, _DOUBLINGS)))

    def _curable(self, error: IMSError, *, repeatable: bool, attempt: int) -> bool:
        if isinstance(error, ConnectionFailed):
            return error.kind not in _HOPELESS
        if not repeatable:
            return False
        if isinstance(error, TimedOut):
            return attempt == 1
        if isinstance(error, OutcomeUnknown | Throttled):
            return True
        return isinstance(error, ResponseError) and error.status in self.statuses


#: For calls that people wait for, such as the test of a new account.
NO_RETRY: Final = RetryPolicy(attempts=1)


class RetryBudget:
    """Keeps an outage from being amplified: repetitions draw on a purse that successes fill again.

    500 units, 5 for a repetition, 10 after a timeout; a success gives back what its repetitions cost, at least 1.
    (The figures of botocore's standard mode.) So some hundred repetitions in a row end in plain failures, while a
    service that mostly works is never held back.
    """

    CAPACITY = 500

    def __init__(self) -> None:
        self._left = self.CAPACITY
        self._lock = threading.Lock()

    def draw(self, error: IMSError) -> int:
        """Take the price of one repetition; 0 when the purse does not hold it."""
        price = 10 if isinstance(error, TimedOut) else 5
        with self._lock:
            if price > self._left:
                return 0
            self._left -= price
            return price

    def give_back(self, spent: int) -> None:
        with self._lock:
            self._left = min(self.CAPACITY, self._left + max(1, spent))


_budgets: dict[str, RetryBudget] = {}
_budgets_lock = threading.Lock()


def budget_of(host: str) -> RetryBudget:
    """The purse of an endpoint (host:port), one per process."""
    with _budgets_lock:
        return _budgets.setdefault(host, RetryBudget())
