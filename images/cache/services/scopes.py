"""Which lists of the service make up a holder's images, and which of the images in them are the holder's."""

from dataclasses import dataclass

import msgspec
from django.db.models import F

from images.cache.enums import MemberStatus
from images.clouds.enums import ProjectKind
from images.clouds.models import Project, Region
from images.ims import RawImage


class SyncFailed(Exception):
    """The sentence for people; the cause is the client's error. The cache is as it was."""


class _Belonging(msgspec.Struct):
    owner: object = None
    visibility: object = None


_decoder = msgspec.json.Decoder(_Belonging)


@dataclass(frozen=True, slots=True)
class Scope:
    """One list of the service. `member_status` marks shared-in images; `whole` lists are always read completely.

    Not every image in a list is meant: `not_of` is a project whose own images are left out, and `not_public` leaves
    out public ones.
    """

    filters: dict[str, str]
    member_status: str = ""
    whole: bool = False
    not_of: str = ""
    not_public: bool = False

    def has(self, image: RawImage) -> bool:
        """Whether the image belongs to the holder through this list."""
        if not self.not_of and not self.not_public:
            return True
        told = _decoder.decode(image.raw)
        return not (self.not_of and told.owner == self.not_of) and not (self.not_public and told.visibility == "public")


def scopes_of(holder: Project | Region, reader: Project) -> list[Scope]:
    """The lists that make up the holder's images; `reader` is the project through which they are read.

    As 5.1.1 gives them under "Common Query Methods". An image that a project shares with others is `shared` on both
    sides (5.1.1, NOTE of __imagetype) and a Glance lists it under every member_status: the owner tells. A Glance lists
    a project's public images among its own: they are kept with the region, once for all projects. And it lists hidden
    images only when asked for them.
    """
    extension = reader.kind == ProjectKind.IMS
    if isinstance(holder, Region):
        filters = {"visibility": "public"}
        return [Scope({**filters, "__imagetype": "gold", "protected": "true"} if extension else filters)]
    owned = {"owner": holder.project_id}
    shared = {"visibility": "shared", **({"__imagetype": "shared"} if extension else {})}
    own = [Scope(owned, not_public=not extension)]
    if not extension:
        own.append(Scope({**owned, "os_hidden": "true"}, not_public=True))
    return own + [
        Scope({**shared, "member_status": state.value}, state.value, whole=True, not_of=holder.project_id)
        for state in MemberStatus
    ]


def reader_for(holder: Project | Region) -> Project:
    """The project itself; for a region the managed project that answered last. Raises SyncFailed."""
    if isinstance(holder, Project):
        return holder
    last = F("contact_at").desc(nulls_last=True)  # PostgreSQL would begin with those that never answered
    readers = holder.projects.managed().select_related("account").order_by("error", last, "pk")
    reader: Project | None = readers.first()
    if reader is None:
        raise SyncFailed(f"No managed project reads region {holder.name}.")
    return reader
