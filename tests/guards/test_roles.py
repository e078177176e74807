"""Every URL × role × own and foreign project × GET and POST gives what its line says, and no URL is without one."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from images.apps import modules_of_rooms
from tests.guards.cast import ANONYMOUS, CAST, LOGIN, STAFF, build, expected, names_a_project
from tests.guards.roles import Answer
from tests.guards.tables import ROOMS, ROWS


def names(resolver: URLResolver, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found |= names(pattern, prefix + (f"{pattern.namespace}:" if pattern.namespace else ""))
        else:
            found.add(f"{prefix}{pattern.name}")
    return found


def test_every_url_has_a_line_and_every_line_a_url():
    assert names(get_resolver()) == {*ROWS}, "give each new URL its line in tests/<room>/guards.py"


def test_each_line_stands_in_its_room():
    """But for those of the sign-in pages, which are allauth's, and stand with ours."""
    urls = {module.__name__.split(".")[1]: module.urlpatterns for module in modules_of_rooms("urls")}
    own = {room: {f"images:{one.name}" for one in patterns} for room, patterns in urls.items()}
    lines = {name: {*room.ROWS} for name, room in ROOMS.items() if hasattr(room, "ROWS")}
    lines["signin"] = {name for name in lines["signin"] if name.startswith("images:")}
    assert lines == own


@pytest.fixture(scope="module")
def staged(django_db_setup, django_db_blocker):
    """The world and a session for everybody, once for the whole table; each request is undone (see `asked`)."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build()
        sessions = {}
        for role, somebody in world.people.items():
            client = Client()
            client.force_login(somebody)
            sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
        yield world, sessions
        transaction.set_rollback(True)


def asked(sessions: dict[str, str], role: str, method: str, path: str, data: dict[str, str]) -> int | str:
    """The status of the answer; whatever was done on the way to it is taken back."""
    client = Client()
    if role != ANONYMOUS:
        client.cookies[settings.SESSION_COOKIE_NAME] = sessions[role]
    cache.clear()  # tries to sign in are counted there
    with transaction.atomic():
        answer = client.get(path) if method == "get" else client.post(path, data)
        transaction.set_rollback(True)
    assert answer.streaming or b" object at 0x" not in answer.content, f"{path} shows an object instead of its words"
    answer.close()
    at_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next=")
    return LOGIN if at_sign_in else answer.status_code


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ROWS))
def test_everybody_gets_what_the_table_says(name, staged):
    world, sessions = staged
    wrong = []
    for role, method, foreign in cases(name):
        answer: Answer | None = getattr(ROWS[name], method)
        things = world.foreign if foreign else world.own
        path = ROWS[name].path.format(**things)
        data = {key: value.format(**things) for key, value in (answer.data if answer else {}).items()}
        got = asked(sessions, role, method, path, data)
        wanted = expected(role, ROWS[name].path, answer, foreign=foreign)
        if got != wanted and not (role == ANONYMOUS and answer is None and got == LOGIN):
            wrong.append(f"{method.upper()} {path} by {role}{' (foreign)' * foreign}: {got}, not {wanted}")
    assert not wrong, "\n" + "\n".join(wrong)


def cases(name: str):
    row = ROWS[name]
    for role in CAST:
        for method in ("get", "post"):
            answer = getattr(row, method)
            if answer is None and role not in (ANONYMOUS, STAFF):
                continue  # whoever may everything is refused the method; so is everybody else
            yield role, method, False
            if answer is not None and names_a_project(row.path, answer):
                yield role, method, True
