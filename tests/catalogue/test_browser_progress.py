"""The list in a browser while something is being done to its images."""

from images.cache.models.image import Image
from images.operations.models.operation import OperationItem
from tests.catalogue.test_progress import under_way


def test_rows_follow_what_is_done_and_come_anew(visit, viewer):
    image = under_way(viewer)
    window = visit(viewer)
    page = window.open("/images/")
    row = page.locator(f"#row-{image.pk}")
    row.get_by_text("Edit: in progress 42 %").wait_for()
    row.get_by_role("checkbox").check()
    assert window.violations() == []
    Image.objects.filter(pk=image.pk).update(name="renamed")
    OperationItem.objects.update(state="done")
    row.get_by_role("link", name="renamed").wait_for()
    window.settle()
    assert row.get_by_role("checkbox").is_checked(), "what was picked stays picked"
    assert page.locator("#rows-now[data-poll]").count() == 0
    OperationItem.objects.update(state="following")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    row.get_by_text("Edit: in progress").wait_for()
    image.delete()
    window.until(f"!document.querySelector('#row-{image.pk}')")
