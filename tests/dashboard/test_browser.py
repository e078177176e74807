"""The first page in a browser: tiles come one by one without moving anything, one fails and is tried again."""

from django.db import connection

from tests.browser.fixtures import NARROW
from tests.browser.shelf import stock

SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())
  if (!one.hadRecentInput) window.shifted += one.value; }).observe({type: 'layout-shift', buffered: true});"""
LOADED = "!document.querySelector('[aria-busy]')"


def test_tiles_come_in_place_and_one_that_fails_is_tried_again(visit, admin):
    stock()
    window = visit(admin)
    window.expected = ["500"]
    window.page.add_init_script(SHIFTS)
    window.context.add_cookies([{"name": "tz", "value": "UTC", "url": window.url}])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE images_consent RENAME TO images_consent_away")
    page = window.open("/")
    window.until(LOADED)
    window.settle()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE images_consent_away RENAME TO images_consent")
    assert page.evaluate("window.shifted") <= 0.05
    assert window.violations() == []
    tile = page.locator("#tile-approvals")
    again = tile.get_by_role("link", name="Try again")
    again.focus()
    page.keyboard.press("Enter")
    tile.get_by_text("Nobody waits for your word.").wait_for()
    page.set_viewport_size({"width": NARROW, "height": 900})
    page.reload()
    window.until(LOADED)
    window.settle()
    assert page.evaluate("window.shifted") <= 0.05
    assert window.overflow() == []
    page.get_by_role("heading", name="By age").scroll_into_view_if_needed()
    page.get_by_role("link", name="Ubuntu", exact=True).click()
    page.wait_for_url("**/images/?q=os*")


def test_without_javascript_all_is_in_the_page(visit, admin):
    stock()
    page = visit(admin, script=False).open("/")
    assert page.get_by_role("heading", level=2).count() >= 7
    assert page.get_by_role("link", name="Ubuntu", exact=True).is_visible()
