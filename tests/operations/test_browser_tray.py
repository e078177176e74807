"""The tray in the header, from under way to done, in a browser."""

import os

from django.utils import timezone

from images.operations.models.operation import Operation
from tests.operations.test_views import make


def test_the_tray_follows_and_tells_the_outcome(visit, viewer):
    operation = make(viewer, "done", "waiting")
    window = visit(viewer)
    page = window.open("/clouds/")
    window.until("document.querySelector('#tray-badge progress')?.value === 50")
    page.locator("#menu-tray > summary").click()
    assert page.get_by_role("link", name="Edit: some images").is_visible()
    assert window.violations() == []
    if os.environ.get("LOOK"):
        page.screenshot(path="var/screens/tray.png")
        page.set_viewport_size({"width": 390, "height": 800})
        page.screenshot(path="var/screens/tray-390.png")
    Operation.objects.update(waiting=0, done=2, state="done", finished_at=timezone.now(), version=2)
    window.until("document.querySelector('#status').textContent.includes('Edit, some images: done')")
    assert page.locator("#menu-tray").get_attribute("open") is not None, "the answer does not close the menu"
    assert page.locator("#tray-badge progress").count() == 0
    assert page.locator("#tray[data-poll]").count() == 0
    again = make(viewer, "waiting")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    window.until(f"!!document.querySelector('#tray-{again.pk}')")
    assert operation.pk != again.pk
