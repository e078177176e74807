"""Too much at once, in a browser: the typing stays, and loading the page again does what was asked for."""

import pytest

from images.core import clock
from images.core.rate_limits import Kind
from images.operations.models.operation import Operation
from tests.browser.shelf import stock


@pytest.fixture
def generous(settings, monkeypatch):
    """`generous(n)`: so many from now on; the minute does not end by itself."""
    start = clock.now().replace(second=30)
    monkeypatch.setattr("images.core.rate_limits.clock.now", lambda: start)

    def now(most: int) -> None:
        settings.LIMITS = dict.fromkeys(Kind, most)

    return now


def test_a_notice_while_typing_and_a_page_that_can_be_loaded_again(visit, admin, generous):
    stock()
    window = visit(admin)
    window.expected = ["429"]
    page = window.open("/images/?q=name:golden")
    page.locator("#acts-all").check()
    page.locator("#act-edit").click()
    page.wait_for_url("**/images/act/edit/**")
    page.locator("[name=name_pattern]").press_sequentially("{name}-old")
    page.locator("#examples dd", has_text="golden-old").first.wait_for()
    generous(1)
    page.locator("[name=name_pattern]").press_sequentially("er")
    page.locator("#notice", has_text="This was too much at once").wait_for()
    assert page.locator("#notice").get_by_text("nothing that you typed is lost").is_visible()
    assert page.locator("[name=name_pattern]").input_value() == "{name}-older"
    assert page.locator("#examples dd", has_text="golden-old").first.is_visible()
    page.locator("#confirm").click()
    page.get_by_role("heading", name="This was too much at once").wait_for()
    assert window.violations() == []
    assert not Operation.objects.exists()
    generous(1000)
    page.reload()
    page.wait_for_url("**/operations/*/")
    (item,) = Operation.objects.get().items.all()
    assert "golden-older" in str(item.parameters)
