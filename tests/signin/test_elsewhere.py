"""Signing in at a real OpenID Connect provider on loopback: who comes in, as whom, and into which teams."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from console.openid import OpenIDConnect, openid_connect, providers
from images.enums import Role
from images.models import AuditEntry, Team
from tests.conftest import person
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
    client.get(provider.authorize(there["Location"]), follow=True)
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
