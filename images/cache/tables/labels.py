"""What people read in place of IMS's values: "public" for gold, "ECS" for FusionCompute."""

from collections.abc import Mapping
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from images.cache import facets

Label = str | Promise

VALUES: Mapping[str, Mapping[str, Label]] = {
    "type": {"gold": _("public"), "private": _("private"), "shared": _("shared"), "community": _("community")},
    "envtype": {
        "FusionCompute": _("ECS (FusionCompute)"),
        "DataImage": _("data disk"),
        "IsoImage": _("ISO"),
        "Ironic": _("bare metal (Ironic)"),
    },
    "boot": {"bios": "BIOS", "uefi": "UEFI"},
    "flag": {name: label for name, (_attribute, label) in facets.FLAGS.items()},
    "policy": {"broken": _("broken"), "kept": _("kept")},
    "spare": {
        "old": _("older than a year"),
        "untouched": _("never touched from here"),
        "superseded": _("there is a newer one"),
        "duplicate": _("same content as an older one"),
        "untagged": _("without a tag"),
        "failed": _("creation failed"),
        "two-reasons": _("two reasons or more"),
        "three-reasons": _("three reasons or more"),
        "four-reasons": _("four reasons or more"),
    },
    "protected": {"yes": _("protected"), "no": _("not protected")},
    "hidden": {"yes": _("hidden"), "no": _("not hidden")},
    "encrypted": {"yes": _("encrypted"), "no": _("not encrypted")},
    "full-ecs": {"yes": _("full-ECS"), "no": _("not full-ECS")},
    "tagged": {"yes": _("tagged"), "no": _("untagged")},
}
#: Kind of a breach of a tag policy (tags/rules/policy.py) → what is wrong with the key.
BREACHES: Mapping[str, Label] = {
    "missing": _("%(key)s is missing"),
    "value": _("%(key)s has a wrong value"),
    "spelling": _("%(key)s is misspelled"),
    "barred": _("%(key)s is barred"),
}
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


@lru_cache(maxsize=256)
def _words_of(field: str, _language: str | None) -> Mapping[str, str]:
    return {value: str(label) for value, label in VALUES.get(field, {}).items()}


def labels_of(field: str) -> Mapping[str, str]:
    """value → words in the reader's language. Remembered: a page asks some two hundred times."""
    return _words_of(field, get_language())


def label_of(field: str, value: str) -> str:
    """The words for a value of a field of the query language; values without any stand for themselves."""
    words = labels_of(field)
    if field == "policy" and ":" in value:
        kind, _colon, key = value.partition(":")
        return BREACHES[kind] % {"key": key} if kind in BREACHES else value
    if field == "flag" and ":" in value:
        kind, _colon, detail = value.partition(":")
        return f"{words.get(kind, kind)}: {detail}"
    return words.get(value, value)
