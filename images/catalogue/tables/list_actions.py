"""What can be done to the images that are ticked in the list: a button for each."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ListAction:
    """`id` of the button; `url`: its name among the remembered addresses (core/url_cache.py), "" for that of the form
    itself."""

    id: str
    label: Promise
    url: str
    is_dangerous: bool = False


LIST_ACTIONS: Final = (
    ListAction("act-edit", _("Edit…"), "act_edit"),
    ListAction("act-tag", _("Tags…"), "act_tag"),
    ListAction("act-protect", _("Protect"), ""),
    ListAction("act-unprotect", _("Unprotect"), "act_unprotect"),
    ListAction("act-copy", _("Copy…"), "act_copy"),
    ListAction("act-export", _("Export…"), "act_export"),
    ListAction("act-share", _("Share…"), "act_share"),
    ListAction("act-delete", _("Delete…"), "act_delete", is_dangerous=True),
)
