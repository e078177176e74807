"""From the overview of quotas to the preview of a deletion, by keyboard; on a phone in the dark nothing sticks out."""

import pytest

from images.cache.models.image import Image
from tests.browser.shelf import stock
from tests.quotas.test_samples import heard
from tests.tags.test_browser_tags import focus_and


@pytest.mark.django_db(transaction=True)
def test_from_the_overview_to_the_preview_of_a_deletion(visit, admin):
    shelf = stock()
    project = shelf.image.project
    heard(project, 96)
    before = Image.objects.count()
    window = visit(admin)
    page = window.open("/quotas/")
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Order").select_option("name")
    page.wait_for_url("**/quotas/?sort=name")
    window.settle()
    assert page.evaluate("window.sameDocument") is True
    assert "almost full" in page.locator("#found").inner_text()
    assert window.violations() == []
    page.get_by_role("link", name=project.name, exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/quotas/{project.pk}/")
    assert page.get_by_role("img", name="Images of the project").is_visible()
    assert window.violations() == []
    page.get_by_role("link", name="Delete… Nothing was ever done").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/act/delete/?*")
    assert page.locator("#confirm").is_visible()
    assert Image.objects.count() == before
    page = window.open(f"/projects/{project.pk}/")
    page.get_by_label("Nearly full from").fill("97")
    page.get_by_label("Almost full from").fill("99")
    focus_and(page, "#quota-save", "Enter")
    page.get_by_text("Saved for").wait_for()
    assert "almost full" not in window.open("/quotas/").locator("#found").inner_text()


def test_narrow_and_dark_nothing_sticks_out(visit, admin):
    shelf = stock()
    heard(shelf.image.project, 81)
    window = visit(admin, width=390, dark=True)
    for path in ("/quotas/", f"/quotas/{shelf.image.project.pk}/?span=all"):
        window.open(path)
        assert window.violations() == []
        assert window.overflow() == []
