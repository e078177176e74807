"""With whom images are shared, and what recipients answer (5.3, 6.4, 9.3)."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from images.core import ims_limits
from images.core.text_rules import check_choice
from images.core.violations import Violation
from images.partners.rules import check_project_id


def check_recipients(projects: object, *, own: str, members: Collection[str] = ()) -> list[Violation]:
    """Project IDs to share with: at least one, well formed, not the owner's, 128 members in all (9.3).

    `own`: the owner's project ID; `members`: IDs that have the image already, which do not count twice.
    """
    if not isinstance(projects, list) or not projects:
        return [Violation("projects", _("Name at least one project."), "", "5.3.2")]
    found = []
    for place, project in enumerate(projects):
        field = f"projects.{place}"
        broken = check_project_id(project, field)
        if broken:
            found.append(broken)
        elif project == own:
            found.append(Violation(field, _("The image is in this project already."), "IMG.0076", "9.3"))
    if not found and len(set(projects) | set(members)) > ims_limits.MAX_MEMBERS:
        message = _("An image is shared with at most %(most)d projects.") % {"most": ims_limits.MAX_MEMBERS}
        found.append(Violation("projects", message, "IMG.0088", "9.3"))
    return found


def check_pair(*, recipient: str, own: str, region: str, recipient_region: str = "") -> Violation | None:
    """Whether an image of the project `own` in a region may go to a recipient (9.3).

    `recipient_region`: where the recipient is, if that is known.
    """
    if recipient == own:
        return Violation("projects", _("The image is in this project already."), "IMG.0076", "9.3")
    if recipient_region and recipient_region != region:
        message = _("Images are shared only within their region; this one is in %(own)s, the recipient in %(other)s.")
        return Violation("projects", message % {"own": region, "other": recipient_region}, "IMG.0177", "9.3")
    return None


def check_answer(status: object) -> list[Violation]:
    """accepted or rejected; nobody goes back to pending (5.3.3)."""
    return check_choice("status", status or "?", ims_limits.MEMBER_ANSWERS, rule="5.3.3")
