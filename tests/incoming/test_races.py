"""Two at the same moment, in real concurrent transactions: one outcome, and each of them recorded.

Both begin from what they saw before. One of them is held in the middle of its transaction until the other stands at the
project's lock, so that they do meet; which of them comes first is each time tried both ways.
"""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections

from images.access.enums import Role
from images.cache.models.image import Image
from images.cache.services import publication
from images.clouds.models import Project
from images.incoming.models import IncomingShare
from images.incoming.services import due, policies
from images.incoming.services.votes import vote
from images.operations.models.operation import Operation
from tests import factories
from tests.conftest import person
from tests.incoming.conftest import offer

pytestmark = [
    pytest.mark.also_on_postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time by itself"),
]


@pytest.fixture
def stage(transactional_db):
    project = factories.project("eu-west-0_ours")
    factories.put(project)
    return project


def at_once(monkeypatch, first: Callable[[], object], second: Callable[[], object]) -> None:
    """`first` takes the project's lock and keeps it until `second` waits for it."""
    held, release, troubles = threading.Event(), threading.Event(), []
    lock, names = publication.lock, {}

    def locking(holder) -> None:
        lock(holder)
        if names.get("first") == threading.get_ident() and not held.is_set():
            held.set()
            assert release.wait(10)

    monkeypatch.setattr(publication, "lock", locking)

    def run(name: str, work: Callable[[], object]) -> None:
        names[name] = threading.get_ident()
        try:
            work()
        except Exception as error:  # noqa: BLE001 # told by the test
            troubles.append(error)
        finally:
            connections.close_all()

    one = threading.Thread(target=run, args=("first", first))
    two = threading.Thread(target=run, args=("second", second))
    one.start()
    assert held.wait(60)
    two.start()
    assert until(waits_for_a_lock), "they never met"
    release.set()
    one.join(20)
    two.join(20)
    assert not troubles, troubles


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def kinds(share: IncomingShare) -> list[str]:
    return list(share.events.values_list("kind", flat=True))


def revoke(project: Project, share: IncomingShare) -> None:
    """As a synchronisation sees it."""
    pks = tuple(Image.objects.filter(image_id=share.image_id).values_list("pk", flat=True))
    factories.put(Project.objects.select_related("region").get(pk=project.pk), gone=pks)


def say(actor, share: IncomingShare, *, approves: bool):
    return lambda: vote(actor=actor, shares=[share], approves=approves, comment="" if approves else "No.")


def test_two_approvers_at_once_make_one_decision(stage, monkeypatch):
    ada, ben, admin = (person(name, Role.APPROVER, is_staff=name == "admin") for name in ("ada", "ben", "admin"))
    policies.save_policy(actor=admin, project=stage, terms={"approvals": 2}, seen_version=0)
    (share,) = offer(stage, 1)
    at_once(monkeypatch, say(ada, share, approves=True), say(ben, share, approves=True))
    share.refresh_from_db()
    assert (share.state, share.approvals, share.decided_by) == ("accepting", 2, "ada, ben")
    assert Operation.objects.count() == 1
    assert kinds(share).count("approved") == 2


@pytest.mark.parametrize("approval_first", [True, False])
def test_approve_and_reject_at_once(stage, monkeypatch, approval_first):
    ada, ben = person("ada", Role.APPROVER), person("ben", Role.APPROVER)
    (share,) = offer(stage, 1)
    both = [say(ada, share, approves=True), say(ben, share, approves=False)]
    at_once(monkeypatch, *(both if approval_first else both[::-1]))
    share.refresh_from_db()
    assert (share.state, share.decided_by) == (("accepting", "ada") if approval_first else ("rejecting", "ben"))
    assert Operation.objects.get().parameters == {"status": "accepted" if approval_first else "rejected"}
    assert kinds(share).count("too_late") == 1


@pytest.mark.parametrize("vote_first", [True, False])
def test_revoked_while_it_is_approved(stage, monkeypatch, vote_first):
    ada = person("ada", Role.APPROVER)
    (share,) = offer(stage, 1)
    both = [say(ada, share, approves=True), lambda: revoke(stage, share)]
    at_once(monkeypatch, *(both if vote_first else both[::-1]))
    share.refresh_from_db()
    assert (share.state, share.member_status) == ("revoked", "")
    assert Operation.objects.count() == int(vote_first)
    assert {"revoked", "decided" if vote_first else "too_late"} <= set(kinds(share))


@pytest.mark.parametrize("vote_first", [True, False])
def test_the_policy_is_changed_while_somebody_votes(stage, monkeypatch, vote_first):
    ada, admin = person("ada", Role.APPROVER), person("admin", is_staff=True)
    (share,) = offer(stage, 1)
    change = {"actor": admin, "project": stage, "terms": {"approvals": 2}, "seen_version": 0}
    both = [
        lambda: vote(actor=ada, shares=[share], approves=True, seen_version=0),
        lambda: policies.save_policy(**change),
    ]
    at_once(monkeypatch, *(both if vote_first else both[::-1]))
    due.work_due()
    share.refresh_from_db()
    if vote_first:
        assert (share.state, share.policy_version) == ("accepting", 0)
    else:  # what she looked at is in force no more: nothing is counted
        assert (share.state, share.approvals, share.policy_version) == ("pending", 0, 1)
        assert "too_late" in kinds(share)
    assert stage.share_policies.count() == 1


def test_two_at_once_change_the_policy_and_one_is_told(stage, monkeypatch):
    admin = person("admin", is_staff=True)
    told = []

    def change(approvals: int):
        def run() -> None:
            try:
                policies.save_policy(actor=admin, project=stage, terms={"approvals": approvals}, seen_version=0)
            except policies.PolicyMoved as moved:
                told.append(str(moved))

        return run

    at_once(monkeypatch, change(2), change(3))
    assert stage.share_policies.get().approvals == 2
    assert len(told) == 1


def test_ims_answers_while_the_policy_judges(stage, monkeypatch):
    """A share that somebody has accepted elsewhere in the moment in which the policy would reject it."""
    admin = person("admin", is_staff=True)
    (share,) = offer(stage, 1)
    policies.save_policy(actor=admin, project=stage, terms={"barred": [share.owner]}, seen_version=0)
    document = factories.document(1, share.owner) | {
        "visibility": "shared",
        "__imagetype": "shared",
        "status": "active",
    }
    at_once(
        monkeypatch,
        lambda: factories.put(stage, document, member_status="accepted"),
        due.work_due,
    )
    share.refresh_from_db()
    assert (share.state, share.elsewhere) == ("accepted", True)
    assert not Operation.objects.exists()
