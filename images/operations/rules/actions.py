"""What may be done to an image as it is: `problem_of_…` says why not, `can_…` answers.

Nothing here asks a database or the service, so that previews of thousands of images may ask for each. What the image
alone cannot tell is passed in: jobs under way (`busy`), where it comes from (`origin`), how many members it has.
When several rules are broken the first one that the service would name is given.
"""

from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _

from images.cache.rules.dialects import Dialect, of_kind
from images.cache.rules.subject import Subject, is_charged, is_encrypted, is_foreign, is_iso, is_own, is_public
from images.core import ims_limits
from images.core.violations import Violation

#: Where nobody says otherwise.
_IMS: Final = of_kind("ims")


def problem_of_delete(image: Subject, *, busy: bool = False) -> Violation | None:
    """Own private images, neither protected nor being made (6.1.5). `busy`: a job is making it."""
    if is_public(image):
        return Violation("", _("Public images cannot be deleted."), "IMG.0094", "6.1.5")
    if is_foreign(image):
        return Violation("", _("Only the owner can delete the image; it is shared with you."), "IMG.0092", "6.1.5")
    if image.protected:
        return Violation("", _("The image is protected. Lift the protection first."), "IMG.0028", "9.1")
    if image.status == "saving" or busy:
        return Violation("", _("The image is being created."), "IMG.0090", "6.1.5")
    return None


def problem_of_share(image: Subject, *, members: int = 0) -> Violation | None:
    """Own images in any state, neither encrypted nor full-ECS, with less than 128 members (9.3, 5.1.5). A Glance shares
    none that its owner has given to everybody (403 for members of others than shared ones)."""
    if is_public(image):
        return Violation("", _("Public images are everybody's already."), "IMG.0089", "9.3")
    if is_foreign(image):
        return Violation("", _("Only the owner can share the image; it is shared with you."), "IMG.0047", "9.3")
    if image.visibility == "community":
        message = _("Everybody may use a community image already. Change its visibility to private or shared first.")
        return Violation("", message, "", "6.4.1")
    problem = _problem_of_share_kind(image)
    if problem is None and members >= ims_limits.MAX_MEMBERS:
        message = _("The image is shared with %(most)d projects, more are not possible.")
        return Violation("", message % {"most": ims_limits.MAX_MEMBERS}, "IMG.0088", "9.3")
    return problem


def _problem_of_share_kind(image: Subject) -> Violation | None:
    if image.whole_image:
        return Violation("", _("Full-ECS images cannot be shared."), "IMG.0135", "5.1.5")
    if is_encrypted(image):
        return Violation("", _("Encrypted images cannot be shared."), "IMG.0098", "9.3")
    return None


def problem_of_unshare(image: Subject) -> Violation | None:
    """The owner, at any time (9.3)."""
    return None if is_own(image) else _not_yours("5.3.1")


def problem_of_answer(image: Subject) -> Violation | None:
    """Only images that somebody shares with the project, again and again if one likes (5.3.3)."""
    if is_foreign(image):
        return None
    return Violation("", _("Nobody shares the image with you."), "IMG.0027", "5.3.3")


def problem_of_export(
    image: Subject, *, quick: bool = False, origin: Subject | None = None, busy: bool = False
) -> Violation | None:
    """Own, active, ordinary images below 1 TB, above 128 GB by fast export only (5.1.7).

    `origin` is the image at the end of its ancestry, if we know it; `busy`: an export is under way.
    """
    if is_public(image):
        return Violation("", _("Public images cannot be exported."), "IMG.0077", "5.1.7")
    if is_foreign(image):
        return Violation("", _("Only the owner can export the image; it is shared with you."), "IMG.0047", "5.1.7")
    return (
        _problem_of_export_kind(image, origin)
        or _problem_of_export_size(image, quick=quick)
        or (Violation("", _("The image is being exported already."), "IMG.0148", "5.1.7") if busy else None)
    )


def _problem_of_export_kind(image: Subject, origin: Subject | None) -> Violation | None:
    if image.whole_image:
        return Violation("", _("Full-ECS images cannot be exported."), "IMG.0128", "5.1.7")
    if is_iso(image):
        return Violation("", _("ISO images cannot be exported."), "IMG.0167", "5.1.7")
    if image.data_origin.startswith("server_backup"):
        return Violation("", _("Images from CSBS backups cannot be exported."), "IMG.0080", "B")
    return _inactive(image, "5.1.7") or _problem_of_origin(origin)


def _problem_of_origin(origin: Subject | None) -> Violation | None:
    if not is_charged(origin):
        return None
    message = _("Images made from public images of Windows, SUSE, Red Hat, Ubuntu or Oracle Linux cannot be exported.")
    return Violation("", message, "IMG.0079", "5.1.7")


