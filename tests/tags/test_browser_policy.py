"""A tag policy by keyboard alone: written with the preview beside it, saved, and what breaks it mended."""

import pytest

from images.operations.models.operation import Operation
from images.tags.models.policy import TagPolicy
from tests.browser.shelf import stock
from tests.tags.test_browser_tags import focus_and


@pytest.mark.django_db(transaction=True)
def test_a_policy_is_written_saved_and_what_breaks_it_mended(visit, admin):
    shelf = stock()
    project = shelf.image.project
    window = visit(admin)
    page = window.open(f"/tags/policy/{project.pk}/change/")
    page.evaluate("window.sameDocument = true")
    page.locator("#id_key_0").focus()
    page.keyboard.type("golden")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("yes")
    page.locator("#preview").get_by_text("golden has a wrong value").wait_for()
    window.settle()
    assert "12 of 12 images would break it" in page.locator("#preview").inner_text()
    assert page.evaluate("document.activeElement.id") == "id_values_0"
    assert page.evaluate("window.sameDocument") is True
    assert window.violations() == []
    focus_and(page, "#save", "Enter")
    page.wait_for_url(f"**/tags/policy/{project.pk}/")
    assert TagPolicy.objects.get().rules[0]["values"] == ["yes"]
    assert window.violations() == []
    page.get_by_role("link", name="Mend… golden is missing").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/act/tag/?*")
    focus_and(page, "#confirm", "Enter")
    page.wait_for_url("**/operations/*/")
    assert Operation.objects.get().total == 11
    page = window.open("/images/?q=policy%3Abroken&columns=name,tags,policy")
    assert "golden has a wrong value" in page.locator("#results").inner_text()


def test_narrow_and_dark_nothing_sticks_out(visit, admin):
    stock()
    window = visit(admin, width=390, dark=True)
    for path in ("/tags/policy/", "/tags/policy/all/change/", "/tags/?sort=rising"):
        window.open(path)
        assert window.violations() == []
        assert window.overflow() == []
