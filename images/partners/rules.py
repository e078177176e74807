"""How projects of others are named (5.3)."""

import re
from typing import Any

from django.utils.translation import gettext as _

from images.core.violations import Violation

#: Keystone's ids: 32 characters from 0-9a-f, older clouds have longer ones with hyphens.
_PROJECT = re.compile(r"[0-9A-Za-z_-]{1,64}")


def check_project_id(project: Any, field: str = "project_id") -> Violation | None:
    """The ID of a project, well formed (5.3.2)."""
    if isinstance(project, str) and _PROJECT.fullmatch(project):
        return None
    message = _("A project ID has 1 to 64 letters, digits, hyphens and underscores.")
    return Violation(field, message, "IMG.0067", "5.3.2")
