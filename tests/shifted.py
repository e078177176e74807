"""`CLOCK_AHEAD=86400 python -m tests.shifted MODULE [arguments]`: runs a module on a machine whose clock is wrong.

Python's own clocks (`time.time`, `datetime.now` and their kin) go ahead by so many seconds, or behind; counters that
nobody sets (monotonic, boot time) and other processes, databases among them, are as they are.
"""

import datetime as dt
import os
import runpy
import sys
import time
from typing import Any

_True = dt.datetime


class _Kind(type):
    """What others have made are moments, too."""

    def __instancecheck__(cls, other: object) -> bool:
        return isinstance(other, _True)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _True)


def shift(seconds: float) -> None:
    """Before anything else is imported that takes `datetime` by name."""
    ahead = dt.timedelta(seconds=seconds)
    now, now_ns = time.time, time.time_ns

    class Shifted(_True, metaclass=_Kind):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            moment = _True.now(tz) + ahead
            return cls(*moment.timetuple()[:6], moment.microsecond, moment.tzinfo, fold=moment.fold)

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(dt.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 10**9)
    dt.datetime = Shifted  # type: ignore[misc]


if __name__ == "__main__":
    shift(float(os.environ["CLOCK_AHEAD"]))
    module, sys.argv = sys.argv[1], sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
