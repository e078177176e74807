"""A job of IMS as the page of an operation tells it: time left, how long it took, what became of its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from images.core import humanize
from images.operations.models.operation import Job
from images.operations.queries.estimates import Estimate


@dataclass(frozen=True, slots=True)
class JobStatus:
    """`left` and `took` are sentences, "" when there is nothing to say; `parts` are its sub-jobs as 5.6.1 gave them."""

    left: str
    took: str
    parts: Sequence[Mapping[str, str]]


def job_status(job: Job | None, estimate: Estimate | None) -> JobStatus | None:
    """None without a job."""
    if job is None:
        return None
    took = humanize.span((job.end_at - job.begin_at).total_seconds()) if job.begin_at and job.end_at else ""
    return JobStatus(_left(estimate) if estimate else "", took, job.sub_jobs)


def _left(estimate: Estimate) -> str:
    """Says what it rests on: it is an experience, not a promise."""
    facts = {"left": humanize.span(estimate.left), "usual": humanize.span(estimate.usual), "known": estimate.known}
    if estimate.left > 0:
        return _("about %(left)s left, from %(known)d like it") % facts
    return _("takes longer than the usual %(usual)s, from %(known)d like it") % facts
