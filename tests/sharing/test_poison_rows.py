"""One image's list of members keeps no other tenant's waiting, whatever it holds or its service says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from images.core.backoff import MOST
from images.sharing.models import MemberList
from images.sharing.services import member_lists
from tests import factories
from tests.clouds.scripted import projects_of, scripted_service
from tests.ims.server import Reply

pytestmark = pytest.mark.also_on_postgres


@pytest.fixture
def service():
    with scripted_service() as running:
        yield running


@pytest.fixture
def projects(service, db):
    return projects_of(service, ["a", "b"])


@pytest.mark.parametrize("failures", [1023, 1024, MOST, 32_767])
def test_a_list_that_failed_a_thousand_times_keeps_no_other_project_waiting(projects, service, failures):
    away, there = projects[:2]
    service.said[away.project_id] = Reply(500)
    service.said[there.project_id] = Reply(body={"members": []})
    for project in (away, there):
        factories.put(project, factories.document(project.pk, project.project_id, visibility="shared"))
    member_lists.watch()
    MemberList.objects.filter(project=away).update(failures=failures)
    assert member_lists.read_due() == 1
    bad, good = MemberList.objects.get(project=away), MemberList.objects.get(project=there)
    assert good.read_at is not None
    assert bad.failures == min(failures + 1, MOST)
    assert timezone.now() < bad.next_at < timezone.now() + timedelta(hours=2)
