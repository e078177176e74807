"""Tags by keyboard alone, and without scripts: on one image, on many, in the catalogue, by a file, as a search."""

import csv
import io

from images.cache.models.image import Image
from images.operations.models.operation import Operation
from tests import factories
from tests.browser.shelf import stock


def focus_and(page, selector: str, *keys: str) -> None:
    page.locator(selector).focus()
    for key in keys:
        page.keyboard.press(key)


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
    page.keyboard.type("a*b")
    page.keyboard.press("Enter")
    page.locator("#tags .field-error").wait_for()
    assert page.locator("#id_tag_key").input_value() == "a*b"
    assert page.evaluate("window.sameDocument") is True


def test_many_images_are_tagged_and_two_spellings_made_one_by_keyboard(visit, admin):
    stock()
    window = visit(admin)
    page = window.open("/images/?q=name:golden")
    page.get_by_role("checkbox", name="golden").focus()
    page.keyboard.press("Space")
    focus_and(page, "#act-tag", "Enter")
    page.wait_for_url("**/images/act/tag/")
    page.locator("#id_key_1").focus()
    page.keyboard.type("生产")
    page.keyboard.press("Tab")
    window.during(lambda: page.keyboard.type("yes"), url_has="/act/tag/")
    page.locator("#examples", has_text="生产=yes").wait_for()
    assert window.violations() == []
    focus_and(page, "#confirm", "Enter")
    page.wait_for_url("**/operations/*/")
    assert list(Operation.objects.get().items.values_list("parameters__add", flat=True)) == [
        [{"key": "生产", "value": "yes"}]
    ]
    project = factories.project("eu-west-0_build", "eu-west-0")
    factories.put(project, factories.document(200, project.project_id, status="active", tags=["Env=dev"]))
    page = window.open("/tags/")
    page.get_by_role("link", name="Make it env…").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/act/tag/?*")
    focus_and(page, "#confirm", "Enter")
    page.wait_for_url("**/operations/*/")
    assert Operation.objects.first().items.get().parameters["before"] == {"Env": "dev", "env": None}


def edited(answer: bytes) -> bytes:
    """The downloaded file with a new tag on one image, and a bad cell on another."""
    rows = list(csv.DictReader(io.StringIO(answer.decode("utf-8-sig"))))
    for row in rows:
        row["tag:team"] = {"golden": "platform", "copy": "a*b"}.get(row["name"], "")
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def test_a_file_goes_out_and_comes_back_by_keyboard(visit, admin):
    stock()
    window = visit(admin)
    page = window.open("/images/?q=golden")
    page.locator("#acts-all").focus()
    page.keyboard.press("Space")
    with page.expect_download() as coming:
        focus_and(page, "#tags-csv", "Enter")
    assert coming.value.suggested_filename.startswith("tags-")
    page = window.open("/tags/csv/")
    content = edited(page.request.get(window.url + "/tags/csv/download/?all=on").body())
    with page.expect_file_chooser() as chooser:
        focus_and(page, "#id_file", "Enter")
    chooser.value.set_files({"name": "tags.csv", "mimeType": "text/csv", "buffer": content})
    focus_and(page, "#csv-upload", "Enter")
    page.wait_for_url("**/tags/csv/*/")
    assert "platform" in page.locator(".csv-table").inner_text()
    assert window.violations() == []
    focus_and(page, "#show-cannot", "Enter")
    page.get_by_text("(tag:team):").wait_for()
    assert window.violations() == []
    assert window.overflow() == []
    focus_and(page, "#id_left_out", "Space")
    focus_and(page, "#csv-apply", "Enter")
    page.wait_for_url("**/operations/*/")
    assert Operation.objects.get().items.get().image_name == "golden"


def test_all_of_it_without_scripts(visit, admin):
    stock()
    Image.objects.filter(name="golden").update(status="active")
    window = visit(admin, script=False)
    page = window.open("/tags/csv/")
    content = edited(page.request.get(window.url + "/tags/csv/download/?all=on").body())
    page.locator("#id_file").set_input_files({"name": "tags.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("#csv-upload").click()
    page.locator("#id_left_out").check()
    page.locator("#csv-apply").click()
    page.wait_for_url("**/operations/*/")
    page = window.open("/images/?q=os:ubuntu")
    page.locator("#facet-by-tag").evaluate("link => link.closest('details').open = true")
    page.locator("#facet-by-tag").click()
    page.locator("#key-none-1").fill("env")
    page.locator("#by-tag-find").click()
    page.wait_for_url("**/images/?q=*-tag:env*")
    page.locator("#tag-check").click()
    page.get_by_text("no answer").first.wait_for()  # there is no service behind the shelf, and the page says so
    page = window.open("/images/act/tag/?all=on&query=q%3Dname:golden")
    page.locator("#id_key_1").fill("a")
    page.get_by_role("button", name="Show again").click()
    assert "+ a" in page.locator("#examples").inner_text()
    page.locator("#confirm").click()
    page.wait_for_url("**/operations/*/")
    assert Operation.objects.count() == 2
