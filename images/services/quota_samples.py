"""The quota of every managed project, asked on schedule and after whatever made or deleted images here (5.5.1).

The rows say when whom to ask. Whoever asks moves `next_at` first, so that two workers ask different projects, and a
worker that dies leaves rows that are due again. A service that is away or slow marks its own row, and nobody else's.
"""

import logging
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from images.enums import ActKind
from images.ims import IMSClient, IMSError
from images.ims.quotas import Quota
from images.ims.retry import RetryPolicy
from images.models import Operation, OperationItem, Project, QuotaSample, QuotaState
from images.rules.forecast import MOST, forecast
from images.selectors.quotas import TREND, daily, filled
from images.services import quota_levels
from images.services.clouds import client_for
from images.services.credentials import SecretUnreadable

logger = logging.getLogger(__name__)

#: How long an asker has the row for itself; then it is due again, for whoever comes.
CLAIM: Final = timedelta(seconds=120)
#: Projects that are asked for one ring of the scheduler, and how many at a time.
PACE, AT_ONCE = 64, 8
_PATIENCE: Final = (3.0, 10.0)
_ONCE: Final = RetryPolicy(attempts=1)
_LONGEST_PAUSE: Final = 6 * 3600.0
#: Acts that change how many images a project has.
MOVING: Final = (ActKind.CREATE, ActKind.METADATA, ActKind.UPLOAD, ActKind.REGISTER, ActKind.COPY, ActKind.DELETE)
#: How old samples are thinned: from that age on, one is kept for so many seconds.
THINNING: Final = (
    (timedelta(days=2), 3600),
    (timedelta(days=14), 86400),
    (timedelta(days=730), 7 * 86400),
)
_IN: Final = 500
Answer = Sequence[Quota] | Exception


def sample_due() -> int:
    """Asks for each project that is due; returns how many answered."""
    watch()
    claimed = _claim()
    if not claimed:
        return 0
    with ThreadPoolExecutor(AT_ONCE, "quotas") as pool:
        answers = pool.map(_ask, [_client(project) for project in claimed])
        said = [write(project, answer) for project, answer in zip(claimed, answers, strict=True)]
    return sum(said)


def watch() -> None:
    """A row for each managed project that has none yet; what the console made or deleted images in since is due."""
    now = timezone.now()
    new = Project.objects.managed().filter(quota_state=None).values_list("pk", flat=True)
    QuotaState.objects.bulk_create([QuotaState(project_id=pk, next_at=now) for pk in new], ignore_conflicts=True)
    # of the same account and region too: one quota may serve them all (5.5.1), and then they are to tell the same
    moved = OperationItem.objects.filter(
        operation__in=_recent(now),
        project__account=OuterRef("project__account"),
        project__region=OuterRef("project__region"),
        finished_at__gt=OuterRef("at"),
    )
    QuotaState.objects.filter(Exists(moved), next_at__gt=now + CLAIM, failures=0).update(next_at=now)


def _recent(now: datetime) -> QuerySet[Operation, dict[str, Any]]:
    """Operations whose items may have ended since the last sample; found by the index on their kind."""
    since = now - timedelta(seconds=2 * settings.QUOTA_INTERVAL)
    under_way = Q(finished_at=None) | Q(finished_at__gt=since)
    return Operation.objects.filter(under_way, kind__in=MOVING).order_by().values("pk")


def _claim() -> list[Project]:
    now = timezone.now()
    due = QuotaState.objects.filter(next_at__lte=now, project__enabled=True).order_by("next_at")
    claimed = []
    for pk, next_at in due.values_list("pk", "next_at")[:PACE]:
        if QuotaState.objects.filter(pk=pk, next_at=next_at).update(next_at=now + CLAIM):
            claimed.append(pk)
    return list(Project.objects.filter(quota_state__in=claimed).select_related("account", "region"))


def _client(project: Project) -> IMSClient | Exception:
    try:
        return client_for(project, timeout=_PATIENCE, retry=_ONCE)
    except SecretUnreadable as error:
        return error


def _ask(client: IMSClient | Exception) -> Answer:
    """In a thread; no database here."""
    if isinstance(client, Exception):
        return client
    try:
        return client.quotas.list()
    except IMSError as error:
        return error


def write(project: Project, answer: Answer) -> bool:
    """Puts down what was said; true when it was an answer. Asked again after QUOTA_INTERVAL, after failures later."""
    now = timezone.now()
    if isinstance(answer, Exception):
        _failed(project, str(answer), now)
        return False
    images = next((quota for quota in answer if quota.type == "image"), None)
    if images is None:
        _failed(project, "The service tells no quota of images.", now)
        return False
    limit = None if images.unlimited else images.quota
    with transaction.atomic():
        state = QuotaState.objects.select_for_update().filter(project=project).first()
        if state is None:
            return False  # given up meanwhile
        state.used, state.limit, state.minimum, state.maximum = images.used, limit, images.minimum, images.maximum
        state.others = [[one.type, one.used, one.quota] for one in answer if one is not images]
        state.at, state.error, state.error_at, state.failures = now, "", None, 0
        state.next_at = now + timedelta(seconds=settings.QUOTA_INTERVAL * random.uniform(0.9, 1.1))  # noqa: S311 # no secret
        QuotaSample.objects.update_or_create(
            project=project,
            at=now.replace(second=0, microsecond=0),
            defaults={"used": images.used, "limit": limit},
        )
        days = daily(project.pk, since=now - timedelta(days=MOST))
        state.trend = [used for _day, used in filled(days)][-TREND:]
        state.outlook = forecast(days, limit).told if limit is not None else {}
        quota_levels.judge(state, project, now)
        state.save()
    return True


def _failed(project: Project, why: str, now: datetime) -> None:
    """What was known before stays, with its time; the pause doubles up to six hours."""
    failures = QuotaState.objects.filter(project=project).values_list("failures", flat=True).first() or 0
    pause = min(_LONGEST_PAUSE, 60.0 * 2 ** min(failures, 12)) * random.uniform(0.9, 1.1)  # noqa: S311 # no secret
    rows = QuotaState.objects.filter(project=project)
    rows.update(error=why, failures=F("failures") + 1, next_at=now + timedelta(seconds=pause))
    rows.filter(error_at=None).update(error_at=now)
    logger.info("the quota of %s is not known: %s", project, why)


# --- years ------------------------------------------------------------------------------------------------------------
def thin(now: datetime | None = None) -> int:
    """Of old samples keeps the last of each hour, day or week; returns how many went. Run as often as one likes."""
    now = now or timezone.now()
    gone = 0
    ages = [age for age, _span in THINNING] + [timedelta(days=365 * 100)]
    for (age, span), until in zip(THINNING, ages[1:], strict=True):
        gone += _thin(now - until, now - age, span)
    return gone


def _thin(after: datetime, before: datetime, span: int) -> int:
    old = QuotaSample.objects.filter(at__gt=after, at__lte=before).order_by("project", "at")
    going: list[int] = []
    rows = old.values_list("pk", "project_id", "at").iterator(chunk_size=5000)
    for _bucket, several in groupby(rows, lambda row: (row[1], int(row[2].timestamp()) // span)):
        *others, _last = several
        going += [pk for pk, _project, _at in others]
    for start in range(0, len(going), _IN):
        QuotaSample.objects.filter(pk__in=going[start : start + _IN]).delete()
    return len(going)
