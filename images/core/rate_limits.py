"""What one person may ask for that is expensive: so often in a minute, and so much at once.

Counted in Django's cache, so exact over all web processes that share one (CACHE_URL), and for each process alone with
the default, its memory. A cache that does not answer refuses nobody: then nothing is counted, and the log says so.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils.translation import gettext as _

from images.core import clock

logger = logging.getLogger(__name__)
T = TypeVar("T")

MINUTE: Final = 60
#: Seconds after which something that has not ended counts no more: its process may have been killed.
FORGOTTEN: Final = 120
#: Seconds to wait for something of one's own to end.
_SOON: Final = 5


class Kind(StrEnum):
    """What is counted apart; settings.LIMITS says how often each may be asked for in a minute, 0: at will."""

    LOOKS = "looks"  # what an act on many images would do, doing it, reports
    FILES = "files"  # everything that somebody has matched, as a file
    CLOUD = "cloud"  # a cloud is asked while somebody waits, or sent something to


class TooMuch(Exception):
    """A sentence, and in `after` the seconds after which it is worth another try."""

    def __init__(self, sentence: str, after: int) -> None:
        super().__init__(sentence)
        self.after = after


@dataclass(frozen=True)
class Slot:
    """One of those that a person has for what runs at once. An empty `key`: none was needed."""

    key: str = ""
    mark: str = ""

    def leave(self) -> None:
        """Gives it to the next; twice does no harm, nor when it was forgotten and is taken again."""
        if self.key and _counted(partial(cache.get, self.key), otherwise=None) == self.mark:
            _counted(partial(cache.delete, self.key), otherwise=False)


def take_slot(user: User, kind: Kind) -> Slot:
    """Counts it and takes a place, to be left when all is done. Raises TooMuch."""
    _count(user, kind)
    most = settings.LIMIT_AT_ONCE
    mark = uuid.uuid4().hex
    for number in range(most):
        key = f"limits:{user.pk}:place:{number}"
        if _counted(partial(cache.add, key, mark, FORGOTTEN), otherwise=True):
            return Slot(key, mark)
    if not most:
        return Slot()
    logger.warning("%s has %d expensive requests under way; another one was refused", user.pk, most)
    raise TooMuch(_("%(n)d things that you have asked for are still being worked on.") % {"n": most}, _SOON)


def _count(user: User, kind: Kind) -> None:
    most = settings.LIMITS[kind]
    if not most:
        return
    now = int(clock.now().timestamp())
    key = f"limits:{user.pk}:{kind}:{now // MINUTE}"
    # the minute is in the key: a cache whose `incr` sets another expiry counts right all the same
    _counted(partial(cache.add, key, 0, 2 * MINUTE), otherwise=False)
    if _counted(partial(cache.incr, key), otherwise=0) > most:
        logger.warning("%s has asked for more than %d %s in a minute", user.pk, most, kind)
        raise TooMuch(_("You have asked for this %(n)d times within a minute.") % {"n": most}, MINUTE - now % MINUTE)


def _counted(call: Callable[[], T], *, otherwise: T) -> T:
    try:
        return call()
    except Exception:  # each cache fails in its own way, and none of them is a reason to refuse somebody
        logger.warning("The cache does not answer: what one person asks for is not limited", exc_info=True)
        return otherwise
