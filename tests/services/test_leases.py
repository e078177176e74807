"""One synchronisation per holder: who claims, who must wait, and who takes over from the dead."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from images.models import Project
from images.services import background, leases, schedule
from images.services.leases import Busy, LeaseLost, lease
from tests import factories

pytestmark = pytest.mark.django_db


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


def test_a_dead_process_of_this_machine_need_not_be_waited_for(project):
    process = subprocess.Popen([sys.executable, "-c", ""])
    held_by(project, f"{leases._HOST}:{process.pid}:x")
    process.wait()
    with lease(project):
        pass


@pytest.mark.parametrize("pid_of", [os.getpid, os.getppid])
def test_a_living_process_of_this_machine_is_respected(project, pid_of):
    held_by(project, f"{leases._HOST}:{pid_of()}:x")
    with pytest.raises(Busy), lease(project):
        pass


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
    schedule.want(project, full=True)
    with lease(project) as claim:
        assert claim.wanted == "full"
        assert row(project).wanted == ""
    assert row(project).wanted == "full"
    with lease(project) as claim:
        claim.finish()
    assert row(project).wanted == ""


def test_a_quick_one_does_not_replace_a_full_one(project):
    schedule.want(project, full=True)
    schedule.want(project)
    assert row(project).wanted == "full"


def test_who_asks_during_a_synchronisation_gets_another_one(project, monkeypatch):
    runs = []

    def sync(holder, *, full):
        with lease(holder) as claim:
            runs.append((claim.wanted, full))
            if len(runs) == 1:
                schedule.want(holder, full=True)
            claim.finish(synced_at=timezone.now(), full_synced_at=timezone.now())

    monkeypatch.setattr(background, "sync_holder", sync)
    background.sync_rung(schedule.ref_of(project))
    assert runs == [("", True), ("full", True)]


def test_what_died_is_said_and_done_again(project, monkeypatch):
    rung = []
    monkeypatch.setattr(schedule, "ring", lambda *what: rung.append(what))
    Project.objects.filter(pk=project.pk).update(
        synced_at=timezone.now(), lease_owner="another:1:x", lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert schedule.ring_for_due() >= 1
    assert (schedule.TASK, f"p{project.pk}") in rung
    assert (row(project).error, row(project).wanted, row(project).lease_owner) == (leases.CUT_OFF, "full", "")


def test_a_ring_for_what_is_gone_does_nothing():
    background.sync_rung("p999999")
    background.sync_rung("r999999")
