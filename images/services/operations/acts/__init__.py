"""Every act by its kind; nobody else knows which class serves which."""

from images.enums import ActKind
from images.ims.capabilities import capabilities_of
from images.models import Project
from images.services.operations.acts.base import (
    Act,
    ActFailed,
    CannotTell,
    NotNow,
    Outcome,
    RefusedTogether,
    Travel,
    Work,
)
from images.services.operations.acts.changing import Delete, Edit, Protection, Tagging
from images.services.operations.acts.effects import Effect
from images.services.operations.acts.files import Export, Register, Upload
from images.services.operations.acts.making import Copy, Create, Empty
from images.services.operations.acts.sharing import Answer, Share, Unshare

ACTS: dict[str, Act] = {
    ActKind.CREATE: Create(),
    ActKind.METADATA: Empty(),
    ActKind.UPLOAD: Upload(),
    ActKind.REGISTER: Register(),
    ActKind.EXPORT: Export(),
    ActKind.COPY: Copy(),
    ActKind.EDIT: Edit(),
    ActKind.TAG: Tagging(),
    ActKind.PROTECT: Protection(),
    ActKind.UNPROTECT: Protection(),
    ActKind.DELETE: Delete(),
    ActKind.SHARE: Share(),
    ActKind.UNSHARE: Unshare(),
    ActKind.ANSWER: Answer(),
}

__all__ = [
    "ACTS",
    "Act",
    "ActFailed",
    "CannotTell",
    "Effect",
    "NotNow",
    "Outcome",
    "RefusedTogether",
    "Travel",
    "Work",
    "is_offered",
]


def is_offered(kind: str, project: Project) -> bool:
    """Whether the project's service can do this at all; screens offer only what can work."""
    capabilities = capabilities_of(project.kind)
    return all(any(capabilities.offers(section) for section in any_of) for any_of in ACTS[kind].needs)
