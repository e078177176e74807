"""The IAM actions of the image service as the page of an account tells them: what each is for, and policies to copy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.accounts.services.permissions import EVERY_ACTION, OBS_RIGHT, policies

_PURPOSES: Final[Mapping[str, Promise]] = {
    "ims:images:list": gettext_lazy("Listing images and tags: without it nothing is synchronised"),
    "ims:images:get": gettext_lazy("Reading one image; every other action on an image takes it, too"),
    "ims:quotas:get": gettext_lazy("Reading the quota"),
    "ims:imageJobs:getPercentage": gettext_lazy("Following jobs: without it nobody sees how a creation ends"),
    "ims:images:update": gettext_lazy("Changing attributes and tags"),
    "ims:images:upload": gettext_lazy("Uploading and registering files, creating, copying"),
    "ims:images:create": gettext_lazy("Creating, registering and copying"),
    "ims:serverImages:create": gettext_lazy("Creating from servers, disks and files"),
    "ims:wholeImages:create": gettext_lazy("Creating full-ECS images"),
    "ims:images:copy": gettext_lazy("Copying"),
    "ims:images:export": gettext_lazy("Exporting"),
    "ims:images:share": gettext_lazy("Sharing, accepting what is shared, and reading with whom an image is shared"),
    "ims:images:delete": gettext_lazy("Deleting"),
}
_TITLES: Final[Mapping[str, Promise]] = {
    "read": gettext_lazy("Read only"),
    "operate": gettext_lazy("Operate: also change, create, copy, export"),
    "all": gettext_lazy("All: also share and delete"),
}


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action. `verdict` says whether the account has it, "" when nobody has asked yet."""

    name: str
    purpose: str
    verdict: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy of IAM as JSON text."""

    name: str
    title: str
    text: str


def action_lines(verdicts: Mapping[str, bool | None] | None = None) -> Sequence[ActionLine]:
    """All actions of chapter 8; `verdicts` as images/accounts/services/probing.py gives them."""
    words = {True: (_("yes"), "good"), False: (_("no"), "bad"), None: (_("unknown"), "wait")}
    return [
        ActionLine(action, str(_PURPOSES[action]), *(words[verdicts.get(action)] if verdicts else ()))
        for action in EVERY_ACTION
    ]


def policy_texts() -> Sequence[PolicyText]:
    return [
        PolicyText(name, str(_TITLES[name]), json.dumps(document, indent=2)) for name, document in policies().items()
    ]


def obs_words() -> str:
    """What no policy of IMS can grant (5.1.6, 5.1.7, 8.1)."""
    return _("Exporting and registering files take the permission %(right)s for OBS as well.") % {"right": OBS_RIGHT}
