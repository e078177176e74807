"""Signing in at a real OpenID Connect provider on loopback: who comes in, as whom, and into which teams."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from console.openid import OpenIDConnect, openid_connect, providers
from images.access.enums import Role
from images.access.models import Team
from images.audit.models import AuditEntry
from images.people.services.people import change_person
from images.signin.services import openid
from tests.conftest import PASSWORD, person
from tests.signin.provider import CLIENT, SECRET, Provider

pytestmark = pytest.mark.django_db
ANNA = {"sub": "7", "email": "anna@example.org", "email_verified": True, "preferred_username": "anna"}


@pytest.fixture(scope="module")
def running():
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(running, settings):
    cache.clear()
    settings.SOCIALACCOUNT_PROVIDERS = providers(running.url, CLIENT, SECRET, "Example SSO")
    settings.OIDC = OpenIDConnect(settings.SOCIALACCOUNT_PROVIDERS, teams={"g-core": "Core", "g-ops": "Ops"})
    running.claims = dict(ANNA)
    return running


def come(provider: Provider) -> Client:
    """A browser that presses the button on the sign-in page."""
    client = Client()
    assert b"Sign in with Example SSO" in client.get("/accounts/login/").content
    there = client.post("/accounts/oidc/sso/login/?process=login")
    assert there.status_code == 302
    client.landed = client.get(provider.authorize(there["Location"]), follow=True)
    return client


def is_in(client: Client) -> bool:
    return client.get("/clouds/").status_code == 200


def test_somebody_who_was_added_is_known_by_the_verified_address_and_then_by_id(provider):
    anna = person("anna", Role.VIEWER)
    assert is_in(come(provider))
    provider.claims["email"] = "married@example.org"
    assert is_in(come(provider))
    told = AuditEntry.objects.order_by("id").values_list("event", flat=True)
    assert list(told) == ["provider.connected", "signin.done", "signin.done"]
    assert User.objects.get() == anna


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email": "stranger@example.org"}, {"email": ""}])
def test_nobody_else_comes_in(provider, claims):
    person("anna")
    provider.claims |= claims
    client = come(provider)
    assert not is_in(client)
    assert User.objects.count() == 1


def test_the_deactivated_stay_out(provider):
    anna = person("anna")
    assert is_in(come(provider))
    anna.is_active = False
    anna.save()
    assert not is_in(come(provider))


def test_with_oidc_create_strangers_come_in_and_see_what_their_groups_give(provider, settings):
    settings.OIDC = OpenIDConnect(
        settings.SOCIALACCOUNT_PROVIDERS, teams={"g-core": "Core", "g-ops": "Ops"}, staff_group="g-root", create=True
    )
    hand = Team.objects.create(name="By hand")
    provider.claims["groups"] = ["g-core", "g-root", "g-unknown"]
    assert is_in(come(provider))
    anna = User.objects.get(username="anna")
    hand.memberships.create(user=anna)
    assert ({team.name for team in anna.teams.all()}, anna.is_staff) == ({"Core", "By hand"}, True)
    provider.claims["groups"] = ["g-ops"]
    come(provider)
    anna.refresh_from_db()
    assert ({team.name for team in anna.teams.all()}, anna.is_staff) == ({"Ops", "By hand"}, False)
    del provider.claims["groups"]
    come(provider)
    assert anna.teams.count() == 2


@pytest.fixture
def open_door(provider, settings):
    """OIDC_CREATE: strangers come in, too."""
    settings.OIDC = OpenIDConnect(
        settings.SOCIALACCOUNT_PROVIDERS, teams={"g-core": "Core"}, staff_group="g-root", create=True
    )
    return provider


STRANGER = {"sub": "666", "email": "anna@example.org", "email_verified": False, "preferred_username": "stranger"}


@pytest.mark.parametrize("said", [False, None, "true"])
def test_an_address_that_is_not_verified_counts_for_nothing(open_door, said):
    """Case S1: somebody comes in with another person's address; that person comes later, as an administrator."""
    open_door.claims = STRANGER | {"email_verified": said}
    first = come(open_door)
    stranger = User.objects.get(username="stranger")
    assert is_in(first)
    assert (stranger.email, list(stranger.emailaddress_set.all())) == ("", [])
    open_door.claims = ANNA | {"groups": ["g-root"]}
    assert is_in(come(open_door))
    anna = User.objects.get(username="anna")
    assert (anna.is_staff, anna.email) == (True, "anna@example.org")
    assert first.get("/people/").status_code == 403
    stranger.refresh_from_db()
    assert not stranger.is_staff


