"""What an answer about a job means for those who look on."""

from datetime import timedelta

from django.utils import timezone

from images import ims
from images.enums import ActKind
from images.models import Job
from images.services.operations import following


def test_a_job_that_stands_still_is_no_news_but_for_the_time_left():
    now = timezone.now().replace(second=30, microsecond=0)
    job = Job(job_id="a-job", kind=ActKind.COPY, created_at=now, deadline=now + timedelta(hours=1), polled_at=now)
    following.update(job, ims.Job(id="a-job", status="RUNNING", progress=0.25, current_task="copying"))
    job.polled_at = now
    before = following.shown(job)
    job.polled_at = now + timedelta(seconds=following.LEFT_EVERY - 1)
    assert following.shown(job) == before
    job.polled_at = now + timedelta(seconds=following.LEFT_EVERY)
    assert following.shown(job) != before
    job.polled_at = now
    job.percent = 26
    assert following.shown(job) != before
