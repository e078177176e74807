"""What a worker does when it is rung for; each is harmless when rung twice, late or for nothing."""

import logging

from images.services.schedule import full_is_due, holder_of
from images.services.sync import Busy, LeaseLost, SyncFailed, sync_holder

logger = logging.getLogger(__name__)


def sync_rung(ref: str) -> None:
    """Synchronises the holder that a message names. A failure is in its row already, for people to read."""
    holder = holder_of(ref)
    if holder is None:
        logger.info("%s is gone; nothing to synchronise", ref)
        return
    try:
        sync_holder(holder, full=full_is_due(holder))
    except Busy:
        logger.info("%s is being synchronised already", holder)
    except LeaseLost:
        logger.warning("%s was taken over by another worker", holder)
    except SyncFailed as failure:
        logger.warning("%s: %s", holder, failure)
