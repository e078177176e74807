"""What people meet when something is not there, not theirs, or not right: a sentence, and a way on."""

import pytest

from images.cache.models.image import Image
from images.clouds.models import Account
from tests import factories
from tests.browser.fixtures import NARROW
from tests.browser.shelf import LONG, stock
from tests.certificates import tls
from tests.ims.server import Reply, ScriptedServer


def looks_right(window) -> None:
    """Nothing for axe, in light and in dark; nothing wider than a phone."""
    assert window.violations() == []
    window.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert window.violations("color-contrast") == []
    window.page.set_viewport_size({"width": NARROW, "height": 900})
    assert window.overflow() == []


@pytest.mark.parametrize("script", [True, False])
def test_an_image_that_is_gone_still_has_its_history(visit, viewer, script):
    image = stock().image
    factories.put(image.project, gone=(image.pk,))
    window = visit(viewer, script=script)
    window.expected = ["410"]
    page = window.open(f"/images/by-id/{image.region.name}/{image.image_id}/")
    assert page.get_by_role("heading", level=1).inner_text() == LONG
    page.get_by_text("This image is gone from").wait_for()
    page.get_by_text("The image was gone.").wait_for()
    page.get_by_text("min_ram").or_(page.get_by_text("Minimum memory")).first.wait_for()
    assert page.locator("#image-id").inner_text() == image.image_id
    if script:
        looks_right(window)
    page.get_by_role("link", name="Images", exact=True).last.click()
    page.wait_for_url("**/images/")


def test_a_viewer_is_told_who_may_add_accounts(visit, viewer):
    window = visit(viewer)
    window.expected = ["403"]
    page = window.open("/clouds/add/")
    assert page.get_by_role("heading", level=1).inner_text() == "You may not do this"
    page.get_by_text("Only administrators of this console may add, change or remove accounts.").wait_for()
    looks_right(window)
    page.get_by_role("link", name="To the overview").click()
    page.get_by_role("heading", name="Overview").wait_for()


def enter(page, address: str) -> None:
    page.get_by_label("Name", exact=True).fill("northwind")
    page.get_by_label("IAM endpoint").fill(address)
    page.get_by_label("User", exact=True).fill("somebody")
    page.get_by_label("Password or secret key (SK)").fill("not-the-password-7")
    page.get_by_role("button", name="Test and go on").click()


def test_each_wrong_account_is_a_sentence_beside_its_field_and_the_console_goes_on(visit, admin, cloud, tmp_path):
    html = ScriptedServer(Reply(200, b"<!doctype html><title>Log in</title>"))
    untrusted = ScriptedServer(Reply())
    untrusted.use_tls(tls(tmp_path)[0])
    window = visit(admin)
    window.expected = ["422"]
    page = window.open("/clouds/add/")
    with html, untrusted:
        for address, field, words in (
            (f"{cloud.env['IAM_ENDPOINT']}/v3", "secret", "does not accept this sign-in"),
            ("http://127.0.0.1:9/v3", "auth_url", "refused the connection: nothing listens there"),
            (html.url, "auth_url", "answered, but not as an IAM does"),
            (untrusted.url, "ca_bundle", "is not signed by an authority that this console trusts"),
        ):
            enter(page, address)
            page.locator(f"#id_{field}_error").get_by_text(words).wait_for()
            assert page.get_by_label("IAM endpoint").input_value() == address
            assert page.get_by_label("Password or secret key (SK)").input_value() == ""
    assert not Account.objects.exists()
    page.get_by_role("link", name="Images", exact=True).first.click()
    page.get_by_role("heading", name="No images yet").wait_for()


def test_a_search_that_makes_no_sense_says_so_and_shows_the_rest(visit, viewer):
    stock()
    window = visit(viewer)
    page = window.open("/images/")
    window.during(lambda: page.locator("#q").fill("colour:blue size:>many copy"), url_has="q=colour")
    problems = page.locator("#problems li")
    assert [text.split(":")[0] for text in problems.all_inner_texts()] == ["colour", "size"]
    page.get_by_text("a size looks like 10GB").wait_for()
    assert page.locator("th.name").all_inner_texts() == ["copy"]
    assert Image.objects.count() > 1
