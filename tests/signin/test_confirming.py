"""Before what gives somebody power people prove again who they are; what they typed is kept, and done once."""

import json
import re
import time
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.test import Client

from images.access.models import Team
from tests.conftest import PASSWORD, person
from tests.signin.test_elsewhere import come, provider, running  # noqa: F401 # fixtures
from tests.signin.test_second_factor import code_for, set_up

pytestmark = pytest.mark.django_db
NEW = {"username": "bert <b>", "email": "bert@example.org", "is_staff": "on"}


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()
    yield
    cache.clear()


def session_of(client: Client) -> SessionStore:
    return client.session


def grow_old(client: Client, minutes: float = 16) -> None:
    """As if nobody had proved anything for so long."""
    session = client.session
    session["confirmed_at"] -= minutes * 60
    for record in session.get("account_authentication_methods", []):
        record["at"] -= minutes * 60
    session.save()


def sent_again(page: bytes) -> tuple[str, dict[str, list[str]]]:
    """Where the first form of the page that asks leads, and what stands in its hidden fields."""
    text = page.decode()
    card = text[text.index("confirm-card") :]
    form = re.search(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', card, re.DOTALL)
    assert form
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]):
        if name != "csrfmiddlewaretoken":
            fields.setdefault(unescape(name), []).append(unescape(value))
    return unescape(form[1]), fields


def test_the_password_is_asked_for_and_what_was_typed_is_kept(as_admin):
    """Case S7."""
    form = NEW | {"username": "bert"}
    grow_old(as_admin)
    asked = as_admin.post("/people/add/?from=here", form)
    assert asked.status_code == 403
    assert not User.objects.filter(username="bert").exists()
    to, fields = sent_again(asked.content)
    assert (to, fields) == ("/people/add/?from=here", {name: [value] for name, value in form.items()})
    wrong = as_admin.post(to, {**fields, "confirm-password": "wrong"})
    assert wrong.status_code == 403
    assert sent_again(wrong.content) == (to, fields)
    assert b"Incorrect password" in wrong.content
    assert as_admin.post(to, {**fields, "confirm-password": PASSWORD}).status_code == 200
    assert User.objects.get(username="bert").is_staff
    assert as_admin.post("/teams/add/", {"name": "Next"}).status_code == 302, "for some minutes nobody is asked again"


def test_what_is_kept_cannot_break_out_of_its_field(as_admin):
    grow_old(as_admin)
    page = as_admin.post("/people/add/", {"username": '"><script>alert(1)</script>', "many": ["a", "b"]}).content
    assert b"<script>alert" not in page
    assert sent_again(page)[1] == {"username": ['"><script>alert(1)</script>'], "many": ["a", "b"]}


def test_a_page_is_read_without_being_asked_and_so_is_what_gives_no_power(as_admin, viewer):
    grow_old(as_admin)
    assert as_admin.get("/people/add/").status_code == 200
    assert as_admin.post(f"/people/{viewer.pk}/sessions/").status_code == 302


def test_htmx_gets_the_question_as_a_part(as_admin):
    grow_old(as_admin)
    asked = as_admin.post("/people/add/", NEW, headers={"HX-Request": "true"})
    assert asked.status_code == 403
    assert b"<html" not in asked.content
    assert sent_again(asked.content)[0] == "/people/add/"


def test_tries_are_counted(as_admin):
    grow_old(as_admin)
    for _try in range(5):
        as_admin.post("/people/add/", {**NEW, "confirm-password": "wrong"})
    answer = as_admin.post("/people/add/", {**NEW, "confirm-password": PASSWORD})
    assert b"Too many failed login attempts" in answer.content
    assert not User.objects.filter(email=NEW["email"]).exists()


def test_a_code_of_the_second_factor_will_do(admin):
    client = Client()
    client.post("/accounts/login/", {"login": "admin", "password": PASSWORD})
    secret = set_up(client)
    grow_old(client)
    assert client.post("/teams/add/", {"name": "Core"}).status_code == 302
    team = Team.objects.get(name="Core")
    path, form = f"/teams/{team.pk}/members/add/", {"user": "admin"}
    assert client.post(path, {**form, "confirm-code": "000000"}).status_code == 403
    assert client.post(path, {**form, "confirm-code": code_for(secret)}).status_code == 302
    assert team.members.count() == 1


