"""Receivers and clouds that send a byte at a time hold nobody else up (case R23)."""

import pytest
from django.utils import timezone

from images.cache.services import background, scheduling, sync
from images.clouds.models import Account, Project, Region
from images.core.encryption import encrypt
from images.notices.services.webhooks import reaching
from tests import factories
from tests.clouds.projects import project_of
from tests.dripping import Dripping

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("at_once", "slowly"),
    [
        (b"", b"HTTP/1.1 200 " + b"O" * 9999),
        (OK, b"X-Slow: y\r\n" * 999),
        (OK + b"Content-Length: 9999\r\n\r\n", b"x" * 9999),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 999),
    ],
    ids=["status line", "headers", "body", "chunks"],
)
def test_a_receiver_that_drips_is_left_in_time(settings, monkeypatch, at_once, slowly):
    settings.WEBHOOK_ALLOWED = ["127.0.0.1"]
    monkeypatch.setattr(reaching, "PATIENCE", 2.0)
    with Dripping(at_once, slowly) as receiver:
        reply = reaching.send(f"{receiver.url}/hook", b"{}", {})
    assert receiver.met == 1
    assert receiver.sent < len(slowly), "it was not the receiver that ended it"
    assert not reply.ok
    assert reply.error == "The answer was not complete within 2 seconds."


# --- clouds -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def away(db):
    """Three projects of one cloud."""
    account = Account.objects.create(name="away", auth_url="http://127.0.0.1:7/v3", username="u", secret=encrypt("x"))
    region = Region.objects.create(cloud=account.auth_url, name="far")
    return [
        Project.objects.create(
            account=account, region=region, project_id=name * 32, name=name, endpoint="http://127.0.0.1:9"
        )
        for name in "abc"
    ]


def held(*projects: Project) -> None:
    """Somebody synchronises these at this moment."""
    for project in projects:
        until = timezone.now() + timezone.timedelta(seconds=60)
        Project.objects.filter(pk=project.pk).update(lease_owner="elsewhere:1", lease_until=until)


def test_one_cloud_gets_so_many_workers_and_no_more(away, settings):
    settings.SYNC_PER_CLOUD = 2
    first, second, third = away
    held(first)
    assert not scheduling.is_crowded(third)
    held(second)
    assert scheduling.is_crowded(third)
    assert scheduling.is_crowded(third.region), "its public images are read there, too"
    assert not scheduling.is_crowded(factories.project()), "another cloud is not concerned"


def test_a_cloud_that_failed_the_last_time_gets_one(away, settings):
    settings.SYNC_PER_CLOUD = 9
    first, second, third = away
    held(first)
    Project.objects.filter(pk=second.pk).update(error="It did not answer.", error_at=timezone.now())
    assert scheduling.is_crowded(third)
    Project.objects.filter(pk=first.pk).update(contact_at=timezone.now())
    assert not scheduling.is_crowded(third), "it answers again"


def test_a_crowded_cloud_is_left_and_others_are_synchronised_meanwhile(away, cloud, settings):
    settings.SYNC_PER_CLOUD = 1
    held(away[0])
    there = project_of(cloud)
    for project in (away[1], there):
        background.sync_woken(scheduling.ref_of(project))
    for project in (away[1], there):
        project.refresh_from_db()
    assert (away[1].synced_at, away[1].error_at) == (None, None), "nobody has tried"
    assert there.synced_at is not None


def test_whoever_found_it_crowded_comes_next(away, settings, monkeypatch):
    settings.SYNC_PER_CLOUD = 1
    rung = []
    monkeypatch.setattr(scheduling, "wake_up", lambda task, ref: rung.append((task, ref)))
    with pytest.raises(sync.SyncFailed):
        sync.sync_holder(away[0])
    scheduling.wake_for_next(away[0])
    assert len(rung) == 1
    assert rung[0][1] != scheduling.ref_of(away[0])


def test_a_dripping_cloud_fails_by_name(db, settings):
    settings.IMS_TIMEOUT = (1.0, 1.0)
    account = Account.objects.create(name="drips", auth_url="http://127.0.0.1:9/v3", username="u", secret=encrypt("x"))
    region = Region.objects.create(cloud=account.auth_url, name="far")
    with Dripping(OK, b"X-Slow: y\r\n" * 999) as server:
        Account.objects.filter(pk=account.pk).update(auth_url=f"{server.url}/v3")
        project = Project.objects.create(
            account=Account.objects.get(), region=region, project_id="d" * 32, name="d", endpoint=server.url
        )
        with pytest.raises(sync.SyncFailed, match="did not complete its answer within 2 seconds"):
            sync.sync_holder(project)
    project.refresh_from_db()
    assert "did not complete its answer" in project.error
    assert project.lease_owner == ""
