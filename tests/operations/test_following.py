"""What an answer about a job means for those who look on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from images import ims
from images.operations.enums import ActionKind
from images.operations.models.operation import Job
from images.operations.services import jobs


@pytest.mark.django_db
def test_a_job_that_stands_still_is_no_news_but_for_the_time_left():
    now = timezone.now().replace(second=30, microsecond=0)
    job = Job(job_id="a-job", kind=ActionKind.COPY, created_at=now, deadline=now + timedelta(hours=1), polled_at=now)
    jobs.update(job, ims.Job(id="a-job", status="RUNNING", progress=0.25, current_task="copying"))
    job.polled_at = now
    before = jobs.visible_state(job)
    job.polled_at = now + timedelta(seconds=jobs.LEFT_EVERY - 1)
    assert jobs.visible_state(job) == before
    job.polled_at = now + timedelta(seconds=jobs.LEFT_EVERY)
    assert jobs.visible_state(job) != before
    job.polled_at = now
    job.percent = 26
    assert jobs.visible_state(job) != before
