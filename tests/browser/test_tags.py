"""The tags of an image by keyboard alone: completion comes from what is in use, and nothing takes the typing away."""

from tests.browser.shelf import stock


def test_a_tag_is_added_by_keyboard_and_the_cursor_is_ready_for_the_next(visit, admin):
    shelf = stock()
    window = visit(admin)
    page = window.open(f"/images/{shelf.image.pk}/")
    page.evaluate("window.sameDocument = true")
    page.locator("#id_tag_key").focus()
    page.locator("#tag-keys option").first.wait_for(state="attached")
    page.keyboard.type("team")
    page.keyboard.press("Tab")
    page.keyboard.type("platform")
    page.keyboard.press("Enter")
    page.locator("#tags .tags-moving").wait_for()
    assert "team=platform" in page.locator("#tags-now").inner_text()
    window.until("document.activeElement.id === 'id_tag_key'")
    window.expected = ["422"]
    page.keyboard.type("a=b")
    page.keyboard.press("Enter")
    page.locator("#tags .field-error").wait_for()
    assert page.locator("#id_tag_key").input_value() == "a=b"
    assert page.evaluate("window.sameDocument") is True
