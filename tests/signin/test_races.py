"""Two administrators who take each other's rights at the same moment, in real transactions: one of them stays."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections

from images.audit.models import AuditEntry
from images.people.services.people import change_person, deactivate
from images.people.services.teams import TeamRefused
from tests.conftest import person

pytestmark = [
    pytest.mark.also_on_postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time by itself"),
]


def dismiss(actor: User, user: User) -> None:
    change_person(actor=actor, user=user, username=user.username, email=user.email, is_staff=False)


def at_once(*calls: Callable[[], object]) -> list[Exception | None]:
    """What each raised; all begin together, each on a connection of its own."""
    raised: list[Exception | None] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], object]) -> None:
        start.wait(10)
        try:
            call()
        except Exception as error:  # noqa: BLE001 # told to the test
            raised[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return raised


@pytest.mark.parametrize(("one_does", "two_does"), [
    (lambda actor, user: deactivate(actor=actor, user=user), lambda actor, user: deactivate(actor=actor, user=user)),
    (dismiss, dismiss),
    (dismiss, lambda actor, user: deactivate(actor=actor, user=user)),
])  # fmt: skip
def test_the_console_never_loses_its_last_administrator(one_does, two_does):
    for number in range(6):
        User.objects.update(is_active=False)
        one, two = person(f"one{number}", is_staff=True), person(f"two{number}", is_staff=True)
        raised = at_once(partial(one_does, one, two), partial(two_does, two, one))
        assert [type(error) for error in raised if error] == [TeamRefused]
        assert User.objects.filter(is_active=True, is_staff=True).count() == 1
        told = AuditEntry.objects.filter(event__in=["person.changed", "person.deactivated"])
        assert told.filter(subject_name__in=[one.username, two.username]).count() == 1
