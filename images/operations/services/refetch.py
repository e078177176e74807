"""What an act changed is in the cache at once, before any synchronisation: as its answer tells it (actions/effects.py),
else fetched again, image by image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from images.cache.models.image import Image
from images.cache.services import index, publication
from images.cache.services.document import document_of
from images.cache.services.publication import ReceivedImage
from images.clouds.models import Project
from images.core import clock
from images.ims import Forbidden, IMSClient, NotFound
from images.operations.actions import Effect, Outcome
from images.operations.events import members_read
from images.operations.services.members import MembersRead, read_members


@dataclass(frozen=True, slots=True)
class Fetched:
    """Images as the service has them now, and IDs of those that it has no more."""

    images: tuple[tuple[str, bytes], ...] = ()
    #: What is known of others without fetching them.
    effects: tuple[Effect, ...] = ()
    gone: tuple[str, ...] = ()
    member_status: str = ""
    #: Answered, but not to be read: the member state alone is new.
    unread: tuple[str, ...] = ()
    #: Lists of members that were read again.
    members: tuple[MembersRead, ...] = ()
    #: The effect is certain, but the image could not be fetched: a synchronisation has to bring it.
    missed: bool = False

    @property
    def calls(self) -> int:
        return len(self.images) + len(self.unread) + len(self.members)


def fetch(client: IMSClient, outcome: Outcome) -> Fetched:
    """Reads the images that an outcome names (6.1.2). In a thread; raises IMSError."""
    images: list[tuple[str, bytes]] = []
    gone, unread = list(outcome.gone), list[str]()
    for image_id in outcome.changed:
        try:
            images.append((image_id, client.images.get_raw(image_id).raw))
        except (NotFound, Forbidden):
            (unread if outcome.member_status else gone).append(image_id)
    members = tuple(read_members(client, image_id) for image_id in outcome.members if image_id not in gone)
    return Fetched(tuple(images), outcome.effects, tuple(gone), outcome.member_status, tuple(unread), members)


def apply(project: Project, fetched: Sequence[Fetched]) -> bool:
    """Brings the cache of the project to what was fetched or is known; false: an effect is on an image that the cache
    does not hold. Inside a transaction. Public images are the region's and wait for its synchronisation."""
    if not any(one.images or one.effects or one.gone or one.unread for one in fetched):
        return True
    publication.lock(project)
    if project.published_at is None:  # as it is now: it may have been taken out of the index while we waited
        return True
    before = publication.cached_rows(project, _names(fetched))
    held = {image_id: (row.member_status, row.document) for image_id, row in before.items()}
    incoming = list(_incoming(held, fetched))
    gone = {image_id for one in fetched for image_id in one.gone}
    pks = Image.objects.filter(project=project, image_id__in=gone).values_list("pk", flat=True) if gone else ()
    outcome = publication.apply(project, incoming, list(pks), seen_at=clock.now(), before=before)
    if outcome.delta:
        index.publish(outcome.delta)
    if outcome.appeared or outcome.gone:
        Project.objects.filter(pk=project.pk).update(image_count=project.images.count())
    for one in fetched:
        for read in one.members:
            members_read.send(sender=Project, project=project, read=read)
    return all(effect.image_id in held for one in fetched for effect in one.effects)


def _names(fetched: Iterable[Fetched]) -> list[str]:
    """IDs of the images of which the answers say something but not all."""
    names = [name for one in fetched for name in (*dict(one.images), *one.unread, *(e.image_id for e in one.effects))]
    return list(dict.fromkeys(names))


def _incoming(held: dict[str, tuple[str, str]], fetched: Iterable[Fetched]) -> Iterable[ReceivedImage]:
    for one in fetched:
        for image_id, raw in one.images:
            if b'"visibility":"public"' in raw.replace(b" ", b""):
                continue
            yield ReceivedImage.of(image_id, raw, one.member_status or held.get(image_id, ("", ""))[0])
        for image_id in one.unread:
            if image_id in held:
                yield ReceivedImage.of(image_id, held[image_id][1].encode(), one.member_status)
        for effect in one.effects:
            if effect.image_id in held:
                state, text = held[effect.image_id]
                after = msgspec.json.encode(effect.on(document_of(effect.image_id, text)))
                held[effect.image_id] = state, after.decode()  # another effect of this batch stands on it
                yield ReceivedImage.of(effect.image_id, after, state)
