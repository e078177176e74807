"""One life of an image, told through our own client: the same words to the sandbox and to a Glance of OpenStack."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import pytest

from images.ims import BadRequest, Conflict, Forbidden, IMSClient, Metadata, NotFound, Refused, Tag
from images.ims.patch import V20, V21, add, remove, replace

#: A Glance looks into what it gets, and takes for raw what is nothing else.
CONTENT = bytes(range(256)) * 5000


@dataclass(frozen=True, slots=True)
class Cast:
    """The owner of the images and somebody in another project that they are shared with.

    `values`: tags may be key=value. The native calls of IMS refuse that (6.2.1), those of a Glance do not look.
    """

    owner: IMSClient
    partner: IMSClient
    values: bool = True


def upload_and_read_back(cast: Cast) -> str:
    """Metadata, upload with progress, waiting, and the same bytes back; returns the image's id."""
    client = cast.owner
    order = Metadata(name="scenario", disk_format="raw", container_format="bare", min_disk=1, min_ram=64)
    image = client.images.create_metadata(order)
    assert (image.status, image.name, image.owner) == ("queued", "scenario", client.project_id)
    progress: list[tuple[int, int | None]] = []
    client.images.upload(image.id, BytesIO(CONTENT), progress=lambda sent, total: progress.append((sent, total)))
    assert progress[-1] == (len(CONTENT), len(CONTENT))
    active = client.images.wait_until_active(image.id, interval=0.05, timeout=60)
    assert active.size_bytes == len(CONTENT)
    assert active.checksum == hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    target = BytesIO()
    assert client.images.download(image.id, target).md5 == active.checksum
    assert target.getvalue() == CONTENT
    with pytest.raises(Conflict):
        client.images.upload(image.id, BytesIO(CONTENT))
    return image.id


def change(cast: Cast, image_id: str) -> None:
    """Name, memory, an attribute of our own: in both media types."""
    client = cast.owner
    assert client.images.update(image_id, [replace("name", "renamed image")]).name == "renamed image"
    assert client.images.update(image_id, [replace("min_ram", 128)]).min_ram == 128
    changed = client.images.update(image_id, [add("my_attribute", "x")], native=True, media_type=V21)
    assert changed.extra["my_attribute"] == "x"
    changed = client.images.update(image_id, [replace("my_attribute", "y")], native=True, media_type=V20)
    assert changed.extra["my_attribute"] == "y"
    assert "my_attribute" not in client.images.update(image_id, [remove("my_attribute")], native=True).extra
    assert "my_attribute" not in client.images.get(image_id).extra
    assert client.images.get(image_id).name == "renamed image"


def tag(cast: Cast, image_id: str) -> None:
    """Tags in the way that each service knows."""
    client = cast.owner
    wanted = {Tag("team", "web" if cast.values else ""), Tag("golden")}
    client.tags.attach(image_id, wanted)
    client.tags.add_native(image_id, "native key")
    assert set(client.images.get(image_id).tags) == wanted | {Tag("native key")}
    assert image_id in {image.id for image in client.images.list(tag="golden")}
    client.tags.detach(image_id, wanted)
    client.tags.remove_native(image_id, "native key")
    assert client.images.get(image_id).tags == ()
    with pytest.raises(NotFound):
        client.tags.remove_native(image_id, "native key")


def share(cast: Cast, image_id: str) -> None:
    """Offer, accept, reject, end; seen from both sides."""
    client, partner = cast.owner, cast.partner
    with pytest.raises(NotFound):
        partner.images.get(image_id)
    assert client.members.add(image_id, partner.project_id).status == "pending"
    with suppress(Conflict):  # which a Glance says; to IMS it is all the same
        client.members.add(image_id, partner.project_id)
    assert [one.member_id for one in client.members.list(image_id)] == [partner.project_id]
    assert image_id not in _shared_with(partner, "accepted")
    assert image_id in _shared_with(partner, "pending")
    assert partner.members.answer(image_id, "accepted").status == "accepted"
    assert image_id in _shared_with(partner, "accepted")
    assert partner.images.get(image_id).owner == client.project_id
    assert client.members.get(image_id, partner.project_id).status == "accepted"
    assert partner.members.answer(image_id, "rejected").status == "rejected"
    assert image_id in _shared_with(partner, "rejected")
    assert [(one.member_id, one.status) for one in client.members.list(image_id)] == [(partner.project_id, "rejected")]
    client.members.remove(image_id, partner.project_id)
    assert list(client.members.list(image_id)) == []
    with pytest.raises(NotFound):
        partner.images.get(image_id)


