"""A second person's consent: who decides, what then becomes of the operation, and that there is one outcome."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from images.access.enums import Role
from images.audit.models import AuditEntry
from images.cache.models.image import Image
from images.operations.enums import ActionKind, ConsentState, ItemState, OperationState
from images.operations.models.consent import Consent
from images.operations.models.operation import OperationEvent
from images.operations.services import Target, consent, executor, retry_failed, scheduling, submit
from images.operations.services import cancel as withdraw
from images.operations.services.consent import AlreadyDecided
from images.partners.models import Partner
from tests import factories
from tests.conftest import grant, person

pytestmark = pytest.mark.also_on_postgres

PARTNER = "edc89b490d7d4392898e19b2deb34797"


class World:
    """A project that wants a second person for sharing and deleting, and people with roles in it."""

    def __init__(self, name: str = "eu-west-0_build", first: int = 1) -> None:
        self.project = factories.project(name)
        plain = {"status": "active", "protected": False, "virtual_env_type": "FusionCompute"}
        numbers = range(first, first + 3)
        factories.put(self.project, *(factories.document(n, self.project.project_id, **plain) for n in numbers))
        self.images = list(Image.objects.filter(project=self.project).order_by("pk"))
        self.operator = person(f"operator-{name}", Role.OPERATOR, project=self.project)
        self.approvers = [person(f"approver-{n}-{name}", Role.APPROVER, project=self.project) for n in (1, 2)]
        admin = person(f"admin-{name}", Role.ADMINISTRATOR, project=self.project)
        consent.set_policy(actor=admin, project=self.project, for_share=True, for_delete=True, days=3)
        self.admin = admin

    def ask(self, kind: ActionKind = ActionKind.SHARE, images=None, actor=None, more=(), **parameters):
        targets = [Target(self.project, image, image.name) for image in images or self.images]
        targets += [Target(other.project, image, image.name) for other in more for image in other.images]
        parameters = {"project_ids": [PARTNER]} if kind == ActionKind.SHARE else parameters
        asker = actor or self.operator
        return submit(actor=asker, kind=kind, targets=targets, parameters=parameters, key=uuid.uuid4().hex)


@pytest.fixture
def world(db):
    return World()


def state(operation) -> OperationState:
    operation.refresh_from_db()
    return OperationState(operation.state)


def only(operation) -> Consent:
    return Consent.objects.select_related("operation", "project").get(operation=operation)


def test_what_the_project_does_not_name_goes_on_alone(world):
    assert state(world.ask(ActionKind.PROTECT)) == OperationState.WAITING
    assert not Consent.objects.exists()


def test_nothing_is_sent_before_somebody_agrees(world):
    operation = world.ask()
    assert state(operation) == OperationState.APPROVAL
    assert not executor.has_open_work()
    assert not scheduling.due_items().exists()
    consent.give(actor=world.approvers[0], consent=only(operation), comment="fine")
    assert state(operation) == OperationState.WAITING
    assert scheduling.due_items().count() == 3
    given = only(operation)
    assert (given.state, given.decided_by, given.comment) == (ConsentState.GIVEN, world.approvers[0], "fine")
    entry = AuditEntry.objects.get(event="operation.approved")
    assert (entry.actor_name, entry.details) == (world.approvers[0].username, {"comment": "fine"})


def test_who_asked_never_agrees_even_with_every_role(world):
    grant(world.operator, Role.APPROVER, Role.ADMINISTRATOR, project=world.project)
    asked = only(world.ask())
    for decide in (consent.give, consent.refuse):
        with pytest.raises(PermissionDenied, match="somebody else has to agree"):
            decide(actor=world.operator, consent=asked, comment="x")
    assert only(asked.operation).state == ConsentState.WAITING


def test_a_refusal_ends_it_and_says_why(world):
    operation = world.ask(ActionKind.DELETE)
    consent.refuse(actor=world.approvers[0], consent=only(operation), comment="still in use")
    assert state(operation) == OperationState.CANCELLED
    assert operation.cancelled_by == world.approvers[0].username
    assert OperationEvent.objects.filter(operation=operation, text__contains="still in use").exists()


def test_who_asked_may_withdraw(world):
    operation = world.ask()
    withdraw(actor=world.operator, operation=operation)
    assert state(operation) == OperationState.CANCELLED
    assert only(operation).state == ConsentState.WITHDRAWN
    with pytest.raises(AlreadyDecided, match="withdrawn"):
        consent.give(actor=world.approvers[0], consent=only(operation))


def test_what_nobody_answers_runs_out(world):
    operation, young = world.ask(), world.ask()
    assert only(operation).expires_at - timezone.now() > timedelta(days=2, hours=23)
    Consent.objects.filter(operation=operation).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert consent.expire_due() == 1
    assert consent.expire_due() == 0
    assert state(operation) == OperationState.CANCELLED
    assert only(operation).state == ConsentState.EXPIRED
    assert state(young) == OperationState.APPROVAL


def test_what_is_no_longer_possible_fails_and_the_rest_goes_on(world):
    operation = world.ask(ActionKind.DELETE)
    protected, gone, _fine = world.images
    factories.put(world.project, gone=(gone.pk,))
    Image.objects.filter(pk=protected.pk).update(protected=True)
    assert {group.code for group in consent.blocked_items(operation)} == {"", "IMG.0028"}
    consent.give(actor=world.approvers[0], consent=only(operation))
    states = [item.state for item in operation.items.order_by("position")]
    assert states == [ItemState.FAILED, ItemState.FAILED, ItemState.WAITING]
    assert state(operation) == OperationState.RUNNING
    assert scheduling.due_items().count() == 1


def test_who_may_no_longer_operate_gets_nothing_done(world):
    operation = world.ask()
    world.operator.memberships.all().delete()
    consent.give(actor=world.approvers[0], consent=only(operation))
    assert state(operation) == OperationState.FAILED
    assert "may no longer change" in operation.items.first().error


def test_a_recipient_that_was_barred_meanwhile(world):
    operation = world.ask()
    Partner.objects.create(project_id=PARTNER, name="Contoso", trust="barred")
    consent.give(actor=world.approvers[0], consent=only(operation))
    assert state(operation) == OperationState.FAILED


def test_every_project_has_to_agree(world):
    other = World("eu-west-0", first=10)
    grant(world.operator, Role.OPERATOR, project=other.project)
    operation = world.ask(more=[other])
    mine, theirs = operation.consents.order_by("pk")
    consent.give(actor=world.approvers[0], consent=mine)
    assert state(operation) == OperationState.APPROVAL
    with pytest.raises(PermissionDenied, match="Only approvers of eu-west-0"):
        consent.give(actor=world.approvers[0], consent=theirs)
    consent.give(actor=other.approvers[0], consent=theirs)
    assert state(operation) == OperationState.WAITING


def test_one_refusal_of_several_ends_it_for_all(world):
    other = World("eu-west-0", first=10)
    grant(world.operator, Role.OPERATOR, project=other.project)
    operation = world.ask(more=[other])
    mine, theirs = operation.consents.order_by("pk")
    consent.refuse(actor=other.approvers[0], consent=theirs, comment="no")
    assert state(operation) == OperationState.CANCELLED
    mine.refresh_from_db()
    assert (mine.state, mine.comment) == (ConsentState.WITHDRAWN, f"Refused by {other.approvers[0].username}.")


def test_a_policy_that_changes_binds_what_is_asked_for_from_then_on(world):
    before = world.ask()
    consent.set_policy(actor=world.admin, project=world.project, for_share=False, for_delete=True, days=3)
    assert state(world.ask()) == OperationState.WAITING
    assert state(before) == OperationState.APPROVAL
    told = AuditEntry.objects.filter(event="consent_policy.changed").latest("pk")
    assert (told.before, told.after) == ({"for_share": True}, {"for_share": False})


def test_what_failed_is_not_tried_again_without_consent(world):
    operation = world.ask(ActionKind.DELETE)
    Image.objects.update(protected=True)
    consent.give(actor=world.approvers[0], consent=only(operation))
    assert state(operation) == OperationState.FAILED
    again = retry_failed(actor=world.operator, operation=operation, key="again")
    assert state(again) == OperationState.APPROVAL


# --- at the same moment ----------------------------------------------------------------------------------------------
def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each returned or raised; all begin together, each in a transaction of its own connection."""
    outcomes: list[object] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes[place] = call()
        except AlreadyDecided as faster:
            outcomes[place] = faster
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["give", "refuse", "withdraw", "expire"])
def test_of_two_who_decide_at_once_one_is_first(second):
    if connection.vendor == "sqlite":
        pytest.skip("one connection at a time holds the suite's database; on PostgreSQL the transactions are real")
    world = World()
    one, two = world.approvers
    for _round in range(4):
        operation = world.ask()
        asked = only(operation)
        others = {
            "give": lambda asked=asked: consent.give(actor=two, consent=asked),
            "refuse": lambda asked=asked: consent.refuse(actor=two, consent=asked, comment="no"),
            "withdraw": lambda operation=operation: withdraw(actor=world.operator, operation=operation),
            "expire": consent.expire_due,
        }
        if second == "expire":
            Consent.objects.filter(pk=asked.pk).update(expires_at=timezone.now())
        outcomes = at_once(lambda asked=asked: consent.give(actor=one, consent=asked), others[second])
        asked.refresh_from_db()
        decisions = AuditEntry.objects.filter(subject_ref=str(operation.pk), event__in=DECISIONS)
        given = asked.state == ConsentState.GIVEN
        assert isinstance(outcomes[0], AlreadyDecided) != (given and asked.decided_by_id == one.pk)
        # withdrawn after it was given it is cancelled like any other operation, before anything is sent
        cancelled = second == "withdraw" or not given
        assert state(operation) == (OperationState.CANCELLED if cancelled else OperationState.WAITING)
        assert operation.items.exclude(state=ItemState.CANCELLED if cancelled else ItemState.WAITING).count() == 0
        assert decisions.count() == (0 if asked.state == ConsentState.WITHDRAWN else 1)


DECISIONS = ("operation.approved", "operation.refused", "operation.expired")
