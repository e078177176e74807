"""What an act changed is fetched again at once, image by image: the cache shows it before any synchronisation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from images.ims import Forbidden, IMSClient, NotFound
from images.models import Image, Project
from images.services import cache, index
from images.services.cache import Incoming
from images.services.operations.acts import Outcome


@dataclass(frozen=True, slots=True)
class Fetched:
    """Images as the service has them now, and IDs of those that it has no more."""

    images: tuple[tuple[str, bytes], ...] = ()
    gone: tuple[str, ...] = ()
    member_status: str = ""
    #: Answered, but not to be read: the member state alone is new.
    unread: tuple[str, ...] = ()
    #: The effect is certain, but the image could not be fetched: a synchronisation has to bring it.
    missed: bool = False


def fetch(client: IMSClient, outcome: Outcome) -> Fetched:
    """Reads the images that an outcome names (6.1.2). In a thread; raises IMSError."""
    images: list[tuple[str, bytes]] = []
    gone, unread = list(outcome.gone), list[str]()
    for image_id in outcome.changed:
        try:
            images.append((image_id, client.images.get_raw(image_id).raw))
        except (NotFound, Forbidden):
            (unread if outcome.member_status else gone).append(image_id)
    return Fetched(tuple(images), tuple(gone), outcome.member_status, tuple(unread))


def apply(project: Project, fetched: Sequence[Fetched]) -> None:
    """Brings the cache of the project to what was fetched. Inside a transaction. Public images are the region's and
    wait for its synchronisation."""
    if project.published_at is None or not fetched:
        return
    cache.lock(project)
    incoming = list(_incoming(project, fetched))
    gone = {image_id for one in fetched for image_id in one.gone}
    pks = Image.objects.filter(project=project, image_id__in=gone).values_list("pk", flat=True)
    outcome = cache.apply(project, incoming, list(pks), seen_at=timezone.now())
    if outcome.delta:
        index.publish(outcome.delta)
    if outcome.appeared or outcome.gone:
        Project.objects.filter(pk=project.pk).update(image_count=project.images.count())


def _incoming(project: Project, fetched: Iterable[Fetched]) -> Iterable[Incoming]:
    names = [image_id for one in fetched for image_id, _raw in one.images] + [i for one in fetched for i in one.unread]
    rows = Image.objects.filter(Q(project=project), image_id__in=names)
    held = {
        image_id: (state, text) for image_id, state, text in rows.values_list("image_id", "member_status", "document")
    }
    for one in fetched:
        for image_id, raw in one.images:
            if b'"visibility":"public"' in raw.replace(b" ", b""):
                continue
            yield Incoming.of(image_id, raw, one.member_status or held.get(image_id, ("", ""))[0])
        for image_id in one.unread:
            if image_id in held:
                yield Incoming.of(image_id, held[image_id][1].encode(), one.member_status)
