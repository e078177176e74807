"""One synchronisation per holder: who claims, who must wait, and who takes over from the dead."""

import socket
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from images.cache.services import background, leases, scheduling
from images.cache.services.leases import Busy, LeaseLost, lease
from images.clouds.models import Project
from images.core import clock, process_identity
from images.operations.models.operation import Lane
from images.operations.services import project_leases
from tests import factories
from tests.core.test_process_identity import Other

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]


WRONG = [timedelta(days=1), timedelta(hours=1), -timedelta(hours=1), -timedelta(days=1)]


def set_clock(monkeypatch, ahead: timedelta) -> None:
    """This machine's clock is wrong; the database's is not."""
    now, seconds = timezone.now, time.time
    monkeypatch.setattr(timezone, "now", lambda: now() + ahead)
    monkeypatch.setattr(time, "time", lambda: seconds() + ahead.total_seconds())
    clock.forget()


@pytest.fixture
def project():
    return factories.project()


def row(project) -> Project:
    return Project.objects.get(pk=project.pk)


def held_by(project, owner: str, seconds: float = 60) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    Project.objects.filter(pk=project.pk).update(lease_owner=owner, lease_until=until)


def test_a_claim_is_given_back(project):
    with lease(project):
        assert row(project).lease_owner
        assert row(project).lease_until > timezone.now()
        with pytest.raises(Busy), lease(project):
            pass
    assert (row(project).lease_owner, row(project).lease_until) == ("", None)


def test_a_removed_holder_is_claimed_by_nobody(project):
    project_pk, project.pk = project.pk, 10**6
    with pytest.raises(Busy), lease(project):
        pass
    project.pk = project_pk


def test_who_was_thought_dead_writes_nothing_more(project, monkeypatch):
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.0)
    with lease(project) as claim:
        held_by(project, "another:1:x")
        for act in (claim.check, lambda: claim.renew(1), lambda: claim.finish(error="no")):
            with pytest.raises(LeaseLost):
                act()
    assert row(project).lease_owner == "another:1:x"
    assert row(project).error == ""


def test_an_expired_claim_is_taken_over(project):
    held_by(project, "another:1:x", seconds=-1)
    with lease(project) as claim:
        claim.check()


def test_a_living_claim_of_another_machine_is_respected(project):
    held_by(project, "another:1:x")
    with pytest.raises(Busy), lease(project):
        pass


def test_a_process_that_is_proved_dead_need_not_be_waited_for(project, settings):
    with Other(settings) as other:
        held_by(project, f"{other.name}:x")
        with pytest.raises(Busy), lease(project):
            pass
        other.kill()
        with lease(project):
            pass


@pytest.mark.parametrize("ours", [True, False], ids=["this process", "a process of the same host name and number"])
def test_the_living_are_respected(project, ours):
    """A host name and a process number prove nothing: another machine, another pod may have the same."""
    held_by(project, f"{process_identity.own()}:x" if ours else f"{socket.gethostname()[:30]}:{2**22 + 1}:x")
    with pytest.raises(Busy), lease(project):
        pass


# --- wrong clocks ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ahead", WRONG, ids=str)
def test_a_wrong_clock_neither_takes_nor_keeps(project, monkeypatch, ahead):
    """Ahead: others' claims seem to have run out, its own hold for a day. Behind: the other way round."""
    held_by(project, "another:1:x")
    with monkeypatch.context() as wrong:
        set_clock(wrong, ahead)
        with pytest.raises(Busy), lease(project):
            pass
        assert leases.free_what_died(Project) == 0
        held_by(project, "another:1:x", seconds=-1 - ahead.total_seconds())  # by the true clock a second ago
        with lease(project) as claim:
            monkeypatch.setattr(leases, "RENEW_EVERY", 0.0)
            claim.renew(1)
            until = row(project).lease_until
    assert timedelta(0) < until - timezone.now() <= leases.LEASE


