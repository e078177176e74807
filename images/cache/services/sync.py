"""Keeps the cache in step with IMS: which lists make up a holder, what differs, and its publication in one transaction.

A holder is a project (its own images, and those shared with it in each member state) or a region (the public images,
read through any of its projects). A *full* synchronisation reads everything and so knows what is gone; a *quick* one
asks for images updated since the last (API reference 5.1.1, `updated_at=gte:`) and reads the short shared lists whole.

Killed at any line it is simply run again: an unpublished holder is seen by nobody and continues from the digests of
what is there; a published one changes in one transaction at the end.
"""

import gc
import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F, Max

from images.cache.enums import MemberStatus
from images.cache.models.image import Image
from images.cache.rules.dialects import of_kind
from images.cache.services import descriptions, index, publication
from images.cache.services.columns import Unreadable
from images.cache.services.leases import Busy, Lease, LeaseLost, lease
from images.cache.services.paging import walk
from images.cache.services.publication import Holder, Outcome, Reader, ReceivedImage
from images.clouds.enums import ProjectKind
from images.clouds.models import Project, Region
from images.clouds.services.clients import client_for
from images.core import backoff, clock
from images.core.encryption import SecretUnreadable
from images.core.error_messages import code_of
from images.ims import IMSClient, IMSError, RawImage, ResponseError

logger = logging.getLogger(__name__)

__all__ = ["Busy", "LeaseLost", "SyncFailed", "SyncResult", "sync_holder"]

#: A quick synchronisation looks back this far before the last one began: clocks differ, and IMS stamps to the second.
OVERLAP = timedelta(minutes=2)
#: Images written in one transaction while a holder is not yet published (20 pages): other writers get their turn.
BATCH = 10_000
#: What differs is kept in memory up to this many bytes, then in a file.
IN_MEMORY = 16 * 1024 * 1024

#: What people read when the console itself is at fault.
FAULT = "The console failed while synchronising; its log says why."

Progress = Callable[[int], None]
T = TypeVar("T")


class SyncFailed(Exception):
    """The sentence for people; the cause is the client's error. The cache is as it was."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What one synchronisation did; `read` counts images received, `full` whether deletions were looked for."""

    full: bool
    read: int
    appeared: int
    changed: int
    gone: int


def sync_holder(holder: Holder, *, full: bool = False, progress: Progress = lambda _read: None) -> SyncResult:
    """Synchronises a project's or a region's images. Raises Busy, LeaseLost or SyncFailed.

    `full` is forced for a holder that was never published. `progress` hears how many images have been read so far.
    """
    with lease(holder) as claim:
        began = clock.now()
        try:
            holder.refresh_from_db()
            full = full or holder.published_at is None or claim.wanted == "full"
            return _Run(holder, claim, full, began, progress).go()
        except ObjectDoesNotExist as error:
            raise LeaseLost from error  # its account was removed meanwhile
        except (IMSError, SecretUnreadable, Unreadable) as error:
            logger.warning("synchronisation of %s failed: %s", holder, error)
            retry_after = error.retry_after if isinstance(error, ResponseError) else None
            _fail(holder, claim, str(error), retry_after or 0.0, error)
            raise SyncFailed(str(error)) from error
        except (LeaseLost, SyncFailed):
            raise
        except Exception:  # a fault of ours, whichever: told, not tried again at once, and raised again
            _fail(holder, claim, FAULT)
            raise


def _fail(
    holder: Holder, claim: Lease, sentence: str, retry_after: float = 0.0, error: Exception | None = None
) -> None:
    """`retry_after`: seconds that the service wants us to wait for (Retry-After). `error`: if the client raised one."""
    now = clock.now()
    failures = min(holder.failures + 1, backoff.MOST)
    pause = timedelta(seconds=backoff.SYNCS.pause(failures, asked=retry_after))
    claim.finish(
        error=sentence,
        error_at=now,
        error_code=code_of(error) if error else "",
        error_request_id=str(getattr(error, "request_id", ""))[:80],
        failures=failures,
        retry_at=now + pause,
    )


# --- which lists make up a holder -------------------------------------------------------------------------------------
class _Belonging(msgspec.Struct):
    owner: object = None
    visibility: object = None


#: A Glance shows hidden images in no list but one that asks for them, which shows no others.
_HIDDEN: Final = {"os_hidden": "true"}
_belonging_of: Final = msgspec.json.Decoder(_Belonging).decode


@dataclass(frozen=True, slots=True)
class Scope:
    """One list of the service. `member_status` marks shared-in images; `whole` lists are always read completely.

    Not every image in a list is meant: `not_of` are projects whose own images are left out, and `not_public` leaves
    out public ones.
    """

    filters: dict[str, str]
    member_status: str = ""
    whole: bool = False
    not_of: frozenset[str] = frozenset()
    not_public: bool = False

    def has(self, image: RawImage) -> bool:
        """Whether the image belongs to the holder through this list."""
        if not self.not_of and not self.not_public:
            return True
        belonging = _belonging_of(image.raw)
        return belonging.owner not in self.not_of and not (self.not_public and belonging.visibility == "public")


