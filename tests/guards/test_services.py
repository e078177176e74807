"""Every service × role × own and foreign project, and no service that acts for somebody is without a line."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

import images
from tests.guards.cast import ANONYMOUS, CAST, STAFF, World, build, may
from tests.guards.services import Service, Things
from tests.guards.tables import ROOMS, SERVICES, UNGUARDED


def acting() -> Iterator[tuple[str, Callable[..., object]]]:
    """Public functions that have an `actor`, each where it is defined; the checks themselves are no acts."""
    for found in pkgutil.walk_packages(images.__path__, "images."):
        if not {"services", "core"} & {*found.name.split(".")}:
            continue
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            defined_here = function.__module__ == module.__name__ and not name.startswith(("_", "check_"))
            if defined_here and "actor" in inspect.signature(function).parameters:
                yield f"{module.__name__.removeprefix('images.')}.{name}", function


FUNCTIONS = dict(acting())


def test_every_service_has_a_line_and_every_line_a_service():
    assert {*FUNCTIONS} == {*SERVICES, *UNGUARDED}, "give each new service its line in tests/<room>/guards.py"


def test_each_line_stands_in_its_room():
    lines = {(name, line) for name, room in ROOMS.items() for table in ("SERVICES", "UNGUARDED")
             for line in getattr(room, table, ())}  # fmt: skip
    assert {line for name, line in lines if line.partition(".")[0] != name} == set()


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def is_refused(name: str, world: World, role: str, *, foreign: bool) -> bool:
    things = Things(world.foreign if foreign else world.own)
    try:
        with transaction.atomic():
            result = FUNCTIONS[name](actor=world.people[role], **SERVICES[name].arguments(things))
            if inspect.isgenerator(result):
                next(result, None)
            transaction.set_rollback(True)
    except PermissionDenied as refusal:
        return bool(str(refusal))  # a refusal without a reason is none
    except Exception as error:
        if not type(error).__module__.startswith("images."):
            raise  # an accident, not a refusal of ours for some other reason
    return False


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SERVICES))
def test_who_may_not_is_refused_and_who_may_is_not(name, world):
    service: Service = SERVICES[name]
    wrong = []
    for role in CAST:
        for foreign in (False, True):
            if role == ANONYMOUS:
                continue
            allowed = may(role, service.who) and (not foreign or role == STAFF or not service.of_a_project)
            if is_refused(name, world, role, foreign=foreign) == allowed:
                wrong.append(f"{role}{' (foreign)' * foreign} is {'refused' if allowed else 'not refused'}")
    assert not wrong, f"{name}: " + "; ".join(wrong)