def test_nobody_proves_anything_by_a_way_that_is_not_theirs(as_admin, admin):
    grow_old(as_admin)
    assert as_admin.post("/people/add/", {**NEW, "confirm-code": "123456"}).status_code == 403
    admin.set_unusable_password()
    admin.save()
    as_admin.force_login(admin)
    grow_old(as_admin)
    page = as_admin.post("/people/add/", {**NEW, "confirm-password": ""})
    assert page.status_code == 403
    assert b"ask an administrator" in page.content


def by_provider(provider, **claims) -> Client:  # noqa: F811
    """Somebody who administers the console and has nothing here but their identity at the provider."""
    anna = person("anna", is_staff=True)
    anna.set_unusable_password()
    anna.save()
    provider.claims |= claims
    return come(provider)


def test_people_who_sign_in_elsewhere_confirm_there_and_come_back_to_what_they_typed(provider):  # noqa: F811
    client = by_provider(provider)
    asked = client.post("/people/add/?x=1", NEW | {"username": "bert"})
    assert asked.status_code == 403, "the provider did not say when it asked them"
    to, fields = sent_again(asked.content)
    assert (to, fields["confirm-to"]) == ("/me/confirm/", ["/people/add/?x=1"])
    there = client.post(to, fields)
    assert "prompt=login" in there["Location"]
    assert "max_age=0" in there["Location"]
    assert "bert@" not in json.dumps(dict(client.session.items())), "what waits is encrypted"
    provider.claims["auth_time"] = int(time.time())
    page = client.get(provider.authorize(there["Location"]), follow=True)
    assert b"Confirmed" in page.content
    assert not User.objects.filter(username="bert").exists(), "a link does nothing by itself"
    to, fields = sent_again(page.content)
    assert to == "/people/add/?x=1"
    assert client.post(to, fields).status_code == 200
    assert User.objects.filter(username="bert").exists()


@pytest.mark.parametrize("claims", [
    {}, {"auth_time": 1}, {"auth_time": True}, {"auth_time": "now"}, {"auth_time": 10**12},
    {"auth_time": "fresh", "sub": "8"},
])  # fmt: skip
def test_a_provider_that_does_not_say_so_has_proved_nothing(provider, claims):  # noqa: F811
    """Nor has somebody else who has just signed in there."""
    client = by_provider(provider)
    there = client.post("/me/confirm/", {**NEW, "confirm-to": "/people/add/"})
    provider.claims |= claims
    if claims.get("auth_time") == "fresh":
        provider.claims["auth_time"] = int(time.time())
    page = client.get(provider.authorize(there["Location"]), follow=True)
    assert b"did not say that it has just asked you" in page.content
    assert sent_again(page.content)[1]["username"] == [NEW["username"]], "what was typed is still there"
    assert client.post("/people/add/", NEW).status_code == 403


def test_who_has_just_proved_it_at_the_provider_is_not_asked(provider):  # noqa: F811
    client = by_provider(provider, auth_time=int(time.time()))
    assert client.post("/people/add/", NEW | {"username": "bert"}).status_code == 200


def test_pages_of_the_sign_in_ask_by_the_same_rule(provider):  # noqa: F811
    """A second factor is set up by somebody who came from elsewhere, too."""
    client = by_provider(provider)
    asked = client.get("/accounts/2fa/totp/activate/")
    assert asked["Location"].startswith("/me/confirm/?next=")
    page = client.get(asked["Location"])
    assert page.status_code == 200
    to, fields = sent_again(page.content)
    there = client.post(to, fields)
    provider.claims["auth_time"] = int(time.time())
    landed = client.get(provider.authorize(there["Location"]), follow=True)
    assert landed.redirect_chain[-1][0] == "/accounts/2fa/totp/activate/"
    assert landed.status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example.org/", "//evil.example.org/", "javascript:alert(1)", "/\\evil", ""]
)
def test_the_way_back_never_leads_away(provider, target):  # noqa: F811
    client = by_provider(provider, auth_time=int(time.time()))
    there = client.post("/me/confirm/", {"confirm-to": target, "name": "x"})
    page = client.get(provider.authorize(there["Location"]), follow=True)
    assert sent_again(page.content)[0] == "/"


def test_passwords_that_are_typed_are_never_kept_in_the_session(provider):  # noqa: F811
    """Allauth would keep what was sent, as it is, until somebody has confirmed."""
    client = by_provider(provider)
    chosen = "a-wholly-different-one-8"
    answer = client.post("/accounts/password/set/", {"password1": chosen, "password2": chosen})
    assert answer.status_code == 403
    assert chosen not in json.dumps(dict(client.session.items()))
    assert not User.objects.get(username="anna").has_usable_password()
