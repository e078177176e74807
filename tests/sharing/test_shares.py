"""Lists of members on schedule: which are due, who reads them, what a failure and a dead reader leave behind."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from images.cache.models.image import Image
from images.core import backoff
from images.ims import Member
from images.sharing.models import MemberList, Share
from images.sharing.services import member_lists
from tests import factories
from tests.clouds.projects import project_of
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.also_on_postgres

PARTNER = "edc89b490d7d4392898e19b2deb34797"
LAB = "9c61004714024f9586705d090530f9fa"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with SandboxProcess(tmp_path_factory.mktemp("shares"), images=60) as running:
        yield running


@pytest.fixture
def project(sandbox, db):
    sandbox.clear_faults()
    project = project_of(sandbox)
    active = [image["id"] for image in sandbox.dump(project.project_id)["images"] if image["status"] == "active"]
    for image_id in active[:3]:
        sandbox.set_member(image_id, LAB, "accepted")
    factories.put(project, *(json.loads(json.dumps(image)) for image in sandbox.dump(project.project_id)["images"]))
    return project


def seconds_to_wait(row: MemberList) -> float:
    return (row.next_at - timezone.now()).total_seconds()


def due(project) -> int:
    return MemberList.objects.filter(project=project, next_at__lte=timezone.now()).count()


def test_every_shared_image_is_read_and_rests_until_it_is_due_again(sandbox, project):
    shared = set(Image.objects.filter(project=project, visibility="shared").values_list("pk", flat=True))
    assert shared
    assert member_lists.read_due() == len(shared)
    assert set(Share.objects.values_list("image", flat=True)) == shared
    sandbox.reset_calls()
    assert member_lists.read_due() == 0
    assert "6.4.4" not in sandbox.calls()


def test_who_answers_and_who_goes_is_noticed(sandbox, project):
    image = Image.objects.filter(project=project, visibility="shared").first()
    sandbox.set_member(image.image_id, PARTNER, "pending")
    member_lists.read_due()
    assert Share.objects.get(image=image, recipient=PARTNER).status == "pending"
    sandbox.set_member(image.image_id, PARTNER, "accepted")
    MemberList.objects.filter(image=image.pk).update(next_at=timezone.now())
    assert member_lists.read_due() == 1
    assert Share.objects.get(image=image, recipient=PARTNER).status == "accepted"
    sandbox.set_member(image.image_id, PARTNER, None)
    Image.objects.filter(pk=image.pk).update(updated_at=timezone.now() + timedelta(seconds=1))  # as a sync would
    assert member_lists.read_due() == 1
    assert not Share.objects.filter(image=image, recipient=PARTNER).exists()


def test_a_failure_says_so_and_waits_longer_each_time(sandbox, project):
    sandbox.fault(operation="6.4.4", kind="status", status=503, times=1000)
    assert member_lists.read_due() == 0
    row = MemberList.objects.first()
    assert (row.failures, bool(row.error)) == (1, True)
    assert seconds_to_wait(row) <= backoff.MEMBERS.ceiling(1)
    MemberList.objects.update(next_at=timezone.now(), failures=6)
    member_lists.read_due()
    row.refresh_from_db()
    assert row.failures == 7
    waits = [seconds_to_wait(one) for one in MemberList.objects.filter(failures=7)]
    assert backoff.MEMBERS.ceiling(1) < max(waits) <= backoff.MEMBERS.ceiling(7)  # each by itself: by chance
    sandbox.clear_faults()
    MemberList.objects.update(next_at=timezone.now())
    assert member_lists.read_due()
    row.refresh_from_db()
    assert (row.failures, row.error) == (0, "")


def test_a_reader_that_died_only_delays(project, monkeypatch):
    def die(*_arguments):
        raise SystemExit

    monkeypatch.setattr(member_lists, "_attempt", die)
    with pytest.raises(SystemExit):
        member_lists.read_due()
    monkeypatch.undo()
    assert due(project) == 0  # claimed
    MemberList.objects.update(next_at=timezone.now() - timedelta(seconds=1))  # the claim has run out
    assert member_lists.read_due() == MemberList.objects.count()


def test_two_readers_read_each_list_once(project):
    member_lists.watch()
    first, second = member_lists._claim(project), member_lists._claim(project)
    assert first
    assert not second


def test_a_share_outlives_its_image(project):
    member_lists.read_due()
    image = Image.objects.filter(project=project, shares__isnull=False).first()
    kept = list(image.shares.values_list("recipient", flat=True))
    factories.put(project, gone=(image.pk,))
    rows = Share.objects.filter(image_uid=image.image_id)
    assert sorted(rows.values_list("recipient", flat=True)) == sorted(kept)
    assert all(row.image_id is None and row.ended_at and row.image_name == image.name for row in rows)
    assert not MemberList.objects.filter(image_id=image.pk).exists()


@pytest.mark.parametrize(
    ("age", "status", "least", "most"),
    [
        (timedelta(minutes=1), "pending", 100, 140),
        (timedelta(hours=2), "pending", 640, 800),
        (timedelta(days=30), "pending", 3200, 4000),
        (timedelta(minutes=1), "accepted", 3200, 4000),
    ],
)
def test_young_offers_are_looked_at_soon(settings, age, status, least, most):
    settings.MEMBERS_INTERVAL = 3600
    now = timezone.now()
    pause = member_lists.pause_after([Member("i", "p", status, created_at=now - age)], now)
    assert least <= pause <= most