@pytest.mark.parametrize("ahead", WRONG, ids=str)
def test_a_lane_is_held_by_the_clock_of_the_database(project, monkeypatch, ahead):
    with monkeypatch.context() as wrong:
        set_clock(wrong, ahead)
        assert project_leases.claim(project.pk, "a:1")
        assert not project_leases.claim(project.pk, "b:1")
        assert project_leases.renew([project.pk], "a:1") == {project.pk}
        project_leases.pause(project.pk, 10.0, "too many")
        assert project_leases.paused_until(project.pk)
    lane = Lane.objects.get(project=project)
    assert timedelta(0) < lane.lease_until - timezone.now() <= project_leases.LEASE
    assert timedelta(0) < lane.paused_until - timezone.now() <= timedelta(seconds=10)
    assert not project_leases.claim(project.pk, "b:1")


def test_a_claim_that_holds_for_a_day_is_shortened(project):
    """It was written by a clock that was a day ahead, before this release or by a database whose clock was set."""
    held_by(project, "another:1:x", seconds=86_400)
    Lane.objects.create(project=project, lease_owner="another:1:x", lease_until=timezone.now() + timedelta(days=1))
    with pytest.raises(Busy), lease(project):
        pass
    assert not project_leases.claim(project.pk, "b:1")
    assert row(project).lease_until <= timezone.now() + leases.LEASE
    assert Lane.objects.get(project=project).lease_until <= timezone.now() + project_leases.LEASE
    assert row(project).lease_owner == "another:1:x"  # it may live, and then renews in time


def test_whoever_looks_for_the_dead_shortens_too(project):
    held_by(project, "another:1:x", seconds=86_400)
    scheduling.wake_for_due()
    assert row(project).lease_until <= timezone.now() + leases.LEASE


def test_renewing_tells_how_far_it_is_and_whether_the_service_answered(project, monkeypatch):
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.0)
    with lease(project) as claim:
        before = row(project).lease_until
        claim.renew(7, answered=False)
        assert (row(project).progress, row(project).contact_at) == (7, None)
        claim.renew(8)
        assert row(project).progress == 8
        assert row(project).contact_at
        assert row(project).lease_until > before


def test_what_was_asked_for_comes_with_the_claim_and_goes_back_with_it(project):
    scheduling.want(project, full=True)
    with lease(project) as claim:
        assert claim.wanted == "full"
        assert row(project).wanted == ""
    assert row(project).wanted == "full"
    with lease(project) as claim:
        claim.finish()
    assert row(project).wanted == ""


def test_a_quick_one_does_not_replace_a_full_one(project):
    scheduling.want(project, full=True)
    scheduling.want(project)
    assert row(project).wanted == "full"


def test_who_asks_during_a_synchronisation_gets_another_one(project, monkeypatch):
    runs = []

    def sync(holder, *, full):
        with lease(holder) as claim:
            runs.append((claim.wanted, full))
            if len(runs) == 1:
                scheduling.want(holder, full=True)
            claim.finish(synced_at=timezone.now(), full_synced_at=timezone.now())

    monkeypatch.setattr(background, "sync_holder", sync)
    background.sync_woken(scheduling.ref_of(project))
    assert runs == [("", True), ("full", True)]


def test_what_died_is_said_and_done_again(project, monkeypatch):
    rung = []
    monkeypatch.setattr(scheduling, "wake_up", lambda *what: rung.append(what))
    Project.objects.filter(pk=project.pk).update(
        synced_at=timezone.now(), lease_owner="another:1:x", lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert scheduling.wake_for_due() >= 1
    assert (scheduling.TASK, f"p{project.pk}") in rung
    assert (row(project).error, row(project).wanted, row(project).lease_owner) == (leases.CUT_OFF, "full", "")


def test_a_ring_for_what_is_gone_does_nothing():
    background.sync_woken("p999999")
    background.sync_woken("r999999")
