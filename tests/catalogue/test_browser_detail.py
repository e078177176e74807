"""The page of an image in a browser: tabs, copying, members."""

from tests.browser.shelf import LONG, stock


def test_tabs_have_addresses_and_swap_only_themselves(visit, viewer):
    shelf = stock()
    window = visit(viewer)
    page = window.open(f"/images/{shelf.image.pk}/")
    assert page.get_by_role("heading", level=1).inner_text() == LONG
    page.evaluate("window.sameDocument = true")
    window.during(page.locator("#tab-history").click, url_has="tab=history")
    assert page.url.endswith("?tab=history")
    assert page.locator("#tab-history").get_attribute("aria-current") == "page"
    window.during(page.locator("#tab-lineage").click, url_has="tab=lineage")
    page.get_by_role("link", name="golden").wait_for()
    assert page.evaluate("window.sameDocument") is True
    page.go_back()
    window.settle()
    page.wait_for_url("**?tab=history")
    page.locator("#tab-history[aria-current=page]").wait_for()
    assert page.get_by_role("heading", level=1).count() == 1


def test_the_id_can_be_copied(visit, viewer):
    shelf = stock()
    window = visit(viewer)
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = window.open(f"/images/{shelf.image.pk}/")
    page.locator("button.copy").first.click()
    window.until("document.getElementById('status').textContent !== ''")
    assert page.evaluate("navigator.clipboard.readText()") == shelf.image.image_id


def test_members_of_an_unreachable_cloud_are_a_sentence_and_the_rest_stays(visit, viewer):
    shelf = stock()
    window = visit(viewer)
    page = window.open(f"/images/{shelf.image.pk}/?tab=members")
    window.settle()
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("heading", level=1).inner_text() == LONG
    assert page.locator("main .notice").count() >= 1
