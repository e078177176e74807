"""Signing out, and what Back shows then; proving who one is in the middle of an act, with scripts and without."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from playwright.sync_api import Browser, Page

from tests.browser.chromium import launch
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()
    yield
    cache.clear()


def proved_long_ago(window) -> None:
    cookies = {one["name"]: one["value"] for one in window.context.cookies()}
    session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
    session["confirmed_at"] -= 3600
    session.save()


@pytest.mark.parametrize(("width", "dark", "script"), [(1440, False, True), (390, True, True), (390, False, False)])
def test_what_was_typed_is_done_after_the_password(visit, admin, width, dark, script):
    window = visit(admin, width=width, dark=dark, script=script)
    page = window.open("/people/add/")
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Mail address").fill("anna@example.org")
    proved_long_ago(window)
    window.expected = ["403"]
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", level=1, name="Confirm that it is you").wait_for()
    if script:
        assert (window.violations(), window.overflow()) == ([], [])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm and go on").click()
    page.locator(".invitation-link").wait_for()
    assert User.objects.filter(username="anna", email="anna@example.org").exists()


PRIVATE = ["/audit/", "/images/", "/people/"]


@pytest.fixture(params=["cache of answers", "cache of whole pages"])
def back_and_forth(request, chromium: Browser, server) -> Iterator[Page]:
    """A window as people have it: Playwright switches the cache behind the Back button off, unless told not to."""
    if request.param == "cache of answers":
        context = chromium.new_context()
        yield context.new_page()
        context.close()
        return
    browser = launch(chromium.browser_type, ignore_default_args=["--disable-back-forward-cache"])
    yield browser.new_page()
    browser.close()


def test_after_signing_out_back_shows_no_page_of_before(back_and_forth, visit, admin, server):
    """Case S8."""
    page = back_and_forth
    page.goto(f"{server.url}/accounts/login/")
    page.locator("#id_login").fill("admin")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#menu-user summary").wait_for()
    for path in PRIVATE:
        page.goto(server.url + path)
    page.go_back()
    page.wait_for_url(f"**{PRIVATE[-2]}")
    page.locator("#menu-user summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    for _step in range(2):
        page.go_back()
        page.wait_for_url("**/accounts/login/?next=**")
        page.locator("#id_login").wait_for()
        assert page.locator("#menu-user").count() == 0
