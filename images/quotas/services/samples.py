"""The quota of every managed project, asked on schedule and after whatever made or deleted images here (5.5.1).

The rows say when whom to ask. Whoever asks moves `next_at` first, so that two workers ask different projects, and a
worker that dies leaves rows that are due again. A service that is away or slow marks its own row, and nobody else's.
"""

import logging
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from images.clouds.models import Project
from images.clouds.services.clients import client_for
from images.core import backoff, clock
from images.core.claims import claim
from images.core.correlation import Threads
from images.core.encryption import SecretUnreadable
from images.core.sweeping import FAULT, attempt
from images.ims import IMSClient, IMSError, ResponseError
from images.ims.quotas import Quota
from images.ims.retry import RetryPolicy
from images.operations.enums import ActionKind
from images.operations.models.operation import Operation, OperationItem
from images.quotas.models import QuotaSample, QuotaState
from images.quotas.queries.quotas import TREND, daily, without_gaps
from images.quotas.rules.forecast import MOST, forecast
from images.quotas.services import thresholds

logger = logging.getLogger(__name__)

#: How long an asker has the row for itself; then it is due again, for whoever comes.
CLAIM: Final = timedelta(seconds=120)
#: Projects that are asked for one ring of the scheduler, and how many at a time.
PACE, AT_ONCE = 64, 8
_PATIENCE: Final = (3.0, 10.0)
_ONCE: Final = RetryPolicy(attempts=1)
#: Acts that change how many images a project has.
MOVING: Final = (
    ActionKind.CREATE,
    ActionKind.METADATA,
    ActionKind.UPLOAD,
    ActionKind.REGISTER,
    ActionKind.COPY,
    ActionKind.DELETE,
)
#: How old samples are thinned: from that age on, one is kept for so many seconds.
THINNING: Final = (
    (timedelta(days=2), 3600),
    (timedelta(days=14), 86400),
    (timedelta(days=730), 7 * 86400),
)
_IN: Final = 500
#: What a column of numbers holds.
_LARGEST: Final = 2**31 - 1
Answer = Sequence[Quota] | Exception


def sample_due() -> int:
    """Asks for each project that is due; returns how many answered."""
    watch()
    claimed = _claim()
    if not claimed:
        return 0
    with Threads(AT_ONCE, "quotas") as pool:
        answers = pool.map(_ask, [_client(project) for project in claimed])
        return sum(_written(project, answer) for project, answer in zip(claimed, answers, strict=True))


def _written(project: Project, answer: Answer) -> bool:
    """Whatever one service says, the others are written down too."""
    tried = attempt("quotas", project, partial(write, project, answer))
    if tried.fault is not None:
        _failed(project, FAULT, clock.now())
    return bool(tried.result)


def watch() -> None:
    """A row for each managed project that has none yet; what the console made or deleted images in since is due."""
    now = clock.now()
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


def _recent(now: datetime) -> QuerySet[Operation, Mapping[str, object]]:
    """Operations whose items may have ended since the last sample; found by the index on their kind."""
    since = now - timedelta(seconds=2 * settings.QUOTA_INTERVAL)
    under_way = Q(finished_at=None) | Q(finished_at__gt=since)
    return Operation.objects.filter(under_way, kind__in=MOVING).order_by().values("pk")


def _claim() -> list[Project]:
    due = QuotaState.objects.filter(project__enabled=True)
    claimed = claim(due, PACE, lease=CLAIM, counter="failures", backoff=backoff.QUOTAS)
    return list(Project.objects.filter(quota_state__in=claimed).select_related("account", "region"))


def _client(project: Project) -> IMSClient | Exception:
    try:
        return client_for(project, timeout=_PATIENCE, retry=_ONCE)
    except Exception as error:  # noqa: BLE001 # told, or raised again where it is this project's alone
        return error


def _ask(client: IMSClient | Exception) -> Answer:
    """In a thread; no database here."""
    if isinstance(client, Exception):
        return client
    try:
        return client.quotas.list()
    except Exception as error:  # noqa: BLE001 # as above
        return error


def write(project: Project, answer: Answer) -> bool:
    """Puts down what was said; true when it was an answer. Asked again after QUOTA_INTERVAL, after failures later.

    Raises what is neither an answer nor a failure of the service.
    """
    now = clock.now()
    if isinstance(answer, Exception) and not isinstance(answer, IMSError | SecretUnreadable):
        raise answer
    if isinstance(answer, Exception):
        retry_after = answer.retry_after if isinstance(answer, ResponseError) else None
        _failed(project, str(answer), now, retry_after or 0.0)
        return False
    images = next((quota for quota in answer if quota.type == "image"), None)
    if images is None:
        _failed(project, "The service tells no quota of images.", now)
        return False
    limit = None if images.unlimited else images.quota
    if not (0 <= images.used <= _LARGEST and 0 <= (limit or 0) <= _LARGEST):
        _failed(project, f"The service tells a quota that cannot be: {images.used} of {images.quota} images.", now)
        return False
    with transaction.atomic():
        state = QuotaState.objects.select_for_update().filter(project=project).first()
        if state is None:
            return False  # given up meanwhile
        state.used, state.limit = images.used, limit
        state.minimum, state.maximum = _sensible(images.minimum), _sensible(images.maximum)
        state.others = [[quota.type, quota.used, quota.quota] for quota in answer if quota is not images]
        state.at, state.error, state.error_at, state.failures = now, "", None, 0
        state.next_at = now + timedelta(seconds=settings.QUOTA_INTERVAL * random.uniform(0.9, 1.1))  # noqa: S311 # no secret
        QuotaSample.objects.update_or_create(
            project=project,
            at=now.replace(second=0, microsecond=0),
            defaults={"used": images.used, "limit": limit},
        )
        days = daily(project.pk, since=now - timedelta(days=MOST))
        state.trend = [used for _day, used in without_gaps(days)][-TREND:]
        state.outlook = forecast(days, limit).as_json if limit is not None else {}
        thresholds.judge(state, project, now)
        state.save()
    return True


def _failed(project: Project, why: str, now: datetime, retry_after: float = 0.0) -> None:
    """What was known before stays, with its time."""
    rows = QuotaState.objects.filter(project=project)
    failures = rows.values_list("failures", flat=True).first() or 1
    pause = timedelta(seconds=backoff.QUOTAS.pause(failures, asked=retry_after))
    rows.update(error=why, failures=failures, next_at=now + pause)
    rows.filter(error_at=None).update(error_at=now)
    logger.info("the quota of %s is not known: %s", project, why)


def _sensible(number: int | None) -> int | None:
    """A bound that the column holds, or none."""
    return number if number is not None and 0 <= number <= _LARGEST else None


# --- years ------------------------------------------------------------------------------------------------------------
def thin(now: datetime | None = None) -> int:
    """Of old samples keeps the last of each hour, day or week; returns how many went. Run as often as one likes."""
    now = now or clock.now()
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
        *earlier, _last = several
        going += [pk for pk, _project, _at in earlier]
    for start in range(0, len(going), _IN):
        QuotaSample.objects.filter(pk__in=going[start : start + _IN]).delete()
    return len(going)
