"""Somebody is invited, chooses a password, sets up a second factor and signs in with it; and signing in elsewhere."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from console.csp import content_security_policy
from console.openid import openid_connect
from images.audit.models import AuditEntry
from tests.browser.fixtures import NARROW, WIDE
from tests.conftest import person
from tests.signin.provider import CLIENT, SECRET, Provider
from tests.signin.test_second_factor import code_for

CHOSEN = "another-good-password-9"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()
    yield
    cache.clear()


def looks_right(window) -> None:
    page = window.page
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert (window.violations(), window.overflow()) == ([], [])
    page.set_viewport_size({"width": WIDE, "height": 900})


def signs_in(window, name: str, password: str) -> None:
    page = window.open("/accounts/login/")
    page.get_by_label("User name or mail address").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_an_invited_person_sets_up_a_second_factor_and_signs_in_with_it(visit, admin):
    page = visit(admin).open("/people/add/")
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Mail address").fill("anna@example.org")
    page.get_by_role("button", name="Add").click()
    link = page.locator(".invitation-link").inner_text()

    window = visit()
    page = window.page
    page.goto(link)
    page.get_by_label("New password", exact=True).fill(CHOSEN)
    page.get_by_label("New password again").fill(CHOSEN)
    looks_right(window)
    page.get_by_role("button", name="Change password").click()
    page.get_by_role("heading", name="Password changed").wait_for()

    signs_in(window, "anna", CHOSEN)
    page = window.open("/me/")
    page.get_by_role("link", name="Set up").click()
    secret = page.locator("#secret").inner_text()
    looks_right(window)
    page.get_by_label("Code that the app shows").fill(code_for(secret))
    page.get_by_role("button", name="Turn on").click()
    page.get_by_text("10 of 10 codes are left").wait_for()
    looks_right(window)

    page.locator("#menu-user summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    signs_in(window, "anna", CHOSEN)
    page.get_by_role("heading", name="One more step").wait_for()
    looks_right(window)
    page.get_by_label("Code of your authenticator app").fill(code_for(secret))
    page.get_by_role("button", name="Sign in").click()
    page.locator("#menu-user summary").wait_for()
    assert User.objects.get(username="anna").last_login
    assert AuditEntry.objects.filter(event="mfa.added", actor_name="anna").exists()


@pytest.mark.parametrize("allowed", [True, False])
def test_signing_in_elsewhere_is_led_there_and_back_and_nowhere_else(visit, db, settings, monkeypatch, allowed):
    """Chromium holds a form to the origins of form-action also when it is redirected."""
    anna = person("anna")
    with Provider() as provider:
        provider.claims = {"sub": "7", "email": anna.email, "email_verified": True}
        given = {"OIDC_ISSUER": provider.url, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        settings.OIDC = openid_connect()
        settings.SOCIALACCOUNT_PROVIDERS = settings.OIDC.providers
        settings.CONTENT_SECURITY_POLICY = content_security_policy(*(settings.OIDC.origins if allowed else ()))
        window = visit()
        window.expected = [] if allowed else ["form-action"]
        page = window.open("/accounts/login/")
        button = page.get_by_role("button", name="Sign in with Single sign-on")
        if allowed:
            button.click()
            page.locator("#menu-user summary").get_by_text("anna").wait_for()
        else:
            with page.expect_console_message(lambda said: "form-action" in said.text):
                button.click()
            assert page.url.endswith("/accounts/login/")
            assert window.context.request.get(f"{window.url}/me/", max_redirects=0).status == 302
        there, others = f"request to another host: {provider.url}/authorize", list(window.troubles)
        assert all(trouble.startswith(there) for trouble in others)
        assert bool(others) == allowed
        window.troubles.clear()
