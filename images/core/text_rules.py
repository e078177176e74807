"""Names, descriptions, sizes and choices (5.1.3, 6.1.6, 9.1)."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from images.core import ims_limits, os_versions
from images.core.violations import Violation

_NAME = re.compile(r"[A-Za-z0-9._ -]+")
_NOT_IN_DESCRIPTION = re.compile(r"[<>\r\n]")


def check_name(value: Any, *, required: bool = True, field: str = "name") -> list[Violation]:
    """1 to 128 letters, digits, hyphens, full stops, underscores and spaces, no space at either end (9.1).

    `required` is False for empty metadata only (6.1.6).
    """
    if value is None or value == "":
        return [Violation(field, _("Enter a name."), "IMG.0013", "9.1")] if required else []
    if not isinstance(value, str):
        return [Violation(field, _("A name is a text."), "IMG.0062", "9.1")]
    if len(value) > ims_limits.MAX_NAME:
        message = _("A name has at most %(most)d characters, this one has %(length)d.")
        return [Violation(field, message % {"most": ims_limits.MAX_NAME, "length": len(value)}, "IMG.0002", "9.1")]
    if value != value.strip(" "):
        return [Violation(field, _("A name neither starts nor ends with a space."), "IMG.0003", "9.1")]
    if not _NAME.fullmatch(value):
        message = _("A name consists of letters A to Z, digits, hyphens, full stops, underscores and spaces.")
        return [Violation(field, message, "IMG.0003", "9.1")]
    return []


def check_description(value: Any, *, field: str = "description") -> list[Violation]:
    """At most 1,024 characters, no line breaks, neither < nor > (9.1)."""
    if value is None:
        return []
    if not isinstance(value, str):
        return [Violation(field, _("A description is a text."), "IMG.0054", "9.1")]
    if len(value) > ims_limits.MAX_DESCRIPTION:
        message = _("A description has at most %(most)d characters, this one has %(length)d.")
        return [
            Violation(field, message % {"most": ims_limits.MAX_DESCRIPTION, "length": len(value)}, "IMG.0004", "9.1")
        ]
    if _NOT_IN_DESCRIPTION.search(value):
        return [Violation(field, _("A description is one line without < and >."), "IMG.0054", "9.1")]
    return []


def check_min_disk(
    value: Any, *, most: int = ims_limits.MAX_SYSTEM_DISK, above: int = 0, field: str = "min_disk"
) -> list[Violation]:
    """A disk in GB from 1 to `most`: 1,024 for system disks, 2,048 for data disks that come of files (5.1.3).

    `above` is the size of a file in bytes that must be smaller than the disk (5.1.4).
    """
    if not _is_whole(value, ims_limits.MIN_DISK, most):
        message = _("The disk has %(least)d to %(most)d GB.") % {"least": ims_limits.MIN_DISK, "most": most}
        return [Violation(field, message, "IMG.0055", "5.1.3")]
    if above and value * ims_limits.GIB <= above:
        message = _("The disk must be larger than the file: at least %(least)d GB.")
        return [Violation(field, message % {"least": above // ims_limits.GIB + 1}, "IMG.0055", "5.1.4")]
    return []


def check_memory(min_ram: Any = None, max_ram: Any = None) -> list[Violation]:
    """Memory in MB, whole numbers from 0; 0 or None sets no limit (5.1.3).

    A minimum above the maximum is the console's own rule: the reference is silent, but no ECS could satisfy it.
    """
    found = []
    for field, value in (("min_ram", min_ram), ("max_ram", max_ram)):
        if value is not None and not _is_whole(value, 0, ims_limits.MAX_RAM):
            message = _("The memory is a whole number of MB; 0 sets no limit.")
            found.append(Violation(field, message, "IMG.0055", "5.1.3"))
    if not found and max_ram and min_ram and min_ram > max_ram:
        found.append(Violation("max_ram", _("The maximum memory is not below the minimum.")))
    return found


def check_os_version(
    value: Any, *, required: bool = False, missing: str = "IMG.0056", field: str = "os_version"
) -> list[Violation]:
    """A version of table 9-1. `missing` is the code of its absence where it is required (IMG.0166 for ISO files)."""
    if value is None or value == "":
        return [Violation(field, _("Choose the version of the operating system."), missing, "9.5")] if required else []
    if not isinstance(value, str) or not os_versions.is_known(value):
        message = _("The service does not know this version. Choose one of the list.")
        return [Violation(field, message, "IMG.0056", "9.5")]
    return []


def check_os_type(value: Any, *, of_data_disk: bool = False) -> list[Violation]:
    """Linux, Windows or Other; a quickly imported data disk has no Other (5.1.3, 5.1.4)."""
    choices = ims_limits.OS_TYPES_OF_DATA if of_data_disk else ims_limits.OS_TYPES
    return check_choice("os_type", value, choices, code="IMG.0122", rule="5.1.4" if of_data_disk else "5.1.3")


def check_architecture(value: Any) -> list[Violation]:
    """x86 (also when nothing is said) or arm, in capitals or not (5.1.4)."""
    folded = value.lower() if isinstance(value, str) else value
    return check_choice("architecture", folded, ims_limits.ARCHITECTURES, code="IMG.0212", rule="5.1.4")


def check_choice(field: str, value: Any, choices: Sequence[str], *, code: str = "", rule: str = "") -> list[Violation]:
    """One of some texts, or nothing."""
    if value is None or value == "" or (isinstance(value, str) and value in choices):
        return []
    return [Violation(field, _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)}, code, rule)]


def check_switch(field: str, value: Any, rule: str) -> list[Violation]:
    """true, false, or nothing."""
    return [] if value is None or isinstance(value, bool) else [Violation(field, _("It is true or false."), "", rule)]


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
