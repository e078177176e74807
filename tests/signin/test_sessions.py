"""How long a session lives, and what ends it."""

import time

import pytest
from django.core.cache import cache
from django.test import Client

from images.audit.models import AuditEntry
from tests.conftest import PASSWORD
from tests.console.test_settings import GOOD, start
from tests.signin.test_passwords import value_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()
    yield
    cache.clear()


def sign_in(name: str, password: str = PASSWORD) -> Client:
    client = Client()
    assert client.post("/accounts/login/", {"login": name, "password": password}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/clouds/").status_code == 200


def test_sessions_of_the_deactivated_end_and_stay_ended(viewer, as_admin):
    """Case S7."""
    clients = [sign_in("viewer"), sign_in("viewer")]
    for active in ("", "yes"):
        as_admin.post(f"/people/{viewer.pk}/active/", {"active": active})
        assert not any(is_in(client) for client in clients)
    viewer.refresh_from_db()
    assert viewer.is_active
    assert is_in(sign_in("viewer"))
    told = AuditEntry.objects.filter(subject_name="viewer").order_by("id").values_list("event", flat=True)
    assert list(told) == ["person.deactivated", "session.ended", "person.reactivated"]


def test_a_changed_password_ends_all_other_sessions(viewer):
    here, there = sign_in("viewer"), sign_in("viewer")
    chosen = "a-wholly-different-one-8"
    form = {"oldpassword": PASSWORD, "password1": chosen, "password2": chosen}
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    assert is_in(sign_in("viewer", chosen))


def age(client: Client, **moved: float) -> None:
    """Moves what the session has noted into the past, by so many seconds."""
    session = client.session
    for name, seconds in moved.items():
        session[name] -= seconds
    session.save()


@pytest.mark.parametrize(("moved", "open_still"), [
    ({"seen_at": 8 * 3600 - 60}, True), ({"seen_at": 8 * 3600 + 1}, False),
    ({"began_at": 7 * 86400 - 60}, True), ({"began_at": 7 * 86400 + 1}, False),
])  # fmt: skip
def test_a_session_ends_without_anybody_there_and_after_a_week(viewer, moved, open_still):
    client = sign_in("viewer")
    age(client, **moved)
    answer = client.get("/clouds/", follow=True)
    assert (answer.redirect_chain == []) == open_still
    assert (b"You were signed out" in answer.content) != open_still
    assert is_in(client) == open_still, "what has ended does not come back"


def test_looking_keeps_it_open_but_not_what_pages_ask_for_by_themselves(viewer):
    client = sign_in("viewer")
    for headers, noted in (({"Console-Poll": "true", "HX-Request": "true"}, False), ({}, True)):
        age(client, seen_at=7 * 3600 + client.session["seen_at"] - time.time())
        before = client.session["seen_at"]
        assert client.get("/notices/bell/", headers=headers).status_code in (200, 204, 302)
        assert (client.session["seen_at"] > before) == noted


def test_a_click_within_the_minute_writes_nothing(viewer):
    client = sign_in("viewer")
    client.get("/components/")
    before = client.session["seen_at"]
    client.get("/components/")
    assert client.session["seen_at"] == before


def test_an_upgrade_signs_nobody_out_and_the_limits_count_from_then(viewer):
    client = sign_in("viewer")
    session = client.session
    for name in ("began_at", "seen_at", "confirmed_at"):
        del session[name]
    session.save()
    assert is_in(client)
    age(client, began_at=7 * 86400 + 1)
    assert not is_in(client)


def test_the_limits_are_settable(tmp_path):
    given = {"SESSION_IDLE_MINUTES": "30", "SESSION_LIFETIME_HOURS": "12", "CONFIRM_MINUTES": "5"}
    names = "SESSION_IDLE, settings.SESSION_COOKIE_AGE, settings.ACCOUNT_REAUTHENTICATION_TIMEOUT"
    assert value_of(names, **given) == "1800 43200 300"
    assert start(tmp_path, SECRET_KEY=GOOD, SESSION_IDLE_MINUTES="0").returncode != 0
