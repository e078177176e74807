"""Everything that people do to images, made durable: docs/operations.md.

`submit` writes an operation; `carrier` carries it out. Screens read the rows (selectors/operations).
"""

from images.services.operations.acts import ACTS, is_offered
from images.services.operations.batches import unwritten
from images.services.operations.moving import COUNTERS
from images.services.operations.submitting import (
    SubmitRefused,
    cancel,
    cancel_waiting,
    release,
    retry_failed,
    settle_unknown,
    submit,
    write,
)
from images.services.operations.target import Target

__all__ = [
    "ACTS",
    "COUNTERS",
    "SubmitRefused",
    "Target",
    "cancel",
    "cancel_waiting",
    "is_offered",
    "release",
    "retry_failed",
    "settle_unknown",
    "submit",
    "unwritten",
    "write",
]
