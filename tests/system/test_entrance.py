"""Sign-in and its relatives, and the pages for what went wrong, in our look."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxMiddleware

from images.system.views import errors
from tests.conftest import PASSWORD


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["login/", "password/reset/", "password/reset/done/", "password/reset/key/done/", "password/reset/key/1-bad/",
     "inactive/"],
)  # fmt: skip
def test_screens_before_sign_in_have_our_look(anonymous, path):
    answer = anonymous.get(f"/accounts/{path}", follow=True)
    assert answer.status_code == 200
    assert b"entrance-card" in answer.content
    assert b"Image Console</title>" in answer.content


@pytest.mark.parametrize("path", ["password/change/", "logout/", "reauthenticate/"])
def test_screens_after_sign_in_have_our_look(as_viewer, path):
    answer = as_viewer.get(f"/accounts/{path}")
    assert answer.status_code == 200
    assert b"entrance-card" in answer.content


@pytest.mark.django_db
def test_wrong_password_keeps_the_name_and_ties_the_error_to_the_form(viewer, anonymous):
    answer = anonymous.post("/accounts/login/", {"login": "viewer", "password": "wrong"})
    text = answer.content.decode()
    assert 'value="viewer"' in text
    assert 'id="error-summary"' in text


def test_sign_in_goes_where_the_reader_wanted_to_go_but_never_away(viewer, anonymous):
    good = {"login": "viewer", "password": PASSWORD}
    assert anonymous.post("/accounts/login/", good | {"next": "/components/"}).url == "/components/"
    anonymous.logout()
    assert anonymous.post("/accounts/login/", good | {"next": "https://example.org/"}).url == "/"


def test_theme_is_kept_in_a_cookie_and_drawn_by_the_server(as_viewer):
    answer = as_viewer.post("/preferences/theme/", {"theme": "dark", "next": "/components/"})
    assert answer.url == "/components/"
    assert b'<html lang="en" data-bs-theme="dark">' in as_viewer.get("/components/").content
    as_viewer.post("/preferences/theme/", {"theme": "", "next": "/components/"})
    assert b'<html lang="en">' in as_viewer.get("/components/").content


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_theme_never_leads_away(as_viewer, target):
    assert as_viewer.post("/preferences/theme/", {"theme": "dark", "next": target}).url == "/"


def test_theme_by_get_is_refused(as_viewer):
    assert as_viewer.get("/preferences/theme/").status_code == 405


def test_unknown_address_is_a_page_of_ours(as_viewer):
    answer = as_viewer.get("/nothing/here/")
    assert answer.status_code == 404
    assert b"There is nothing here" in answer.content
    assert b"tried" not in answer.content


def test_unknown_address_is_a_notice_for_htmx(as_viewer):
    answer = as_viewer.get("/nothing/here/", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert answer.content.strip().startswith(b'<div class="notice notice-bad">')
    assert "HX-Request" in answer["Vary"]


def test_refusal_tells_the_reason():
    request = RequestFactory().get("/x")
    HtmxMiddleware(lambda _request: None)(request)
    answer = errors.forbidden(request, PermissionDenied("Only administrators add accounts."))
    assert answer.status_code == 403
    assert b"Only administrators add accounts." in answer.content


def test_server_error_page_needs_nothing_but_itself():
    request = RequestFactory().get("/x")
    request.request_id = "req-12345678"
    answer = errors.server_error(request)
    assert answer.status_code == 500
    assert b"req-12345678" in answer.content
    part = errors.server_error(RequestFactory().get("/x", headers={"HX-Request": "true"}))
    assert part.status_code == 500
    assert b"<html" not in part.content


def test_expired_form_is_said_in_words(viewer):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/preferences/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert b"This form has expired" in answer.content


def test_gallery_shows_each_component(as_viewer, anonymous):
    assert as_viewer.get("/components/").status_code == 200
    assert anonymous.get("/components/").status_code == 302
