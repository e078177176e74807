"""Signing in with a browser, as people do it."""

import pytest

from tests.conftest import PASSWORD


@pytest.mark.parametrize("script", [True, False])
def test_sign_in_leads_to_the_page_that_was_asked_for(visit, viewer, script):
    page = visit(script=script).open("/components/")
    page.locator("#id_login").fill("viewer")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/components/")
    page.get_by_role("heading", level=1).wait_for()


def test_a_wrong_password_is_said_and_the_name_is_kept(visit, viewer):
    page = visit().open("/accounts/login/")
    page.locator("#id_login").fill("viewer")
    page.locator("#id_password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").filter(has_text="password").wait_for()
    assert page.locator("#id_login").input_value() == "viewer"


def test_signing_out_ends_the_session(visit, viewer):
    page = visit(viewer).open("/components/")
    page.locator("#menu-user summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    page.goto(page.url.split("/accounts/")[0] + "/components/")
    page.wait_for_url("**/accounts/login/?next=/components/")
