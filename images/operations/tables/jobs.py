"""A job of IMS as the page of an operation tells it: time left, how long it took, what became of its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from images.cache.models.image import Image
from images.core import humanize
from images.core.error_messages import ErrorMessage, error_message
from images.operations.enums import JobState
from images.operations.models.operation import Job
from images.operations.queries.estimates import Estimate

_TONES = {"SUCCESS": "good", "FAIL": "bad", "RUNNING": "accent"}


@dataclass(frozen=True, slots=True)
class JobPart:
    """A sub-job (Table 5-36): the image that it makes, with a link as soon as the cache has it."""

    name: str
    state: str
    tone: str
    url: str = ""
    failure: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """`left` and `took` are sentences, "" when there is nothing to say; `parts` are its sub-jobs as 5.6.1 gave them."""

    left: str
    took: str
    parts: Sequence[JobPart]


def job_status(
    job: Job | None, estimate: Estimate | None, made: Mapping[tuple[int, str], Image], *, sub_job: str = ""
) -> JobStatus | None:
    """None without a job. `made`: images by project and ID. With `sub_job` the line is about the image of that one,
    whose end the item itself tells."""
    if job is None:
        return None
    took = humanize.span((job.end_at - job.begin_at).total_seconds()) if job.begin_at and job.end_at else ""
    parts = () if sub_job else [_part(job, part, made) for part in job.sub_jobs]
    return JobStatus(_left(estimate) if estimate else "", took, parts)


def _part(job: Job, part: Mapping[str, str], made: Mapping[tuple[int, str], Image]) -> JobPart:
    image = made.get((job.project_id, part["image_id"]))
    known = part["status"].lower() in JobState
    return JobPart(
        name=part["image_name"] or part["image_id"] or part["job_id"],
        state=str(JobState(part["status"].lower()).label) if known else part["status"],
        tone=_TONES.get(part["status"], ""),
        url=reverse("images:detail", args=[image.pk]) if image else "",
        failure=error_message(part["code"], part["reason"]),
    )


def _left(estimate: Estimate) -> str:
    """Says what it rests on: it is an experience, not a promise."""
    facts = {"left": humanize.span(estimate.left), "usual": humanize.span(estimate.usual), "known": estimate.known}
    if estimate.left > 0:
        return _("about %(left)s left, from %(known)d like it") % facts
    return _("takes longer than the usual %(usual)s, from %(known)d like it") % facts
