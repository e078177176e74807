"""Jobs of IMS (5.6.1): when each is asked about again, what its answer means for the items that wait for it."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from images import ims
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core import clock
from images.core.backoff import JOBS, MOST
from images.operations.enums import ItemState, JobState
from images.operations.models.operation import Job, OperationItem

#: Seconds between two questions about a job: a tenth of its age, within these.
QUICKEST, SLOWEST = 1.0, 15.0
#: Answers in a row that know nothing of it before it counts as forgotten.
FORGOTTEN = 3
#: Seconds after which the time left is told anew although nothing else has changed.
LEFT_EVERY = 10.0
#: What an answer changes in the row of a job.
COLUMNS = (
    "state", "percent", "current_task", "begin_at", "end_at", "code", "reason", "sub_jobs", "failures", "polls",
    "polled_at", "poll_at",
)  # fmt: skip
_STATES = {"INIT": JobState.INIT, "RUNNING": JobState.RUNNING, "SUCCESS": JobState.SUCCESS, "FAIL": JobState.FAIL}


def started(project: Project, job_id: str, item: OperationItem) -> Job:
    """The row of a job that has just begun (or that another item of the same call has noted)."""
    now = clock.now()
    job, _created = Job.objects.get_or_create(
        project=project,
        job_id=job_id,
        defaults={
            "kind": item.operation.kind,
            "size": _size(item),
            "poll_at": now + timedelta(seconds=QUICKEST),
            "deadline": now + timedelta(seconds=settings.JOB_DEADLINE),
        },
    )
    return job


def _size(item: OperationItem) -> int:
    of_image = Image.objects.filter(pk=item.image_id).values_list("size", "min_disk") if item.image_id else ()
    for size, min_disk in of_image:
        return int(size or min_disk * 2**30)
    fields = item.parameters.get("fields")
    disk = fields.get("min_disk") if isinstance(fields, dict) else None
    return disk * 2**30 if isinstance(disk, int) and disk > 0 else 0


def update(job: Job, said: ims.Job) -> None:
    """Takes over what the service said, and when to ask next."""
    job.state = _STATES.get(said.status, JobState.RUNNING)
    job.percent = 100 if said.succeeded else None if said.progress is None else min(100, round(said.progress * 100))
    job.current_task = said.current_task[:200]
    job.begin_at, job.end_at = said.begin_time, said.end_time
    job.code, job.reason = said.code[:40], said.reason
    job.sub_jobs = [
        {
            "job_id": part.id,
            "status": part.status,
            "image_id": part.image_id,
            "image_name": part.image_name,
            "code": part.code,
            "reason": part.reason,
        }
        for part in said.sub_jobs
    ]
    job.failures = 0
    _asked(job)
    if said.ended:
        job.poll_at = None


def visible_state(job: Job, phase: int = 0) -> tuple[object, ...]:
    """What people see of a job. That it was asked about once more they do not, but for the time left, which moves with
    the clock. `phase` spreads operations over time, so that not all of them move in the same second."""
    moment = (job.polled_at.timestamp() + phase) // LEFT_EVERY if job.polled_at else 0.0
    return (
        job.state,
        job.percent,
        job.current_task,
        job.begin_at,
        job.end_at,
        job.code,
        job.reason,
        job.sub_jobs,
        moment,
    )


def note_failure(job: Job, error: Exception) -> None:
    """The service did not say. What it has forgotten is lost; else it is asked again, more and more slowly."""
    job.failures = min(job.failures + 1, MOST)
    _asked(job)
    if isinstance(error, ims.NotFound) and job.failures >= FORGOTTEN:
        job.state, job.poll_at = JobState.LOST, None
        job.reason = _("The service knows nothing of this job any more.")


def _asked(job: Job) -> None:
    now = clock.now()
    job.polls += 1
    job.polled_at = now
    age = (now - job.created_at).total_seconds()
    failing = JOBS.pause(job.failures) if job.failures else 0.0
    job.poll_at = now + timedelta(seconds=min(SLOWEST, max(QUICKEST, age / 10, failing)))
    if now >= job.deadline and job.state not in (JobState.SUCCESS, JobState.FAIL):
        job.state, job.poll_at = JobState.OVERDUE, None
        job.reason = _("The job has not ended in the time that we follow one. It may still end.")


def follows_from(job: Job) -> tuple[ItemState, str, str] | None:
    """(state of the waiting items, sentence, code) once it has ended otherwise than well; None: nothing yet."""
    if job.state == JobState.FAIL:
        return ItemState.FAILED, job.reason or _("The job failed; the service does not say why."), job.code
    if job.state == JobState.LOST:
        return ItemState.UNCONFIRMED, job.reason, ""
    if job.state == JobState.OVERDUE:
        return ItemState.UNKNOWN, job.reason, ""
    return None