def find(cast: Cast) -> None:
    """Filters, sorting, and pages by marker, of a few images made for it."""
    client = cast.owner
    made = [
        client.images.create_metadata(Metadata(name=name, disk_format="raw", container_format="bare", min_disk=disk)).id
        for name, disk in (("find b", 2), ("find a", 3), ("find c", 1))
    ]
    queued = {"status": "queued", "owner": client.project_id, "disk_format": "raw"}
    assert set(made) <= {image.id for image in client.images.list(queued)}
    assert [image.id for image in client.images.list(queued, name="find a")] == [made[1]]
    assert made[2] in {image.id for image in client.images.list(queued, min_disk=1)}
    by_name = [image.id for image in client.images.list(queued, sort_key="name", sort_dir="asc") if image.id in made]
    assert by_name == [made[1], made[0], made[2]]
    by_id = [image.id for image in client.images.list(queued, sort_key="id", sort_dir="desc") if image.id in made]
    assert by_id == sorted(made, reverse=True)
    whole = [image.id for image in client.images.list(queued)]
    assert [image.id for image in client.images.list(queued, limit=2)] == whole
    assert [image.id for image in client.images.list(queued, limit=1, marker=whole[0])] == whole[1:]
    for image_id in made:
        client.images.delete(image_id)
    assert not set(made) & {image.id for image in client.images.list(queued)}


def protect_and_delete(cast: Cast, image_id: str) -> None:
    """Protection refuses what it should; afterwards the image can go, and then it is gone."""
    client = cast.owner
    assert client.images.update(image_id, [replace("protected", True)], native=True).protected
    # IMS says 400 with IMG.0028, a Glance 403.
    with pytest.raises((BadRequest, Refused, Forbidden)):
        client.images.delete(image_id)
    assert not client.images.update(image_id, [replace("protected", False)], native=True).protected
    with pytest.raises((NotFound, Forbidden)):
        cast.partner.images.delete(image_id)
    client.images.delete(image_id)
    with pytest.raises(NotFound):
        client.images.get(image_id)
    with pytest.raises(NotFound):
        client.images.delete(image_id)


def look_around(cast: Cast) -> None:
    """What a service says of itself: versions and schemas."""
    client = cast.owner
    versions = client.versions.list()
    assert "CURRENT" in {version.status for version in versions}
    assert "name" in client.schemas.image().properties
    assert "images" in client.schemas.images().properties
    assert "member_id" in client.schemas.member().properties
    assert "members" in client.schemas.members().properties


def count(cast: Cast) -> None:
    """The quota goes down by an image, and up again."""
    before = cast.owner.quotas.images()
    assert 0 <= before.used < before.quota
    image = cast.owner.images.create_metadata(Metadata(name="one more", disk_format="raw", container_format="bare"))
    assert cast.owner.quotas.images().used == before.used + 1
    cast.owner.images.delete(image.id)
    assert cast.owner.quotas.images() == before


def whole_life(cast: Cast) -> None:
    """Everything above, in the order of a life."""
    look_around(cast)
    find(cast)
    image_id = upload_and_read_back(cast)
    change(cast, image_id)
    tag(cast, image_id)
    share(cast, image_id)
    protect_and_delete(cast, image_id)


def _shared_with(client: IMSClient, status: str) -> set[str]:
    return {image.id for image in client.images.list(visibility="shared", member_status=status)}