def test_an_account_that_an_earlier_version_made_of_an_unverified_address_is_not_hers(open_door, admin):
    """It had the address as if it were its own; also when it has been disconnected since."""
    old = person("stranger")
    old.email = "anna@example.org"
    old.save()
    old.emailaddress_set.create(email="anna@example.org", verified=False, primary=True)
    client = come(open_door)
    assert not is_in(client)
    assert old.socialaccount_set.count() == 0
    assert User.objects.count() == 2, "she and an administrator"
    change_person(actor=admin, user=old, username="stranger", email="s@example.org", is_staff=False)
    change_person(actor=admin, user=old, username="stranger", email="anna@example.org", is_staff=False)
    assert is_in(come(open_door)), "an administrator has entered the address"
    assert old.socialaccount_set.count() == 1


def test_a_second_identity_does_not_become_the_same_person(open_door):
    """The provider gave the address to somebody else: an account belongs to one identity until somebody parts them."""
    anna = person("anna")
    assert is_in(come(open_door))
    open_door.claims = ANNA | {"sub": "8"}
    client = come(open_door)
    assert not is_in(client)
    assert b"belongs to somebody else here" in client.landed.content
    assert list(anna.socialaccount_set.values_list("uid", flat=True)) == ["7"]
    assert User.objects.count() == 1


def test_the_deactivated_do_not_come_back_as_somebody_new(open_door):
    anna = person("anna")
    anna.is_active = False
    anna.save()
    assert not is_in(come(open_door))
    open_door.claims = ANNA | {"sub": "8"}
    assert not is_in(come(open_door))
    assert User.objects.count() == 1


@pytest.mark.parametrize("claims", [{"email": ""}, {"email": None}, {"email": "no address", "email_verified": False}])
def test_nobody_is_ever_asked_for_an_address(open_door, claims):
    open_door.claims = ANNA | claims
    client = come(open_door)
    assert is_in(client)
    assert User.objects.get().email == ""
    for path in ("/accounts/elsewhere/signup/", "/accounts/signup/"):
        assert client.get(path).status_code == Client().post(path, {"email": "anna@example.org"}).status_code == 404


def test_verified_has_to_be_said_of_the_very_address(open_door, monkeypatch):
    """The token says "verified" of one address, the user info names another one."""
    person("anna")
    open_door.claims = ANNA | {"email": "mine@example.org"}
    told = {"sub": "7", "email": "anna@example.org", "preferred_username": "stranger"}
    monkeypatch.setattr(open_door, "user_info", told)
    assert is_in(come(open_door))
    assert User.objects.get(username="anna").socialaccount_set.count() == 0
    assert User.objects.get(username="stranger").email == "mine@example.org"


def test_groups_end_what_is_open_under_another_identity(open_door):
    anna = person("anna", Role.VIEWER)
    by_password = Client()
    by_password.post("/accounts/login/", {"login": "anna", "password": PASSWORD})
    assert is_in(by_password)
    same = come(open_door)
    assert not is_in(by_password), "the account has an identity now; whoever sat there before signs in again"
    by_password.post("/accounts/login/", {"login": "anna", "password": PASSWORD})
    open_door.claims["groups"] = ["g-root"]
    now = come(open_door)
    anna.refresh_from_db()
    assert anna.is_staff
    assert [is_in(client) for client in (by_password, same, now)] == [False, True, True]
    assert AuditEntry.objects.filter(event="session.ended", subject_name="anna").count() == 2
    come(open_door)
    assert is_in(now), "nothing changed, nothing ends"


