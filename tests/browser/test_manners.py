"""What every page does: keyboard, theme, time zone, messages, the end of a session; with and without scripts."""

import pytest
from django.contrib.sessions.models import Session

from tests.browser.fixtures import NARROW
from tests.browser.shelf import stock


def test_the_first_tab_stop_skips_to_the_content(visit, viewer):
    page = visit(viewer).open("/components/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_menus_open_by_keyboard_and_escape_gives_the_focus_back(visit, viewer):
    page = visit(viewer).open("/components/")
    summary = page.locator("#menu-user summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("#menu-user").get_attribute("open") is None
    assert summary.evaluate("e => e === document.activeElement")


def test_a_slash_goes_to_the_search_field(visit, viewer):
    page = visit(viewer).open("/components/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


@pytest.mark.parametrize("script", [True, False])
def test_the_chosen_theme_stays_and_is_there_from_the_first_paint(visit, viewer, script):
    window = visit(viewer, script=script)
    page = window.open("/components/")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor") if script else ""
    page.locator("#menu-theme summary").click()
    if script:
        window.during(page.get_by_role("button", name="Dark", exact=True).click, url_has="theme")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    else:
        page.get_by_role("button", name="Dark", exact=True).click()
    page = window.open("/images/")
    # as the server wrote it, before any script could have changed it
    assert 'data-bs-theme="dark"' in page.request.get(window.url + "/images/").text()


def test_times_are_shown_in_the_zone_of_the_reader(visit, viewer):
    shelf = stock()
    window = visit(viewer, zone="Asia/Tokyo")
    window.open("/images/")
    page = window.open(f"/images/{shelf.image.pk}/")
    assert "JST" in (page.locator("main time").first.get_attribute("title") or "")


def test_when_the_session_ends_htmx_leads_to_the_sign_in_page(visit, viewer):
    window = visit(viewer)
    stock()
    page = window.open("/images/")
    Session.objects.all().delete()
    page.locator("#sort-name").click()
    page.wait_for_url("**/accounts/login/?next=/images/**")


def test_a_failure_becomes_a_message_and_leaves_the_page(visit, viewer):
    window = visit(viewer)
    window.expected = ["502"]
    stock()
    page = window.open("/images/")
    failing = {"status": 502, "content_type": "text/html", "body": "<p>IMS refused: IMG.0027</p>"}
    page.route("**/images/?*sort=name*", lambda route: route.fulfill(**failing))
    page.locator("#sort-name").click()
    page.locator("#notice").get_by_text("IMG.0027").wait_for()
    assert page.locator("th.name").count() > 3
    assert page.locator("#notice").count() == 1


def test_no_answer_at_all_is_a_message_too(visit, viewer):
    window = visit(viewer)
    window.expected = ["ERR_", "htmx:sendError", "htmx:afterRequest"]
    stock()
    page = window.open("/images/")
    page.route("**/images/?*sort=name*", lambda route: route.abort())
    page.locator("#sort-name").click()
    page.locator("#notice .notice").wait_for()
    assert page.locator("th.name").count() > 3


@pytest.mark.parametrize("script", [True, False])
def test_the_navigation_folds_on_a_phone(visit, viewer, script):
    page = visit(viewer, width=NARROW, script=script).open("/components/")
    links = page.locator("#menu-nav nav a")
    assert not links.first.is_visible()
    page.locator("#menu-nav summary").click()
    assert links.first.is_visible()
    links.filter(has_text="Images").click()
    page.wait_for_url("**/images/")
