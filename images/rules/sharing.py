"""With whom images are shared, and what recipients answer (5.3, 6.4, 9.3)."""

import re
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from images.rules import limits
from images.rules.broken import Broken
from images.rules.texts import check_choice

#: Keystone's ids: 32 characters from 0-9a-f, older clouds have longer ones with hyphens.
_PROJECT = re.compile(r"[0-9A-Za-z_-]{1,64}")


def check_recipients(projects: Any, *, own: str, members: Collection[str] = ()) -> list[Broken]:
    """Project IDs to share with: at least one, well formed, not the owner's, 128 members in all (9.3).

    `own`: the owner's project ID; `members`: IDs that have the image already, which do not count twice.
    """
    if not isinstance(projects, list) or not projects:
        return [Broken("projects", _("Name at least one project."), "", "5.3.2")]
    found = []
    for place, project in enumerate(projects):
        field = f"projects.{place}"
        broken = check_project_id(project, field)
        if broken:
            found.append(broken)
        elif project == own:
            found.append(Broken(field, _("The image is in this project already."), "IMG.0076", "9.3"))
    if not found and len(set(projects) | set(members)) > limits.MAX_MEMBERS:
        message = _("An image is shared with at most %(most)d projects.") % {"most": limits.MAX_MEMBERS}
        found.append(Broken("projects", message, "IMG.0088", "9.3"))
    return found


def check_project_id(project: Any, field: str = "project_id") -> Broken | None:
    """The ID of a project, well formed (5.3.2)."""
    if isinstance(project, str) and _PROJECT.fullmatch(project):
        return None
    message = _("A project ID has 1 to 64 letters, digits, hyphens and underscores.")
    return Broken(field, message, "IMG.0067", "5.3.2")


def check_pair(*, recipient: str, own: str, region: str, recipient_region: str = "") -> Broken | None:
    """Whether an image of the project `own` in a region may go to a recipient (9.3).

    `recipient_region`: where the recipient is, if that is known.
    """
    if recipient == own:
        return Broken("projects", _("The image is in this project already."), "IMG.0076", "9.3")
    if recipient_region and recipient_region != region:
        message = _("Images are shared only within their region; this one is in %(own)s, the recipient in %(other)s.")
        return Broken("projects", message % {"own": region, "other": recipient_region}, "IMG.0177", "9.3")
    return None


def check_answer(status: Any) -> list[Broken]:
    """accepted or rejected; nobody goes back to pending (5.3.3)."""
    return check_choice("status", status or "?", limits.MEMBER_ANSWERS, rule="5.3.3")