def test_an_identity_is_connected_only_to_an_account_that_has_none(open_door):
    anna = person("anna")
    client = Client()
    client.post("/accounts/login/", {"login": "anna", "password": PASSWORD})
    for sub, connected in (("20", ["20"]), ("21", ["20"])):
        open_door.claims = {"sub": sub}
        there = client.post("/accounts/oidc/sso/login/?process=connect")
        client.get(open_door.authorize(there["Location"]), follow=True)
        assert list(anna.socialaccount_set.values_list("uid", flat=True)) == connected


def test_whoever_signs_in_over_an_open_session_gets_their_own(open_door):
    person("anna")
    bob = person("bob")
    client = Client()
    client.force_login(bob)
    there = client.post("/accounts/oidc/sso/login/?process=login")
    client.get(open_door.authorize(there["Location"]), follow=True)
    assert client.get("/me/").context["user"].username == "anna"
    assert bob.socialaccount_set.count() == 0


@pytest.mark.parametrize("forged", [
    (rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"), (SECRET * 2, "HS256"), (None, "none"),
])  # fmt: skip
def test_a_token_that_the_provider_has_not_signed_opens_nothing(provider, monkeypatch, forged):
    person("anna", Role.VIEWER)
    monkeypatch.setattr(provider, "signs_with", forged)
    assert not is_in(come(provider))
    monkeypatch.setattr(provider, "signs_with", None)
    assert is_in(come(provider))


@pytest.mark.parametrize(
    "wrong", [{"aud": "another-client"}, {"iss": "https://id.example.org"}, {"exp": 1}, {"sub": None}]
)
def test_a_token_for_somebody_else_from_somebody_else_or_of_yesterday_opens_nothing(provider, wrong):
    person("anna", Role.VIEWER)
    provider.claims |= wrong
    assert not is_in(come(provider))


def test_a_provider_that_calls_itself_otherwise_is_not_ours(provider, monkeypatch):
    person("anna", Role.VIEWER)
    monkeypatch.setattr(provider, "calls_itself", "https://id.example.org")
    assert not is_in(come(provider))


def test_a_provider_that_is_away_is_said_on_a_page_of_ours(provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS = providers("http://127.0.0.1:9", CLIENT, SECRET, "Example SSO")
    answer = Client().post("/accounts/oidc/sso/login/?process=login")
    assert answer.status_code == 503
    assert b"entrance-card" in answer.content


@pytest.mark.parametrize(("environment", "reason"), [
    ({"OIDC_ISSUER": "https://id.example.org"}, "OIDC_CLIENT_ID"),
    ({"OIDC_ISSUER": "http://id.example.org", "OIDC_CLIENT_ID": "c", "OIDC_CLIENT_SECRET": "s"}, "https"),
    ({"OIDC_ISSUER": "https://id.example.org", "OIDC_CLIENT_ID": "c", "OIDC_CLIENT_SECRET": "s", "OIDC_GROUPS": "x"},
     "GROUP=TEAM"),
])  # fmt: skip
def test_nonsense_is_refused_at_the_start(monkeypatch, environment, reason):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=reason):
        openid_connect()


def test_the_environment_is_read(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("s3\n")
    given = {
        "OIDC_ISSUER": "https://id.example.org/realm/",
        "OIDC_CLIENT_ID": "c",
        "OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "OIDC_GROUPS": "a=A,b=B",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    read = openid_connect()
    app = read.providers["openid_connect"]["APPS"][0]
    assert (app["secret"], app["settings"]["server_url"]) == ("s3", "https://id.example.org/realm")
    assert (read.origins, read.teams) == (("https://id.example.org",), {"a": "A", "b": "B"})


@pytest.mark.also_on_postgres
def test_somebody_made_a_superuser_by_hand_meanwhile_keeps_it(db):
    user = person("comes", is_staff=True)
    type(user).objects.filter(pk=user.pk).update(is_superuser=True)
    assert not openid._set_staff(user, staff=False)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, True)
