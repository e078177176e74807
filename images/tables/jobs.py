"""A job of IMS as the page of an operation tells it: time left, how long it took, what became of its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from images import words
from images.models import Job
from images.selectors.estimates import Estimate


@dataclass(frozen=True, slots=True)
class Told:
    """`left` and `took` are sentences, "" when there is nothing to say; `parts` are its sub-jobs as 5.6.1 gave them."""

    left: str
    took: str
    parts: Sequence[Mapping[str, str]]


def told(job: Job | None, estimate: Estimate | None) -> Told | None:
    """None without a job."""
    if job is None:
        return None
    ended = job.begin_at and job.end_at
    took = words.span((job.end_at - job.begin_at).total_seconds()) if ended else ""
    return Told(_left(estimate) if estimate else "", took, job.sub_jobs)


def _left(estimate: Estimate) -> str:
    """Says what it rests on: it is an experience, not a promise."""
    facts = {"left": words.span(estimate.left), "usual": words.span(estimate.usual), "known": estimate.known}
    if estimate.left > 0:
        return _("about %(left)s left, from %(known)d like it") % facts
    return _("takes longer than the usual %(usual)s, from %(known)d like it") % facts