def scopes_of(holder: Project | Region, reader: Project) -> list[Scope]:
    """The lists that make up the holder's images; `reader` is the project through which they are read.

    As 5.1.1 gives them under "Common Query Methods". An image that a project shares with others is `shared` on both
    sides (5.1.1, NOTE of __imagetype) and a Glance lists it under every member_status: the owner tells. A Glance lists
    a project's public images among its own: they are kept with the region, once for all projects. And it lists hidden
    images only when asked for them.
    """
    return _of_ims(holder) if reader.kind == ProjectKind.IMS else _of_glance(holder)


def _of_ims(holder: Project | Region) -> list[Scope]:
    if isinstance(holder, Region):
        return [Scope({"visibility": "public", "__imagetype": "gold", "protected": "true"})]
    shared = {"visibility": "shared", "__imagetype": "shared"}
    return [Scope({"owner": holder.project_id}), *_offered(holder, shared)]


def _of_glance(holder: Project | Region) -> list[Scope]:
    """Hidden images are lists of their own: each costs one call where nothing is hidden, and none is read twice.

    What others give to the community is kept with the region, like public images; what a managed project gives stays
    with it, so that its people can change it.
    """
    if isinstance(holder, Region):
        managed = frozenset(holder.projects.managed().values_list("project_id", flat=True))
        lists = [Scope({"visibility": "public"}), Scope({"visibility": "community"}, not_of=managed)]
        return [*lists, *(replace(scope, filters={**scope.filters, **_HIDDEN}) for scope in lists)]
    owned, shared = {"owner": holder.project_id}, {"visibility": "shared"}
    own = [Scope({**owned, **hidden}, not_public=True) for hidden in ({}, _HIDDEN)]
    return [*own, *_offered(holder, shared), *_offered(holder, {**shared, **_HIDDEN})]


def _offered(holder: Project, shared: Mapping[str, str]) -> Iterator[Scope]:
    not_of = frozenset({holder.project_id})
    for state in MemberStatus:
        yield Scope({**shared, "member_status": state.value}, state.value, whole=True, not_of=not_of)


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


# --- one synchronisation ----------------------------------------------------------------------------------------------
class _Looked(NamedTuple, Generic[T]):
    """An image of a list: "ours", "foreign" or "public"; `made` is what there is to write, None for nothing."""

    image_id: str
    whose: str
    made: T | None = None


