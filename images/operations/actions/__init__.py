"""Every act by its kind; nobody else knows which class serves which."""

from images.clouds.models import Project
from images.ims.capabilities import capabilities_of
from images.operations.actions.base import (
    Action,
    ActionFailed,
    CannotTell,
    NotNow,
    Outcome,
    RefusedTogether,
    TransferProgress,
    Work,
)
from images.operations.actions.changing import Delete, Edit, Protection, Tagging
from images.operations.actions.effects import Effect
from images.operations.actions.files import Export, Register, Upload
from images.operations.actions.making import Copy, Create, Empty
from images.operations.actions.sharing import Answer, Share, Unshare
from images.operations.enums import ActionKind

ACTIONS: dict[str, Action] = {
    ActionKind.CREATE: Create(),
    ActionKind.METADATA: Empty(),
    ActionKind.UPLOAD: Upload(),
    ActionKind.REGISTER: Register(),
    ActionKind.EXPORT: Export(),
    ActionKind.COPY: Copy(),
    ActionKind.EDIT: Edit(),
    ActionKind.TAG: Tagging(),
    ActionKind.PROTECT: Protection(),
    ActionKind.UNPROTECT: Protection(),
    ActionKind.DELETE: Delete(),
    ActionKind.SHARE: Share(),
    ActionKind.UNSHARE: Unshare(),
    ActionKind.ANSWER: Answer(),
}

__all__ = [
    "ACTIONS",
    "Action",
    "ActionFailed",
    "CannotTell",
    "Effect",
    "NotNow",
    "Outcome",
    "RefusedTogether",
    "TransferProgress",
    "Work",
    "is_offered",
]


def is_offered(kind: str, project: Project) -> bool:
    """Whether the project's service can do this at all; screens offer only what can work."""
    capabilities = capabilities_of(project.kind)
    return all(any(capabilities.offers(section) for section in any_of) for any_of in ACTIONS[kind].needs)