def _problem_of_export_size(image: Subject, *, quick: bool) -> Violation | None:
    if image.size >= ims_limits.TOO_LARGE_TO_EXPORT:
        return Violation("", _("Images of 1 TB and more cannot be exported."), "IMG.0071", "5.1.7")
    if image.size > ims_limits.MAX_EXPORT and not quick:
        return Violation("is_quick_export", _("Images above 128 GB need fast export."), "IMG.0160", "5.1.7")
    return None


def problem_of_copy(image: Subject, *, cmk_id: object = "") -> Violation | None:
    """Active images, neither full-ECS nor ISO; shared ones once accepted and only unencrypted (5.4.1).

    `cmk_id`: key of the copy, another than that of the source. Without one the copy of an encrypted image is not
    encrypted: so it becomes one that can be shared (handling measure of IMG.0098).
    """
    if is_foreign(image) and image.member_status != "accepted":
        return Violation("", _("Accept the image first."), "IMG.0196", "5.4.1")
    if is_foreign(image) and is_encrypted(image):
        return Violation("", _("Encrypted images of others cannot be copied."), "IMG.0197", "5.4.1")
    problem = _problem_of_copy_kind(image) or _inactive(image, "5.4.1")
    if problem is None and is_encrypted(image) and cmk_id == image.key_id:
        return Violation("cmk_id", _("Choose another key than that of the image."), "IMG.0096", "5.4.1")
    return problem


def _problem_of_copy_kind(image: Subject) -> Violation | None:
    if image.whole_image:
        return Violation("", _("Full-ECS images cannot be copied."), "IMG.0130", "5.4.1")
    if is_iso(image):
        return Violation("", _("ISO images cannot be copied."), "IMG.0167", "5.4.1")
    return None


def problem_of_edit(image: Subject, *, dialect: Dialect = _IMS) -> Violation | None:
    """Own images; IMS's call changes only active ones, that of a Glance images in any state (5.1.2, 6.1.3)."""
    if not is_own(image):
        return _not_yours("5.1.2")
    return None if dialect.changes_any_state else _inactive(image, "5.1.2")


def problem_of_tag(image: Subject) -> Violation | None:
    """Own images, in any state (9.2)."""
    return None if is_own(image) else _not_yours("9.2")


def problem_of_protect(image: Subject) -> Violation | None:
    """Own images; the native patch that does it takes any state. Not promised by the reference (B15)."""
    return None if is_own(image) else _not_yours("6.1.3")


def problem_of_fill(image: Subject, *, busy: bool = False) -> Violation | None:
    """Upload and registering want an own image that waits for its file (5.1.6, 6.1.4). `busy`: a file is coming."""
    if not is_own(image):
        return _not_yours("6.1.4")
    if image.status != "queued" or busy:
        message = _("The image has a file already, or is receiving one.")
        return Violation("", message, "IMG.1075", "6.1.4")
    return None


def can_delete(image: Subject, *, busy: bool = False) -> bool:
    return problem_of_delete(image, busy=busy) is None


def can_share(image: Subject, *, members: int = 0) -> bool:
    return problem_of_share(image, members=members) is None


def can_unshare(image: Subject) -> bool:
    return problem_of_unshare(image) is None


def can_answer(image: Subject) -> bool:
    return problem_of_answer(image) is None


def can_export(image: Subject, *, quick: bool = False, origin: Subject | None = None, busy: bool = False) -> bool:
    return problem_of_export(image, quick=quick, origin=origin, busy=busy) is None


def can_copy(image: Subject, *, cmk_id: object = "") -> bool:
    return problem_of_copy(image, cmk_id=cmk_id) is None


def can_edit(image: Subject, *, dialect: Dialect = _IMS) -> bool:
    return problem_of_edit(image, dialect=dialect) is None


def can_tag(image: Subject) -> bool:
    return problem_of_tag(image) is None


def can_protect(image: Subject) -> bool:
    return problem_of_protect(image) is None


def can_fill(image: Subject, *, busy: bool = False) -> bool:
    return problem_of_fill(image, busy=busy) is None


#: By the names of enums.ActionKind, for buttons and previews that go through all of them.
ACTS: Final[dict[str, Callable[..., Violation | None]]] = {
    "upload": problem_of_fill,
    "register": problem_of_fill,
    "export": problem_of_export,
    "copy": problem_of_copy,
    "edit": problem_of_edit,
    "tag": problem_of_tag,
    "protect": problem_of_protect,
    "unprotect": problem_of_protect,
    "delete": problem_of_delete,
    "share": problem_of_share,
    "unshare": problem_of_unshare,
    "answer": problem_of_answer,
}


def problem_of(act: str, image: Subject, **known: Any) -> Violation | None:
    """Why an act is not possible. Raises KeyError for an act that is not done to images."""
    return ACTS[act](image, **known)


def _inactive(image: Subject, rule: str) -> Violation | None:
    if image.status == "active":
        return None
    message = _("The image is not active; its state is “%(status)s”.") % {"status": image.status or "–"}
    return Violation("", message, "IMG.0046", rule)


def _not_yours(rule: str) -> Violation:
    return Violation("", _("Only the owner can change the image."), "IMG.0047", rule)
