"""Sharing, answering, and stopping: what happens to the image and its members (5.3, 6.4, 9.3)."""

from images.sandbox.library import Row
from images.sandbox.sharing import Member
from images.sandbox.world import World


def share(world: World, row: Row, project_id: str, moment: str) -> Member:
    """Offer an image to a project. Offered again, it keeps what the project said before."""
    known = world.sharing.find(row.id, project_id)
    if known is not None:
        return known
    member = Member(row.id, project_id, "pending", moment, moment)
    with world.store.transaction():
        world.sharing.put(member)
        _show(world, row, "shared", moment)
    return member


def respond(world: World, member: Member, status: str, moment: str) -> Member:
    """Accept or refuse an offer."""
    answered = Member(member.image_id, member.member_id, status, member.created_at, moment)
    world.sharing.put(answered)
    return answered


def unshare(world: World, row: Row, project_id: str, moment: str) -> None:
    """Take an image back from a project; without members it is private again."""
    with world.store.transaction():
        world.sharing.remove(row.id, project_id)
        if not world.sharing.of_image(row.id):
            _show(world, row, "private", moment)


def _show(world: World, row: Row, kind: str, moment: str) -> None:
    """An image that is shared says so in ``visibility`` and ``__imagetype``, on both sides (5.1.1)."""
    current = world.library.rows[row.id]
    if current.visibility == kind:
        return
    image = world.document(current)
    image["visibility"] = image["__imagetype"] = kind
    image["updated_at"] = moment
    world.save(image, current.shelf, touch=False)
