"""Due work on shares: what the policy in force has not looked at yet, and whom nobody has answered for long.

The rows say what is due; a ring only makes it happen sooner, and two at once take turns at the project's lock.
"""

import logging
from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from images.clouds.models import Project
from images.core import clock
from images.core.sweeping import together
from images.incoming.enums import OPEN_SHARES, ShareEventKind
from images.incoming.models import IncomingShare
from images.incoming.queries.policies import policy_of, terms_of
from images.incoming.services import decisions, states
from images.incoming.services.states import locked
from images.incoming.services.story import Line, notify_waiting, write_story

logger = logging.getLogger(__name__)

#: Shares in one transaction: readers and synchronisation get their turn.
AT_ONCE = 200
_UNJUDGED = Q(policy_version=None, state__in=OPEN_SHARES)


def work_due() -> int:
    """Judges what is unjudged, reminds and escalates; returns how many shares it touched."""
    return (
        _each("shares to judge", _UNJUDGED, _judge)
        + _each("shares to remind of", Q(remind_at__lte=clock.now()), _remind)
        + _each("shares to escalate", Q(escalate_at__lte=clock.now()), _escalate)
    )


Work = Callable[[Project, list[IncomingShare]], None]


def _each(sweep: str, due: Q, work: Work) -> int:
    """`work` takes its shares out of `due`."""
    touched = 0
    rows = IncomingShare.objects.filter(due, project__enabled=True, project__published_at__isnull=False).order_by()
    for project in Project.objects.filter(pk__in=rows.values("project")).select_related("region", "account"):
        after, of_project = 0, rows.filter(project=project).order_by("pk").values_list("pk", flat=True)
        while pks := list(of_project.filter(pk__gt=after)[:AT_ONCE]):
            after = pks[-1]
            touched += sum(together(sweep, pks, partial(_work, rows, project, work)))
    return touched


def _work(rows: QuerySet[IncomingShare], project: Project, work: Work, pks: list[int]) -> int:
    with transaction.atomic():
        still = set(rows.filter(pk__in=pks).values_list("pk", flat=True))
        work(project, [share for share in locked(project, pks) if share.pk in still])
    return len(pks)


def _judge(project: Project, shares: list[IncomingShare]) -> None:
    policy = policy_of(project)
    waiting = [share for share in shares if share.is_open and share.policy_version is None]
    decisions.judge(project, waiting, terms_of(policy), clock.now())
    notify_waiting(project, [share for share in waiting if share.is_open])


def _remind(_project: Project, shares: list[IncomingShare]) -> None:
    now = clock.now()
    due = [share for share in shares if share.remind_at and share.remind_at <= now]
    write_story(Line(share, ShareEventKind.REMINDED, now, text=_waits(share)) for share in due)
    for share in due:
        share.remind_at = None
    states.save(due)


def _escalate(_project: Project, shares: list[IncomingShare]) -> None:
    now = clock.now()
    due = [share for share in shares if share.escalate_at and share.escalate_at <= now]
    write_story(Line(share, ShareEventKind.ESCALATED, now, text=_waits(share)) for share in due)
    for share in due:
        share.escalate_at = None
    states.save(due)


def _waits(share: IncomingShare) -> str:
    days = (clock.now() - share.waiting_since).days
    return _("Nobody has decided for %(n)d days.") % {"n": days}
