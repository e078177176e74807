"""Sign-in: only people whom somebody added, only so many tries, and only back to this console."""

import pytest
from django.core.cache import cache

from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()
    yield
    cache.clear()


def sign_in(client, password: str = PASSWORD, **fields: str):
    return client.post(LOGIN, {"login": "viewer", "password": password, **fields})


@pytest.mark.parametrize("login", ["viewer", "viewer@example.org"])
def test_by_name_or_mail_address(anonymous, viewer, login):
    assert sign_in(anonymous, login=login)["Location"] == "/"
    assert anonymous.get("/clouds/").status_code == 200


def test_a_wrong_password_is_said_and_not_which_half_was_wrong(anonymous, viewer):
    wrong = sign_in(anonymous, "wrong").content.decode()
    nobody = sign_in(anonymous, "wrong", login="nobody").content.decode()
    sentence = "not correct"
    assert sentence in wrong
    assert sentence in nobody


def test_after_too_many_tries_even_the_right_password_waits_and_it_is_said(anonymous, viewer):
    for _try in range(5):
        sign_in(anonymous, "wrong")
    answer = sign_in(anonymous)
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()
    assert anonymous.get("/clouds/").status_code == 302


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org/", "javascript:alert(1)", "/\\example.org"])
def test_next_stays_here(anonymous, viewer, target):
    assert sign_in(anonymous, next=target)["Location"] == "/"


def test_next_leads_where_somebody_wanted_to_go(anonymous, viewer):
    wanted = anonymous.get("/clouds/?x=1")["Location"]
    assert wanted == "/accounts/login/?next=/clouds/%3Fx%3D1"
    assert sign_in(anonymous, next="/clouds/?x=1")["Location"] == "/clouds/?x=1"


def test_nobody_signs_up(anonymous, db):
    form = {"username": "x", "email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert anonymous.post("/accounts/signup/", form).status_code == 404
    from django.contrib.auth import get_user_model

    assert not get_user_model().objects.exists()


def test_somebody_who_was_deactivated_stays_out(anonymous, viewer):
    viewer.is_active = False
    viewer.save()
    sign_in(anonymous)
    assert anonymous.get("/clouds/").status_code == 302


def test_htmx_without_a_session_is_sent_to_the_sign_in_as_a_page(anonymous, db):
    answer = anonymous.get(
        "/clouds/sync/state/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/clouds/"
    )
    assert answer["HX-Redirect"] == "/accounts/login/?next=/clouds/"
