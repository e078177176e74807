"""Lists of members on schedule: which are due, who reads them, what a failure and a dead reader leave behind."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from images.ims import Member
from images.models import Image, MemberList, Share
from images.services import shares
from tests import factories
from tests.clouds import project_of
from tests.sandbox_process import SandboxProcess

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


def due(project) -> int:
    return MemberList.objects.filter(project=project, next_at__lte=timezone.now()).count()


def test_every_shared_image_is_read_and_rests_until_it_is_due_again(sandbox, project):
    shared = set(Image.objects.filter(project=project, visibility="shared").values_list("pk", flat=True))
    assert shared
    assert shares.read_due() == len(shared)
    assert set(Share.objects.values_list("image", flat=True)) == shared
    sandbox.reset_calls()
    assert shares.read_due() == 0
    assert "6.4.4" not in sandbox.calls()


def test_who_answers_and_who_goes_is_noticed(sandbox, project):
    image = Image.objects.filter(project=project, visibility="shared").first()
    sandbox.set_member(image.image_id, PARTNER, "pending")
    shares.read_due()
    assert Share.objects.get(image=image, recipient=PARTNER).status == "pending"
    sandbox.set_member(image.image_id, PARTNER, "accepted")
    shares.want([image.pk])
    assert shares.read_due() == 1
    assert Share.objects.get(image=image, recipient=PARTNER).status == "accepted"
    sandbox.set_member(image.image_id, PARTNER, None)
    Image.objects.filter(pk=image.pk).update(updated_at=timezone.now() + timedelta(seconds=1))  # as a sync would
    assert shares.read_due() == 1
    assert not Share.objects.filter(image=image, recipient=PARTNER).exists()


def test_a_failure_says_so_and_waits_longer_each_time(sandbox, project):
    sandbox.fault(operation="6.4.4", kind="status", status=503, times=1000)
    assert shares.read_due() == 0
    row = MemberList.objects.first()
    assert (row.failures, bool(row.error)) == (1, True)
    first = row.next_at - timezone.now()
    MemberList.objects.update(next_at=timezone.now())
    shares.read_due()
    row.refresh_from_db()
    assert row.failures == 2
    assert row.next_at - timezone.now() > 1.5 * first
    sandbox.clear_faults()
    MemberList.objects.update(next_at=timezone.now())
    assert shares.read_due()
    row.refresh_from_db()
    assert (row.failures, row.error) == (0, "")


def test_a_reader_that_died_only_delays(project, monkeypatch):
    def die(*_arguments):
        raise SystemExit

    monkeypatch.setattr(shares, "_attempt", die)
    with pytest.raises(SystemExit):
        shares.read_due()
    monkeypatch.undo()
    assert due(project) == 0  # claimed
    MemberList.objects.update(next_at=timezone.now() - timedelta(seconds=1))  # the claim has run out
    assert shares.read_due() == MemberList.objects.count()


def test_two_readers_read_each_list_once(project):
    shares.watch()
    first, second = shares._claim(project), shares._claim(project)
    assert first
    assert not second


def test_a_share_outlives_its_image(project):
    shares.read_due()
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
    pause = shares.pause_after([Member("i", "p", status, created_at=now - age)], now)
    assert least <= pause <= most
