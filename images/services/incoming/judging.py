"""Due work on shares: what the policy in force has not looked at yet, and whom nobody has answered for long.

The rows say what is due; a ring only makes it happen sooner, and two at once take turns at the project's lock.
"""

import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from images.enums import OPEN_SHARES, ShareEventKind
from images.models import IncomingShare, Project
from images.selectors.share_policies import policy_of, terms_of
from images.services.incoming import deciding, moving
from images.services.incoming.locking import locked
from images.services.incoming.notifying import tell_waiting
from images.services.incoming.telling import Line, tell

logger = logging.getLogger(__name__)

#: Shares in one transaction: readers and synchronisation get their turn.
AT_ONCE = 200
_UNJUDGED = Q(policy_version=None, state__in=OPEN_SHARES)


def work_due() -> int:
    """Judges what is unjudged, reminds and escalates; returns how many shares it touched."""
    return (
        _each(_UNJUDGED, _judge)
        + _each(Q(remind_at__lte=timezone.now()), _remind)
        + _each(Q(escalate_at__lte=timezone.now()), _escalate)
    )


def _each(due: Q, work: Callable[[Project, list[IncomingShare]], None]) -> int:
    """`work` must take its shares out of `due`."""
    touched = 0
    rows = IncomingShare.objects.filter(due, project__enabled=True, project__published_at__isnull=False).order_by()
    for project in Project.objects.filter(pk__in=rows.values("project")).select_related("region", "account"):
        while pks := list(rows.filter(project=project).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
            with transaction.atomic():
                still = set(rows.filter(pk__in=pks).values_list("pk", flat=True))
                work(project, [share for share in locked(project, pks) if share.pk in still])
            touched += len(pks)
    return touched


def _judge(project: Project, shares: list[IncomingShare]) -> None:
    policy = policy_of(project)
    waiting = [share for share in shares if share.is_open and share.policy_version is None]
    deciding.judge(project, waiting, terms_of(policy), timezone.now())
    tell_waiting(project, [share for share in waiting if share.is_open])


def _remind(_project: Project, shares: list[IncomingShare]) -> None:
    now = timezone.now()
    due = [share for share in shares if share.remind_at and share.remind_at <= now]
    tell(Line(share, ShareEventKind.REMINDED, now, text=_waits(share)) for share in due)
    for share in due:
        share.remind_at = None
    moving.save(due)


def _escalate(_project: Project, shares: list[IncomingShare]) -> None:
    now = timezone.now()
    due = [share for share in shares if share.escalate_at and share.escalate_at <= now]
    tell(Line(share, ShareEventKind.ESCALATED, now, text=_waits(share)) for share in due)
    for share in due:
        share.escalate_at = None
    moving.save(due)


def _waits(share: IncomingShare) -> str:
    days = (timezone.now() - share.waiting_since).days
    return _("Nobody has decided for %(n)d days.") % {"n": days}
