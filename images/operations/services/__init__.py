"""Everything that people do to images, made durable: docs/operations.md.

`submit` writes an operation; `executor` carries it out. Screens read the rows (operations/queries).
"""

from images.operations.actions import ACTIONS, is_offered
from images.operations.services.submission import (
    Refusal,
    SubmitRefused,
    add_guard,
    cancel,
    cancel_waiting,
    release,
    retry_failed,
    settle_unknown,
    submit,
    write,
)
from images.operations.services.targets import Target

__all__ = [
    "ACTIONS",
    "Refusal",
    "SubmitRefused",
    "Target",
    "add_guard",
    "cancel",
    "cancel_waiting",
    "is_offered",
    "release",
    "retry_failed",
    "settle_unknown",
    "submit",
    "write",
]
