"""O19 (adamchainz/django-htmx#270): the session ends while somebody types; nothing of it is lost."""

import json
import re

import pytest
from django.test import Client

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/clouds/add/"}
FORM = {"name": "typed-name", "auth_url": "https://typed.example.com", "kind": "password", "secret": "geheim-1"}


@pytest.fixture
def browser(admin) -> Client:
    """Of somebody whose session is over, with the cookie that every form of ours brings along."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    client.get("/clouds/add/")
    client.session.flush()
    return client


def token(client: Client) -> str:
    return client.cookies["csrftoken"].value


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', page))


def test_a_plain_form_is_kept_and_can_be_sent_again(browser, admin):
    sent = FORM | {"csrfmiddlewaretoken": token(browser)}
    ended = browser.post("/clouds/add/?cloud=otc-eu-de", sent)
    page = ended.content.decode()
    assert ended.status_code == 401
    assert 'href="/accounts/login/?next=/me/again/"' in page
    assert 'action="/clouds/add/?cloud=otc-eu-de"' in page
    kept = hidden(page)
    assert {name: kept[name] for name in ("name", "auth_url", "kind")} == {
        name: FORM[name] for name in ("name", "auth_url", "kind")
    }
    assert "geheim-1" not in page
    assert "Passwords and files are not kept" in page

    # in the new tab: the token of the old page is no good any more
    signed_in = Client(enforce_csrf_checks=True)
    signed_in.force_login(admin)
    signed_in.cookies["csrftoken"] = "x" * 32
    stale = signed_in.post("/clouds/add/", kept, headers={"Sec-Fetch-Site": "same-origin"})
    page = stale.content.decode()
    assert (stale.status_code, "You are signed in again" in page) == (403, True)
    assert hidden(page)["name"] == "typed-name"
    again = signed_in.post("/clouds/add/", hidden(page) | {"csrfmiddlewaretoken": token(signed_in)})
    assert again.status_code == 422  # arrived; the password is asked for
    assert 'value="typed-name"' in again.content.decode()


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}])
def test_a_form_of_somebody_else_is_not_offered_to_be_sent_again(admin, headers):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    refused = client.post("/clouds/add/", FORM, headers=headers)
    assert refused.status_code == 403
    assert "send-again" not in refused.content.decode()


def test_htmx_leaves_the_form_and_says_what_to_do(browser):
    headers = HTMX | {"X-CSRFToken": token(browser)}
    ended = browser.post("/clouds/sync/", {}, headers=headers)
    text = ended.content.decode()
    assert (ended.status_code, "HX-Redirect" in ended.headers) == (401, False)
    assert 'target="_blank"' in text
    assert "<html" not in text
    # seen again, the page asks: nobody yet
    asked = browser.get("/me/again/", headers=HTMX | {"Console-Background": "true"})
    assert (asked.status_code, asked.content) == (204, b"")


def test_a_page_that_is_seen_again_gets_the_token_of_the_new_session(as_admin):
    answer = as_admin.get("/me/again/", headers=HTMX | {"Console-Background": "true"})
    assert "You are signed in again" in answer.content.decode()
    assert len(json.loads(answer["HX-Trigger"])["new-token"]["token"]) == 64
    stale = Client(enforce_csrf_checks=True)
    stale.login(username="admin", password=PASSWORD)
    refused = stale.post("/clouds/sync/", {}, headers=HTMX | {"Sec-Fetch-Site": "same-origin"})
    assert (refused.status_code, "new-token" in refused["HX-Trigger"]) == (403, True)


def test_what_is_typed_elsewhere_on_the_page_is_not_taken_away_by_a_look(browser):
    """A search or a preview by GET leads to the sign-in, unless something is typed on the page."""
    assert browser.get("/images/", headers=HTMX)["HX-Redirect"] == "/accounts/login/?next=/clouds/add/"
    typed = browser.get("/images/", headers=HTMX | {"Console-Typing": "true"})
    assert (typed.status_code, "Sign in in a new tab" in typed.content.decode()) == (401, True)


def test_whoever_never_was_here_is_led_to_the_sign_in(anonymous):
    answer = anonymous.post("/clouds/add/", FORM)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/clouds/add/")


def test_the_new_tab_says_that_it_may_be_closed(as_viewer):
    assert "Close this tab" in as_viewer.get("/me/again/").content.decode()
