"""Our copy of the lists of members: whom each image of ours is shared with, and what they answered (6.4.4).

Three ways lead here: the carrier after an act of ours, a page that somebody opens, and the worker that reads lists when
they are due, in bounded pace. Whatever is read later wins; nothing depends on any of them being carried to its end.
"""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F

from images.cache.enums import MemberStatus
from images.cache.models.image import Image
from images.clouds.models import Project
from images.clouds.services.clients import client_for
from images.core import backoff, clock
from images.core.claims import claim
from images.core.correlation import Threads
from images.core.encryption import SecretUnreadable
from images.core.sweeping import FAULT, attempt
from images.ims import IMSClient, IMSError, Member, ResponseError
from images.ims.retry import RetryPolicy
from images.operations.services.members import MembersRead, read_members
from images.sharing.models import MemberList, Share

logger = logging.getLogger(__name__)

#: Seconds that somebody has who reads a list; then it is due again, for whoever comes.
CLAIM = timedelta(seconds=120)
#: Lists of one project that are read for one ring of the scheduler, and how many at a time.
PACE, AT_ONCE = 40, 4
#: Seconds between two readings of a list that somebody has still to answer: a tenth of its age, at least this.
YOUNGEST = 120.0
_IN = 500
_ONCE = RetryPolicy(attempts=1)
#: Seconds to connect and to answer: nobody waits for this, and others do.
_PATIENCE = (3.0, 10.0)


def write(project: Project, said: MembersRead) -> None:
    """Brings the rows to what was said, unless something later was said already. Inside a transaction."""
    image = Image.objects.filter(project=project, image_id=said.image_id).only("pk", "name", "visibility").first()
    if image is None:
        return
    held, _made = MemberList.objects.get_or_create(image=image, defaults={"project": project, "next_at": said.asked_at})
    held = MemberList.objects.select_for_update().get(pk=held.pk)
    if held.read_at is not None and held.read_at > said.asked_at:
        return
    _bring(project, image, said)
    if not said.members and image.visibility != "shared":
        held.delete()
        return
    held.read_at, held.error, held.failures = said.asked_at, "", 0
    held.next_at = clock.now() + timedelta(seconds=pause_after(said.members, said.asked_at))
    held.save(update_fields=["read_at", "error", "failures", "next_at"])


def _bring(project: Project, image: Image, said: MembersRead) -> None:
    rows = {share.recipient: share for share in Share.objects.filter(project=project, image_uid=said.image_id)}
    fresh: list[Share] = []
    for member in said.members:
        held = rows.pop(member.member_id, None)
        columns = {
            "image_id": image.pk,
            "image_name": image.name,
            "status": member.status,
            "shared_at": member.created_at or (held.shared_at if held else said.asked_at),
            "changed_at": member.updated_at or (held.changed_at if held else said.asked_at),
            "ended_at": None,
        }
        if held is None:
            fresh.append(Share(project=project, image_uid=said.image_id, recipient=member.member_id, **columns))
        elif any(getattr(held, name) != value for name, value in columns.items()):
            Share.objects.filter(pk=held.pk).update(**columns)
    Share.objects.bulk_create(fresh, ignore_conflicts=True)
    Share.objects.filter(pk__in=[share.pk for share in rows.values()]).delete()


def pause_after(members: Sequence[Member], now: datetime) -> float:
    """Seconds until a list is read again: soon while a young offer waits for its answer, else every so often. Spread by
    a tenth, so that lists that were read together part company."""
    most = float(settings.MEMBERS_INTERVAL)
    pending = [now - (one.created_at or now) for one in members if one.status == MemberStatus.PENDING]
    seconds = min((age.total_seconds() / 10 for age in pending), default=most)
    if not members:
        seconds = 6 * most  # a plain Glance calls every image shared, with nobody
        most = seconds
    return min(most, max(YOUNGEST, seconds)) * random.uniform(0.9, 1.1)  # noqa: S311 # no secret


# --- what is due ------------------------------------------------------------------------------------------------------
def read_due() -> int:
    """Reads lists that are due, for each project as many as PACE; returns how many were read."""
    watch()
    done = 0
    due = MemberList.objects.filter(next_at__lte=clock.now(), project__enabled=True)
    projects = Project.objects.filter(pk__in=due.order_by().values("project")).select_related("account", "region")
    for project in projects:
        done += attempt("members", project, partial(_read_project, project)).result or 0
    return done


def watch() -> None:
    """A row for each image of ours that is shared and has none yet; what changed since it was read is due."""
    now = clock.now()
    shared = Image.objects.filter(visibility="shared", member_status="", member_list=None, project__enabled=True)
    found = list(shared.order_by().values_list("pk", "project_id"))
    for start in range(0, len(found), _IN):
        rows = [
            MemberList(image_id=image, project_id=project, next_at=now) for image, project in found[start : start + _IN]
        ]
        MemberList.objects.bulk_create(rows, ignore_conflicts=True)
    moved = MemberList.objects.filter(next_at__gt=now, failures=0, image__updated_at__gt=F("read_at"))
    moved.update(next_at=now)


def _read_project(project: Project) -> int:
    claimed = _claim(project)
    if not claimed:
        return 0
    try:
        client = client_for(project, timeout=_PATIENCE, retry=_ONCE)
    except SecretUnreadable as error:
        _failed(list(claimed), str(error), backoff.MEMBERS.longest)
        return 0
    done = 0
    with Threads(AT_ONCE, "members") as pool:
        answers = pool.map(partial(_attempt, client), claimed.values())
        for pk, answer in zip(claimed, answers, strict=True):
            tried = attempt("members", claimed[pk], partial(_written, project, pk, answer))
            if tried.fault is not None:
                _failed([pk], FAULT)
            done += bool(tried.result)
    return done


def _written(project: Project, pk: int, answer: MembersRead | Exception) -> bool:
    """Raises what is neither an answer nor a failure of the service."""
    if isinstance(answer, IMSError):
        asked = answer.retry_after if isinstance(answer, ResponseError) else None
        _failed([pk], str(answer), asked or 0.0)
        return False
    if isinstance(answer, Exception):
        raise answer
    with transaction.atomic():
        write(project, answer)
    return True


def _claim(project: Project) -> dict[int, str]:
    """Keys of lists that are ours to read for a while, each with its image's ID."""
    lists = (
        MemberList.objects.filter(project=project)
        .select_related("image")
        .only("next_at", "failures", "image__image_id")
    )
    claimed = claim(lists, PACE, lease=CLAIM, counter="failures", backoff=backoff.MEMBERS)
    return {row.pk: row.image.image_id for row in claimed}


def _attempt(client: IMSClient, image_id: str) -> MembersRead | Exception:
    try:
        return read_members(client, image_id)
    except Exception as error:  # noqa: BLE001 # told, or raised again where it is this list's alone
        return error


def _failed(pks: list[int], sentence: str, asked: float = 0.0) -> None:
    """Later again, more and more slowly. `asked`: not before so many seconds."""
    for row in MemberList.objects.filter(pk__in=pks):
        later = timedelta(seconds=backoff.MEMBERS.pause(row.failures, asked=asked))
        logger.info("members of image %s not read: %s", row.image_id, sentence)
        MemberList.objects.filter(pk=row.pk).update(error=sentence, next_at=clock.now() + later)
