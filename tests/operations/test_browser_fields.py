"""Attributes of an image changed in their place by keyboard alone, and two people who change the same one."""

from images.operations.enums import ItemState
from images.operations.models.operation import OperationItem
from images.operations.services.states import move
from tests import factories
from tests.browser.shelf import LONG, stock


def finish(image, **document) -> None:
    """As the carrier would."""
    for item in OperationItem.objects.filter(finished_at=None):
        move([item], ItemState.SENT)
        move([item], ItemState.DONE)
    factories.put(image.project, image.attributes | document)


def test_a_field_is_changed_by_keyboard_and_the_focus_comes_back_to_where_it_was(visit, admin):
    image = stock().image
    factories.put(image.project, image.attributes | {"status": "active", "hw_firmware_type": "bios"})
    image.refresh_from_db()
    window = visit(admin)
    window.expected = ["422", "409"]
    page = window.open(f"/images/{image.pk}/")
    page.evaluate("window.sameDocument = true")
    opener = page.locator("#edit-name")
    opener.press("Enter")
    field = page.locator(".fact-form #id_name")
    window.until("document.activeElement.id === 'id_name'")
    assert window.violations() == []
    field.press("Escape")
    window.until("document.activeElement.id === 'edit-name'")
    opener.press("Enter")
    window.until("document.activeElement.id === 'id_name'")
    field.fill("bad/name")
    field.press("Enter")
    page.locator(".fact-form .field-error").wait_for()
    assert field.input_value() == "bad/name"
    field.fill("web-2")
    field.press("Enter")
    page.locator(".fact-moving").get_by_text("web-2").wait_for()
    window.until("document.activeElement.id === 'edit-name'")
    finish(image, name="web-2")
    page.get_by_text(f"was {LONG} until admin changed it").wait_for()
    page.get_by_role("heading", name="web-2", level=1).wait_for()
    window.until("document.activeElement.id === 'edit-name'")
    window.settle()
    # a choice, which somebody else makes first
    page.locator("#edit-hw_firmware_type").press("Enter")
    choice = page.locator(".fact-form select")
    window.until("document.activeElement.id === 'id_firmware'")
    finish(image, name="web-2", hw_firmware_type="uefi")
    choice.select_option("")
    choice.press("Enter")
    page.locator(".fact-choice").wait_for()
    window.until("document.activeElement.id === 'keep-hw_firmware_type'")
    assert window.violations() == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert window.overflow() == []
    page.keyboard.press("Enter")
    window.until("document.activeElement.id === 'edit-hw_firmware_type'")
    assert OperationItem.objects.count() == 1
    assert page.evaluate("window.sameDocument") is True


def test_without_scripts_each_field_is_a_page(visit, admin):
    image = stock().image
    factories.put(image.project, image.attributes | {"status": "active"})
    window = visit(admin, script=False)
    page = window.open(f"/images/{image.pk}/")
    page.get_by_role("link", name="Change Minimum memory").click()
    page.get_by_label("Minimum memory").fill("8192")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/images/{image.pk}/")
    assert "8 GB" in page.locator(".fact-moving").inner_text()
