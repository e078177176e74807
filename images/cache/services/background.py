"""What a worker does when it is rung for; each is harmless when rung twice, late or for nothing."""

import logging
import time

from images.cache.services.publication import Holder
from images.cache.services.scheduling import full_is_due, holder_of, is_crowded, wake_for_next
from images.cache.services.sync import Busy, LeaseLost, SyncFailed, sync_holder
from images.core.metrics import SYNCS

logger = logging.getLogger(__name__)


def sync_woken(ref: str) -> None:
    """Synchronises the holder that a message names, and once more when somebody asks for it meanwhile.

    A failure is in its row already, for people to read.
    """
    while (holder := holder_of(ref)) is not None:
        if is_crowded(holder):
            logger.info("%s waits: its cloud has as many workers as it gets", holder)
            return
        if not _sync_once(holder):
            return
        if not _is_asked_for(holder):
            wake_for_next(holder)
            return
    logger.info("%s is gone; nothing to synchronise", ref)


def _sync_once(holder: Holder) -> bool:
    """False: somebody else does it."""
    began = time.monotonic()
    outcome = "good"
    try:
        sync_holder(holder, full=full_is_due(holder))
    except Busy:
        logger.info("%s is being synchronised already", holder)
        return False
    except LeaseLost:
        logger.warning("%s was taken over by another worker", holder)
        return False
    except SyncFailed as failure:
        logger.warning("%s: %s", holder, failure)
        outcome = "failed"
    SYNCS.labels(outcome).observe(time.monotonic() - began)
    return True


def _is_asked_for(holder: Holder) -> bool:
    return type(holder)._default_manager.filter(pk=holder.pk).exclude(wanted="").exists()
