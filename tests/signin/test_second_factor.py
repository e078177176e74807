"""A second factor: setting it up, signing in with it, losing it; and sessions seen and ended."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from images.audit.models import AuditEntry
from images.signin.services import second_factors
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()
    yield
    cache.clear()


def sign_in(name: str, **headers: str):
    client = Client(headers=headers)
    return client, client.post("/accounts/login/", {"login": name, "password": PASSWORD})


def code_for(secret: str) -> str:
    cache.clear()  # a code counts once; tests are quicker than its thirty seconds
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"


def set_up(client: Client) -> str:
    """Turns it on, right after signing in, and returns the secret of the app."""
    page = client.get("/accounts/2fa/totp/activate/")
    assert b"data:image/svg+xml" in page.content
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)}).status_code == 302
    return secret


def test_after_it_is_set_up_the_password_alone_opens_nothing(viewer, django_capture_on_commit_callbacks):
    client, _answer = sign_in("viewer")
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up(client)
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))
    other, answer = sign_in("viewer")
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert other.get("/clouds/").status_code == 302
    page = other.get("/accounts/2fa/authenticate/").content
    assert b"entrance-card" in page
    assert other.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert other.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})["Location"] == "/"
    assert other.get("/clouds/").status_code == 200
    told = AuditEntry.objects.order_by("id").values_list("event", flat=True)
    assert [event for event in told if event != "signin.done"] == ["mfa.added", "mfa.recovery", "signin.failed"]


def test_a_recovery_code_works_once(viewer):
    client, _answer = sign_in("viewer")
    set_up(client)
    codes = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert codes[0] in client.get("/accounts/2fa/recovery-codes/").content.decode()
    for worked in (True, False):
        cache.clear()
        other, _answer = sign_in("viewer")
        other.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert (other.get("/clouds/").status_code == 200) == worked


def test_an_administrator_takes_away_what_was_lost(viewer, as_admin):
    client, _answer = sign_in("viewer")
    set_up(client)
    page = f"/people/{viewer.pk}/second-factor/"
    assert page in as_admin.get(f"/people/{viewer.pk}/").content.decode()
    assert sign_in("viewer")[1]["Location"].startswith("/accounts/2fa/"), "looking takes nothing away"
    assert as_admin.get(page).status_code == 200
    assert Authenticator.objects.filter(user=viewer).exists(), "nor does asking"
    for _twice in range(2):
        assert as_admin.post(page).status_code == 302
    assert sign_in("viewer")[1]["Location"] == "/"
    assert page not in as_admin.get(f"/people/{viewer.pk}/").content.decode()
    assert AuditEntry.objects.get(event="mfa.removed", actor_name="admin").subject_name == "viewer"


def test_an_administrator_ends_somebodys_sessions_and_never_the_own_one(viewer, admin, as_admin):
    clients = [sign_in("viewer", **{"User-Agent": f"Browser {n}"})[0] for n in range(2)]
    page = as_admin.get(f"/people/{viewer.pk}/sessions/").content.decode()
    assert "Browser 0" in page
    assert "Browser 1" in page
    as_admin.post(f"/people/{viewer.pk}/sessions/")
    assert [client.get("/clouds/").status_code for client in clients] == [302, 302]
    assert AuditEntry.objects.get(event="session.ended").sentence.startswith("admin")
    other, _answer = sign_in("admin")
    as_admin.get("/me/")
    as_admin.post(f"/people/{admin.pk}/sessions/")
    assert [client.get("/clouds/").status_code for client in (other, as_admin)] == [302, 200]


def test_keys_are_rotated_with_those_of_accounts(viewer, settings):
    client, _answer = sign_in("viewer")
    secret = set_up(client)
    old = list(settings.CREDENTIAL_KEYS)
    settings.CREDENTIAL_KEYS = ["a-new-key", *old]
    assert second_factors.rotate() == (2, [])
    settings.CREDENTIAL_KEYS = ["a-new-key"]
    other, _answer = sign_in("viewer")
    assert other.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})["Location"] == "/"


@pytest.mark.parametrize(("asked", "name", "sent"), [
    ("none", "admin", False), ("staff", "admin", True), ("staff", "viewer", False), ("everybody", "viewer", True),
])  # fmt: skip
def test_who_has_to_have_one_sets_it_up_first(admin, viewer, settings, asked, name, sent):
    settings.REQUIRE_SECOND_FACTOR = asked
    client, _answer = sign_in(name)
    answer = client.get("/clouds/")
    assert (answer.status_code == 302) == sent
    if sent:
        assert answer["Location"] == "/accounts/2fa/totp/activate/"
        assert client.get("/clouds/", headers={"HX-Request": "true"})["HX-Redirect"] == "/accounts/2fa/totp/activate/"
        set_up(client)
        assert client.get("/clouds/").status_code == 200


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(viewer):
    clients = [sign_in("viewer", **{"User-Agent": f"Browser {n}"})[0] for n in range(3)]
    page = clients[0].get("/me/").content.decode()
    assert all(f"Browser {n}" in page for n in range(3))
    second = UserSession.objects.get(user_agent="Browser 1")
    clients[0].post("/me/sessions/end/", {"session": second.pk})
    assert [client.get("/clouds/").status_code for client in clients] == [200, 302, 200]
    clients[0].post("/me/sessions/end/")
    assert [client.get("/clouds/").status_code for client in clients] == [200, 302, 302]
    assert AuditEntry.objects.filter(event="session.ended").count() == 2


def test_nobody_ends_the_sessions_of_others(viewer, admin):
    client, _answer = sign_in("viewer")
    sign_in("admin")
    theirs = UserSession.objects.get(user=admin)
    assert client.post("/me/sessions/end/", {"session": theirs.pk}).status_code == 404
    assert UserSession.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("path", ["/me/", "/accounts/elsewhere/",
                                  "/accounts/2fa/totp/activate/", "/accounts/reauthenticate/"])  # fmt: skip
def test_every_page_is_in_the_consoles_frame(viewer, path):
    client, _answer = sign_in("viewer")
    if "reauthenticate" not in path:
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    text = client.get(path).content.decode()
    assert "css/tokens.css" in text
    assert "<style" not in text
    assert "Menu:" not in text
