"""Processes note what they notice about the console itself; health.py and doctor.py of system tell it."""

import logging
from datetime import timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

from images.core import clock
from images.core.enums import RemarkKind
from images.core.models.remark import Remark

logger = logging.getLogger(__name__)

#: What was not noticed again for so long is over: the next one is counted from one.
OVER = {
    RemarkKind.CHILD: timedelta(hours=1),
    RemarkKind.MESSAGE: timedelta(days=1),
    RemarkKind.PROXY: timedelta(hours=1),
}
#: Characters of a detail that are kept, from its end: there the log says why.
_DETAIL = 2000


def note(kind: RemarkKind, name: str, detail: str = "") -> None:
    """Once more. A database that is away is logged: what was noticed is in the log as well."""
    try:
        with transaction.atomic():
            _note(kind, name[:100], detail.replace("\0", "")[-_DETAIL:])
    except DatabaseError as error:
        logger.warning("not noted (%s %s): %s", kind, name, error)


def _note(kind: RemarkKind, name: str, detail: str) -> None:
    now = clock.now()
    found = Remark.objects.filter(kind=kind, name=name)
    if found.filter(seen_at__gte=now - OVER[kind]).update(count=F("count") + 1, seen_at=now, detail=detail):
        return
    if found.update(count=1, first_at=now, seen_at=now, detail=detail):
        return
    try:
        with transaction.atomic():
            Remark.objects.create(kind=kind, name=name, detail=detail, first_at=now, seen_at=now)
    except IntegrityError:  # somebody noticed it at the same moment
        found.update(count=F("count") + 1, seen_at=now, detail=detail)


def recent(*kinds: RemarkKind) -> list[Remark]:
    """What is not over, the latest first."""
    now = clock.now()
    found = Remark.objects.filter(kind__in=kinds, seen_at__gte=now - max(OVER[kind] for kind in kinds))
    return [remark for remark in found.order_by("-seen_at") if remark.seen_at >= now - OVER[RemarkKind(remark.kind)]]
