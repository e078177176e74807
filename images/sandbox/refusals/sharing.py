"""What must hold before an image is shared or an offer is answered (5.3, 6.4, 9.3)."""

from typing import Any

from images.sandbox import cast
from images.sandbox.errors import RefusedError, malformed
from images.sandbox.library import Row
from images.sandbox.sharing import Member
from images.sandbox.world import World

MAX_MEMBERS = 128


def project_id(value: Any) -> str:
    """A project id of a body.

    :raises RefusedError: IMG.0067, it is none.
    """
    if not isinstance(value, str) or not value:
        raise RefusedError("IMG.0067")
    return value


def check_owner(project: cast.Project, row: Row) -> None:
    """Only the owner changes an image or its members.

    :raises RefusedError: IMG.0047.
    """
    if row.owner != project.id:
        raise RefusedError("IMG.0047")


def check_share(world: World, project: cast.Project, row: Row, member_id: str) -> None:
    """An own private image, not encrypted, not full-ECS, to another project of the region, 128 of them at most. Of its
    state 9.3 says nothing: one that waits for its file can be shared.

    :raises RefusedError: IMG.0089, 0047, 0098, 0135, 0076, 0067, 0177, 0088.
    """
    if row.imagetype == "gold":
        raise RefusedError("IMG.0089")
    check_owner(project, row)
    if row.whole_image:
        raise RefusedError("IMG.0135")
    if row.cmkid:
        raise RefusedError("IMG.0098")
    check_recipient(project, member_id)
    members = world.sharing.of_image(row.id)
    if member_id not in members and len(members) >= MAX_MEMBERS:
        raise RefusedError("IMG.0088")


def check_recipient(project: cast.Project, member_id: str) -> None:
    """Another project, known, in the same region.

    :raises RefusedError: IMG.0076 for oneself, IMG.0067 for an unknown project, IMG.0177 for another region.
    """
    if member_id == project.id:
        raise RefusedError("IMG.0076")
    recipient = cast.project_by_id(member_id)
    if recipient is None:
        raise RefusedError("IMG.0067")
    if recipient.region != project.region:
        raise RefusedError("IMG.0177")


def answer_status(value: Any) -> str:
    """What a recipient says: accepted or rejected.

    :raises RefusedError: IMG.0001.
    """
    if value not in ("accepted", "rejected"):
        raise malformed("status must be accepted or rejected.")
    return str(value)


def check_answer(project: cast.Project, member: Member) -> None:
    """Only the recipient answers, not the owner for it.

    :raises RefusedError: 403 with IMG.0026.
    """
    if member.member_id != project.id:
        raise RefusedError("IMG.0026", 403)
