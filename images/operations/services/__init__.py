"""Everything that people do to images, made durable: docs/operations.md.

`submit` writes an operation; `executor` carries it out. Screens read the rows (operations/queries).
"""

from images.operations.actions import ACTIONS, is_offered
from images.operations.services.submission import (
    SubmitRefused,
    cancel,
    cancel_waiting,
    release,
    retry_failed,
    settle_unknown,
    submit,
    write,
)
from images.operations.services.target import Target

__all__ = [
    "ACTIONS",
    "SubmitRefused",
    "Target",
    "cancel",
    "cancel_waiting",
    "is_offered",
    "release",
    "retry_failed",
    "settle_unknown",
    "submit",
    "write",
]
