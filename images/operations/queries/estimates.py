"""How long jobs like this one took: what "about 3 min left" rests on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from images.operations.enums import JobState
from images.operations.models.operation import Job

#: Fewer tell nothing about the next one; more than the last twenty tell about last year's service.
FEWEST, MOST = 3, 20
#: Four times as large is still similar: times of copies and exports grow with the size, but have a fixed part too.
SIMILAR = 4
#: Of the newest jobs of a kind, so many are looked through for similar ones.
_LOOKED_AT = 400

Past = tuple[int, datetime, datetime]


@dataclass(frozen=True, slots=True)
class Estimate:
    """`usual`: seconds that the middle one of `known` similar jobs took; `left`: of them, from now, negative when
    this one takes longer already."""

    usual: float
    left: float
    known: int


def estimates_of(jobs: Iterable[Job], now: datetime) -> Mapping[int, Estimate]:
    """By the job's pk, for those under way of which enough is known. One query for each kind; none without jobs."""
    moving = [job for job in jobs if job.poll_at is not None]
    past = {kind: _past(kind) for kind in {job.kind for job in moving}}
    found = {job.pk: estimate(job.size, job.begin_at or job.created_at, past[job.kind], now) for job in moving}
    return {pk: one for pk, one in found.items() if one is not None}


def estimate(size: int, begin: datetime, past: Sequence[Past], now: datetime) -> Estimate | None:
    """From past jobs, newest first; `size` in bytes, 0 when it is not known (then similar ones are of unknown size)."""
    similar = [(ended - begun).total_seconds() for its, begun, ended in past if _alike(size, its)][:MOST]
    if len(similar) < FEWEST:
        return None
    usual = median(similar)
    return Estimate(usual, usual - (now - begin).total_seconds(), len(similar))


def _alike(one: int, other: int) -> bool:
    return one <= other * SIMILAR and other <= one * SIMILAR


def _past(kind: str) -> Sequence[Past]:
    ended = Job.objects.filter(kind=kind, state=JobState.SUCCESS, begin_at__isnull=False, end_at__isnull=False)
    rows = ended.order_by("-pk").values_list("size", "begin_at", "end_at")[:_LOOKED_AT]
    return [(size, begun, ended_at) for size, begun, ended_at in rows if begun and ended_at]
