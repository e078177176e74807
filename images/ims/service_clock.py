"""Each service's own clock, as the Date header of its last answer told it (RFC 9110, 6.6.1).

So a moment that a service stamped is held against the same service's clock, and not against ours, which may be wrong.
"""

import time
from datetime import datetime, timedelta
from typing import Final

from images.ims.answers import http_date

#: Goes on by itself; nobody sets it.
_COUNTER: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
#: host:port → the counter when the answer came, and what it said.
_heard: dict[str, tuple[float, datetime]] = {}


def heard(host: str, date: str) -> None:
    """An answer of this service has just come with this Date header ("" for none)."""
    moment = http_date(date) if date else None
    if moment is not None:
        _heard[host] = time.clock_gettime(_COUNTER), moment


def now_at(host: str) -> datetime | None:
    """What that service's clock says now, up to two seconds late (it tells whole ones); None: it has not said."""
    if host not in _heard:
        return None
    then, moment = _heard[host]
    return moment + timedelta(seconds=time.clock_gettime(_COUNTER) - then)
