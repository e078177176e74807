"""Time left: from jobs of the same kind and a similar size, and nothing when too few are known."""

from datetime import timedelta

import pytest
from django.utils import timezone

from images.operations.enums import JobState
from images.operations.models.operation import Job
from images.operations.queries.estimates import estimate, estimates_of
from images.operations.tables.jobs import job_status
from tests import factories

pytestmark = pytest.mark.also_on_postgres

NOW = timezone.now()
GB = 2**30


def past(size: int, *seconds: int):
    return [(size, NOW - timedelta(seconds=one), NOW) for one in seconds]


def begun(seconds: int):
    return NOW - timedelta(seconds=seconds)


def test_the_middle_one_of_similar_jobs():
    known = past(10 * GB, 100, 200, 900) + past(41 * GB, 5000, 5000, 5000)
    found = estimate(10 * GB, begun(50), known, NOW)
    assert (found.usual, found.left, found.known) == (200.0, 150.0, 3)
    assert estimate(40 * GB, begun(0), known, NOW).known == 6, "a factor of four is similar"


def test_too_few_tell_nothing():
    assert estimate(10 * GB, begun(0), past(10 * GB, 100, 200), NOW) is None
    assert estimate(0, begun(0), past(10 * GB, 1, 2, 3), NOW) is None, "an unknown size is like no size"
    assert estimate(0, begun(0), past(0, 1, 2, 3), NOW).known == 3


def test_the_newest_twenty_count():
    assert estimate(GB, begun(0), past(GB, *[60] * 20, *[6000] * 30), NOW).usual == 60


@pytest.mark.django_db
def test_only_jobs_under_way_are_estimated_with_one_query_a_kind(django_assert_num_queries):
    project = factories.project()
    common = {"project": project, "size": GB, "deadline": NOW}
    for number in range(4):
        times = {"begin_at": begun(200), "end_at": begun(20)}
        Job.objects.create(job_id=f"p{number}", kind="copy", state=JobState.SUCCESS, **times, **common)
    moving = [
        Job.objects.create(job_id=f"m{n}", kind="copy", begin_at=begun(60), poll_at=NOW, **common) for n in (1, 2)
    ]
    other = Job.objects.create(job_id="x", kind="export", poll_at=NOW, **common)
    with django_assert_num_queries(2):
        found = estimates_of([*moving, other], NOW)
    assert {pk: one.left for pk, one in found.items()} == {job.pk: 120.0 for job in moving}
    assert job_status(moving[0], found[moving[0].pk], {}).left == "about 2 min left, from 4 like it"
    late = estimate(GB, begun(300), past(GB, 60, 60, 60), NOW)
    assert job_status(moving[0], late, {}).left == "takes longer than the usual 60 s, from 3 like it"
    with django_assert_num_queries(0):
        assert estimates_of(Job.objects.none(), NOW) == {}
