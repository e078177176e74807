"""What people read in place of IMS's values: "public" for gold, "ECS" for FusionCompute."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from images import facets

Label = str | Promise

VALUES: Mapping[str, Mapping[str, Label]] = {
    "type": {"gold": _("public"), "private": _("private"), "shared": _("shared")},
    "envtype": {
        "FusionCompute": _("ECS (FusionCompute)"),
        "DataImage": _("data disk"),
        "IsoImage": _("ISO"),
        "Ironic": _("bare metal (Ironic)"),
    },
    "boot": {"bios": "BIOS", "uefi": "UEFI"},
    "flag": {name: label for name, (_attribute, label) in facets.FLAGS.items()},
    "protected": {"yes": _("protected"), "no": _("not protected")},
    "encrypted": {"yes": _("encrypted"), "no": _("not encrypted")},
    "full-ecs": {"yes": _("full-ECS"), "no": _("not full-ECS")},
}
_NONE: Mapping[str, Label] = {}

#: Status of an image → (tone of the badge, icon). The word stands beside it: colour is never the only sign.
STATUS: Mapping[str, tuple[str, str]] = {
    "active": ("good", "●"),
    "queued": ("wait", "◔"),
    "saving": ("wait", "◑"),
    "importing": ("wait", "◑"),
    "uploading": ("wait", "◑"),
    "killed": ("bad", "✕"),
    "deleted": ("off", "○"),
    "pending_delete": ("off", "○"),
    "deactivated": ("off", "○"),
}
UNKNOWN_STATUS = ("off", "?")


def label_of(field: str, value: str) -> str:
    """The words for a value of a field of the query language; values without any stand for themselves."""
    words = VALUES.get(field, _NONE)
    if field == "flag" and ":" in value:
        kind, _colon, detail = value.partition(":")
        return f"{words.get(kind, kind)}: {detail}"
    return str(words.get(value, value))
