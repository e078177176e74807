"""What IAM must allow before IMS does something (chapter 8): actions by operation, and policies that grant them.

A service answers 403 without saying which action is missing; so whoever is refused is told all that the operation
takes. An OpenStack Glance knows no such actions.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

LIST, GET, UPDATE = "ims:images:list", "ims:images:get", "ims:images:update"
CREATE, UPLOAD, DELETE = "ims:images:create", "ims:images:upload", "ims:images:delete"
SHARE, COPY, EXPORT = "ims:images:share", "ims:images:copy", "ims:images:export"
SERVER_IMAGES, WHOLE_IMAGES = "ims:serverImages:create", "ims:wholeImages:create"
QUOTA, JOBS = "ims:quotas:get", "ims:imageJobs:getPercentage"

_MAKE: Final = (GET, UPDATE, UPLOAD, CREATE)
_SHARING: Final = (GET, SHARE)

#: Section of the reference → the actions that it takes, all of them. Schemas and versions (6.3, 6.5) take none. Quick
#: import (5.1.4) is not in chapter 8 and is read as the creation that it is.
ACTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "5.1.1": (LIST,),
        "5.1.2": (GET, UPDATE),
        "5.1.3": (*_MAKE, SERVER_IMAGES),
        "5.1.4": (*_MAKE, SERVER_IMAGES),
        "5.1.5": (*_MAKE, WHOLE_IMAGES),
        "5.1.6": _MAKE,
        "5.1.7": (GET, EXPORT),
        "5.2.1": (GET, UPDATE),
        "5.2.2": (LIST,),
        "5.2.3": (LIST,),
        "5.2.4": (UPDATE,),
        "5.2.5": (UPDATE,),
        "5.2.6": (UPDATE,),
        "5.2.7": (LIST,),
        "5.2.8": (LIST,),
        "5.3.1": _SHARING,
        "5.3.2": _SHARING,
        "5.3.3": _SHARING,
        "5.4.1": (*_MAKE, COPY),
        "5.5.1": (LIST, QUOTA),
        "5.6.1": (JOBS,),
        "6.1.1": (LIST,),
        "6.1.2": (GET,),
        "6.1.3": (GET, UPDATE),
        "6.1.4": (GET, UPDATE, UPLOAD),
        "6.1.5": (GET, DELETE),
        "6.1.6": (CREATE,),
        "6.1.7": (DELETE,),
        "6.1.8": (GET,),
        "6.1.9": (LIST,),
        "6.2.1": (GET, UPDATE),
        "6.2.2": (GET, UPDATE),
        "6.4.1": _SHARING,
        "6.4.2": _SHARING,
        "6.4.3": _SHARING,
        "6.4.4": _SHARING,
        "6.4.5": _SHARING,
    }
)

#: What registering and exporting want besides (5.1.6, 5.1.7, 8.1): a right at the object storage, not at IMS.
OBS_RIGHT: Final = "Tenant Administrator"
TOUCH_BUCKETS: Final = frozenset({"5.1.6", "5.1.7"})

#: Each action once, in the order in which an account needs them: reading first.
EVERY_ACTION: Final = (
    LIST, GET, QUOTA, JOBS, UPDATE, UPLOAD, CREATE, SERVER_IMAGES, WHOLE_IMAGES, COPY, EXPORT, SHARE, DELETE,
)  # fmt: skip

#: What an account may do with images, by how much it is trusted with. "operate" changes and makes images, but neither
#: deletes them nor shows them to others; reading the list of members takes SHARE too (8.4).
POLICIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"read": EVERY_ACTION[:4], "operate": EVERY_ACTION[:11], "all": EVERY_ACTION}
)


def policy(actions: Iterable[str]) -> dict[str, Any]:
    """A custom policy as IAM takes it."""
    return {"Version": "1.1", "Statement": [{"Effect": "Allow", "Action": list(actions)}]}


def needed_for(*operations: str) -> str:
    """What these operations take, as a sentence for people; "" when it is nothing, or nobody knows."""
    actions = list(dict.fromkeys(action for one in operations for action in ACTIONS.get(one, ())))
    if not actions:
        return ""
    noun = "action" if len(actions) == 1 else "actions"
    right = f", and for OBS the permission {OBS_RIGHT}" if TOUCH_BUCKETS.intersection(operations) else ""
    return f"It takes the IAM {noun} {_joined(actions)}{right}."


def _joined(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
