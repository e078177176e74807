"""What may this account do? Asked of the service with calls that cannot change anything.

No operation tells a user's permissions. But IAM decides before IMS looks at what is asked for: of an image that does
not exist, and of a creation that cannot be (its name is longer than any may be), 403 tells that the permission is
missing, and 404 or a refusal with a code that it is there.
"""

import io
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from images.ims import (
    Conflict,
    Forbidden,
    IMSClient,
    IMSError,
    Metadata,
    NotFound,
    Refused,
    SystemDisk,
    Tag,
    WholeServer,
)
from images.ims.permissions import ACTIONS, EVERY_ACTION, TOUCH_BUCKETS

#: Longer than 6.1.6 (255) and 9.1 (128) allow.
_IMPOSSIBLE_NAME: Final = "n" * 300
_NO_FILE: Final = "no-such-bucket:no-such-file.qcow2"

Probe = Callable[[IMSClient, str], object]

#: By the section of the operation that is called; the ID is one that nothing has.
_PROBES: Final[Mapping[str, Probe]] = {
    "6.1.1": lambda client, _id: client.images.raw_page(limit=1, native=True),
    "6.1.2": lambda client, image_id: client.images.get_raw(image_id),
    "5.5.1": lambda client, _id: client.quotas.list(),
    "5.6.1": lambda client, job_id: client.jobs.get(job_id.replace("-", "")),
    "5.2.4": lambda client, image_id: client.tags.detach(image_id, [Tag("no-such-tag", "")]),
    "6.1.4": lambda client, image_id: client.images.upload(image_id, io.BytesIO(b"\0")),
    "6.1.6": lambda client, _id: client.images.create_metadata(Metadata(name=_IMPOSSIBLE_NAME)),
    "5.1.3": lambda client, server_id: client.images.create(SystemDisk(name=_IMPOSSIBLE_NAME, instance_id=server_id)),
    "5.1.5": lambda client, server_id: client.images.create(WholeServer(name=_IMPOSSIBLE_NAME, instance_id=server_id)),
    "5.4.1": lambda client, image_id: client.images.copy(image_id, _IMPOSSIBLE_NAME),
    "5.1.7": lambda client, image_id: client.images.export(image_id, _NO_FILE, file_format="qcow2"),
    "6.4.4": lambda client, image_id: client.members.list(image_id),
    "6.1.5": lambda client, image_id: client.images.delete(image_id),
}
#: Those that only read: what synchronisation, quotas and operations cannot do without.
READING: Final = ("6.1.1", "6.1.2", "5.5.1", "5.6.1")


def probe(client: IMSClient, operations: Iterable[str] = tuple(_PROBES)) -> dict[str, bool | None]:
    """By IAM action (chapter 8), those that these operations take: the account has it, has it not, None: unknown.

    Raises IMSError when the service cannot be asked at all: no connection, no sign-in.
    """
    answers = {operation: _ask(client, operation) for operation in operations}
    return conclude(answers)


def _ask(client: IMSClient, operation: str) -> bool | None:
    """Whether the operation was let through."""
    try:
        _PROBES[operation](client, str(uuid.uuid4()))
    except Forbidden:
        return False
    except (NotFound, Refused, Conflict):
        return True
    except IMSError:
        if operation == READING[0]:
            raise
        return None
    return True


def conclude(answers: Mapping[str, bool | None]) -> dict[str, bool | None]:
    """From operations that were let through or refused to the actions. One that was let through has all that it takes;
    of a refused one only the last that is not known to be there can be what is missing, unless a right at the object
    storage may be."""
    given = {action for operation, answer in answers.items() if answer for action in ACTIONS[operation]}
    missing = set()
    for operation, answer in answers.items():
        left = set(ACTIONS[operation]) - given
        if answer is False and len(left) == 1 and operation not in TOUCH_BUCKETS:
            missing |= left
    asked = {action for operation in answers for action in ACTIONS[operation]}
    return {one: _verdict(one, given, missing) for one in EVERY_ACTION if one in asked}


def _verdict(action: str, given: Collection[str], missing: Collection[str]) -> bool | None:
    if action in given:
        return True
    return False if action in missing else None