class _Run:
    """One synchronisation. Collects what differs from the cache, then applies it."""

    def __init__(self, holder: Holder, claim: Lease, full: bool, began: datetime, progress: Progress) -> None:
        self.holder = holder
        self.claim = claim
        self.full = full
        self.began = began
        self.progress = progress
        reader = reader_for(holder)
        self.dialect = of_kind(reader.kind)
        self.scopes = scopes_of(holder, reader)
        self.client: IMSClient = client_for(reader)
        self.held, self.shared_in = publication.cached_digests(holder)
        self.seen: set[str] = set()
        #: The project's own that are kept with the region; perhaps since recently.
        self.made_public: set[str] = set()
        self.read = 0
        self.outcome = Outcome()

    def go(self) -> SyncResult:
        if isinstance(self.holder, Region):
            descriptions.keep(self.holder, self.dialect, self.client, full=self.full)
        if self.holder.published_at is None:
            with _without_gc():
                self._first()
        else:
            self._later()
        result = SyncResult(self.full, self.read, self.outcome.appeared, self.outcome.changed, self.outcome.gone)
        logger.info("synchronised %s: %s", self.holder, result)
        return result

    # --- first: in batches that nobody sees, published at the end ----------------------------------------------------
    def _first(self) -> None:
        """Walkers make the columns, in their threads; while the database writes, Python is theirs."""
        source = self._differing(self.scopes, Reader(self.holder).read)
        known = set(self.held)
        while batch := list(islice(source, BATCH)):
            with transaction.atomic():
                self.claim.check()
                publication.apply(self.holder, batch, (), seen_at=self.began, known=known, outcome=self.outcome)
            self.claim.renew(self.read)
        with transaction.atomic():
            publication.lock(self.holder)
            publication.apply(self.holder, (), self._gone(), seen_at=self.began, outcome=self.outcome)
            # what a killed attempt left behind is in the tables only
            index.publish(index.holder_delta(self.holder) if self.held else self.outcome.delta)
            self._finish(published_at=clock.now())

    # --- later: what differs is set aside, then applied in one transaction -------------------------------------------
    def _later(self) -> None:
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(settings.VAR_DIR)) as aside:
            for line in self._lines():
                aside.write(line)
            with transaction.atomic():
                publication.lock(self.holder)
                aside.seek(0)
                images = map(_of_line, aside)
                self.outcome = publication.apply(self.holder, images, self._gone(), seen_at=self.began)
                if self.outcome.delta:
                    index.publish(self.outcome.delta)
                self._finish()

    def _lines(self) -> Iterator[bytes]:
        yield from self._differing(self.scopes, _line_of)
        yield from self._differing(self._to_look_at_again(), _line_of)

    def _differing(self, lists: Sequence[Scope], made: Callable[[ReceivedImage], T]) -> Iterator[T]:
        """What is made of the images of these lists whose bytes are not those that the cache holds."""
        filters = [self._filters(scope) for scope in lists]

        def look(number: int, image: RawImage) -> _Looked[T]:
            scope = lists[number]
            if not scope.has(image):
                return _Looked(image.id, "public" if scope.not_public else "foreign")
            incoming = ReceivedImage.of(image.id, _one_line(image.raw), scope.member_status)
            same = self.held.get(image.id, _NOTHING)[1] == incoming.digest
            return _Looked(image.id, "ours", None if same else made(incoming))

        for _number, page in walk(self.client.images.raw_page, filters, look, idle=self._on_silence):
            self.read += len(page)
            for looked in page:
                if looked.whose == "ours":
                    self.seen.add(looked.image_id)
                elif looked.whose == "public":
                    self.made_public.add(looked.image_id)
                if looked.made is not None:
                    yield looked.made
            self._on_page()

    def _to_look_at_again(self) -> list[Scope]:
        """The lists of shared images, when one is in none of them: it may have moved from a list that we had not read
        yet (pending) to one that we had (accepted)."""
        whole = [scope for scope in self.scopes if scope.whole]
        return whole if whole and not self.seen.issuperset(self.shared_in) else []

    def _filters(self, scope: Scope) -> dict[str, str]:
        if self.full or scope.whole or self.holder.synced_at is None:
            return scope.filters
        since = self._changed_since(self.holder.synced_at) - OVERLAP
        return {**scope.filters, "updated_at": f"gte:{since:%Y-%m-%dT%H:%M:%SZ}"}

    def _changed_since(self, moment: datetime) -> datetime:
        """The moment by the clock of the service, which stamps its updates with that; too early rather than too late,
        for another machine of the service may have told its time. Of a service that tells none, the last update that
        we have seen: it was stamped by that clock."""
        there = self.client.service_now()
        if there is not None:
            return min(moment, moment + (there - clock.now()))
        newest = Image.objects.filter(**index.holder_filter(self.holder)).aggregate(at=Max("updated_at"))["at"]
        return min(moment, newest) if newest else moment

    def _on_silence(self) -> None:
        self.claim.renew(self.read, answered=False)

    def _on_page(self) -> None:
        self.claim.renew(self.read)
        self.progress(self.read)

    def _gone(self) -> Iterator[Any]:
        """Rows of what the lists no longer hold. Only lists that were read whole can say so."""
        missing = {image_id: pk for image_id, (pk, _digest) in self.held.items() if image_id not in self.seen}
        if self.full:
            return publication.rows_of(self.holder, list(missing.values()))
        read_whole = self.made_public | self.shared_in
        return publication.rows_of(self.holder, [pk for image_id, pk in missing.items() if image_id in read_whole])

    def _finish(self, **columns: object) -> None:
        columns |= {"full_synced_at": self.began} if self.full else {}
        self.claim.finish(
            synced_at=self.began,
            contact_at=clock.now(),
            error="",
            error_at=None,
            error_code="",
            error_request_id="",
            failures=0,
            retry_at=None,
            progress=self.read,
            image_count=Image.objects.filter(**index.holder_filter(self.holder)).count(),
            **columns,
        )


_NOTHING = (0, "")


@contextmanager
def _without_gc() -> Iterator[None]:
    """A batch makes half a million short-lived tuples and no cycles; looking for cycles took an eighth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _one_line(raw: bytes) -> bytes:
    """JSON has line breaks only between values, never inside a string; a blank does as well, and files take lines."""
    return raw.replace(b"\r", b" ").replace(b"\n", b" ") if b"\n" in raw or b"\r" in raw else raw


def _line_of(image: ReceivedImage) -> bytes:
    return f"{image.image_id}\t{image.member_status}\t".encode() + image.raw + b"\n"


def _of_line(line: bytes) -> ReceivedImage:
    image_id, member_status, raw = line.rstrip(b"\n").split(b"\t", 2)
    return ReceivedImage.of(image_id.decode(), raw, member_status.decode())
