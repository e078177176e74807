"""Choosing images in a browser: by ticks over several pages, and without scripts."""

from images.operations.models.operation import Operation
from tests.browser.shelf import stock


def test_ticked_images_are_counted_previewed_and_confirmed(visit, admin):
    stock()
    page = visit(admin).open("/images/?q=name:golden")
    page.get_by_role("checkbox", name="golden").check()
    assert page.locator("#picked-count").inner_text() == "1"
    page.get_by_role("button", name="Delete…").click()
    page.wait_for_url("**/images/act/delete/")
    assert page.get_by_role("heading", name="Delete 1 image").is_visible()


def test_a_selection_can_be_cleared(visit, admin):
    stock()
    page = visit(admin).open("/images/")
    page.get_by_role("checkbox", name="golden").check()
    page.get_by_role("button", name="Clear selection").click()
    assert not page.get_by_role("checkbox", name="golden").is_checked()
    assert page.locator("#picked").is_hidden()


def test_all_that_match_without_scripts(visit, admin):
    stock()
    page = visit(admin, script=False).open("/images/?q=name:golden")
    page.locator("#acts-all").check()
    page.get_by_role("button", name="Protect", exact=True).click()
    page.wait_for_url("**/images/act/protect/")
    assert page.get_by_role("heading", level=1).is_visible()
    assert not Operation.objects.exists()


def test_many_are_edited_with_the_names_shown_while_typing(visit, admin):
    stock()
    page = visit(admin).open("/images/?q=name:golden")
    page.locator("#acts-all").check()
    page.locator("#act-edit").click()
    page.wait_for_url("**/images/act/edit/**")  # loaded: scripts are there before the first letter
    page.locator("[name=name_pattern]").press_sequentially("{name}-old")
    page.locator("#examples dd", has_text="golden-old").first.wait_for()
    page.locator("#confirm").click()
    page.wait_for_url("**/operations/*/")
    assert Operation.objects.get().kind == "edit"
