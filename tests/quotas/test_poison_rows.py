"""One project's quota keeps no other tenant's waiting, whatever it holds or its service says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from images.clouds.models import Account, Project
from images.core.backoff import MOST
from images.core.sweeping import FAULT
from images.quotas.models import QuotaSample, QuotaState
from images.quotas.services import samples
from tests.clouds.scripted import projects_of, scripted_service
from tests.ims.server import Reply

pytestmark = pytest.mark.also_on_postgres


@pytest.fixture
def service():
    with scripted_service() as running:
        yield running


@pytest.fixture
def projects(service, db):
    return projects_of(service, ["a", "b", "c", "d", "e"])


def quota(used: object, limit: object = 100, **more: object) -> Reply:
    return Reply(body={"quotas": {"resources": [{"type": "image", "used": used, "quota": limit, **more}]}})


@pytest.mark.parametrize(
    ("poison", "said"),
    [
        (quota(-1), "cannot be: -1 of 100"),
        (quota(2**31), "cannot be: 2147483648 of 100"),
        (quota(10**30), "10"),
        (quota(5, 2**31), "cannot be"),
        (quota(5, 2**63), "cannot be"),
        (quota("many"), "many"),
        (Reply(body=b"[1, 2"), "JSON"),
        (Reply(body={"quotas": {"resources": [7]}}), "quota"),
        (Reply(503, body=b"\0\xff\xfe"), "503"),
        (Reply(503, headers={"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}), "503"),
        (Reply(429, headers={"Retry-After": "9" * 300}), "too many"),
        (Reply(400, body={"error": {"code": "IMG\0.1", "message": "a\0b"}}), "a b"),
    ],
    ids=str,
)  # fmt: skip
def test_one_of_five_services_answers_nonsense_and_the_others_are_sampled(projects, service, poison, said):
    for number, project in enumerate(projects):
        service.said[project.project_id] = poison if number == 2 else quota(number)
    assert samples.sample_due() == 4
    assert sorted(QuotaSample.objects.values_list("project__name", "used")) == [("a", 0), ("b", 1), ("d", 3), ("e", 4)]
    bad = QuotaState.objects.get(project=projects[2])
    assert said in bad.error
    assert bad.error != FAULT, "it is told what is wrong with the answer"
    assert bad.failures == 1
    assert timezone.now() < bad.next_at < timezone.now() + timedelta(days=1, hours=3)


def test_bounds_that_no_column_holds_are_left_out(projects, service):
    service.said[projects[0].project_id] = quota(5, min=-3, max=2**40)
    samples.sample_due()
    state = QuotaState.objects.get(project=projects[0])
    assert (state.used, state.minimum, state.maximum, state.error) == (5, None, None, "")


def test_a_secret_that_nobody_can_read_marks_that_project(projects, service):
    for project in projects:
        service.said[project.project_id] = quota(5)
    other = Account.objects.get()
    other.pk, other.name, other.secret = None, "unreadable", "not a secret"
    other.save()
    Project.objects.filter(pk=projects[1].pk).update(account=other)
    assert samples.sample_due() == 4
    assert QuotaState.objects.get(project=projects[1]).error


def test_a_quota_that_failed_as_often_as_the_column_can_count(projects, service):
    samples.watch()
    for project in projects:
        service.said[project.project_id] = quota(1)
    service.said[projects[0].project_id] = Reply(500)
    QuotaState.objects.filter(project=projects[0]).update(failures=32_767)
    assert samples.sample_due() == 4
    assert QuotaState.objects.get(project=projects[0]).failures == MOST


def test_a_character_that_no_database_reads_is_replaced(projects, service):
    """Case R14."""
    resources = [{"type": "image", "used": 1, "quota": 9}, {"type": "odd\0", "used": 1, "quota": 9}]
    service.said[projects[0].project_id] = Reply(body={"quotas": {"resources": resources}})
    samples.sample_due()
    state = QuotaState.objects.get(project=projects[0])
    assert state.others == [["odd\N{REPLACEMENT CHARACTER}", 1, 9]]
