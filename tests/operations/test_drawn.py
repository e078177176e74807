"""The part that polls bring is drawn once for all who are shown the same, and never for others."""

import re

import pytest
from django.test import Client

from images.operations.models.operation import Operation
from tests.operations.test_views import make

pytestmark = pytest.mark.django_db
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
HTMX = {"HTTP_HX_REQUEST": "true"}


def poll(client: Client, operation, **more) -> str:
    response = client.get(f"/operations/{operation.pk}/state/?seen=x", **HTMX, **more)
    assert response.status_code == 200
    return response.content.decode()


def without_token(text: str) -> str:
    return _TOKEN.sub("", text)


def test_the_second_browser_costs_the_one_query_of_a_poll(as_admin, admin, django_assert_num_queries):
    operation = make(admin, "following", "waiting")
    first = poll(as_admin, operation)
    with django_assert_num_queries(3):  # session, user, version
        again = poll(as_admin, operation)
    assert without_token(again) == without_token(first)


def test_each_browser_gets_a_token_of_its_own(admin):
    operation = make(admin, "following", "waiting")
    tokens = []
    for _browser in range(2):
        client = Client(enforce_csrf_checks=True)
        client.force_login(admin)
        tokens.append(_TOKEN.search(poll(client, operation))[1])
    assert tokens[0] != tokens[1]
    done = client.post(f"/operations/{operation.pk}/cancel/", {"csrfmiddlewaretoken": tokens[1]})
    assert done.status_code == 302


def test_who_may_less_is_shown_less(as_admin, as_viewer, admin):
    operation = make(admin, "following", "waiting")
    assert "disabled" not in poll(as_admin, operation)
    assert "disabled" in poll(as_viewer, operation)


def test_another_selection_is_drawn_anew(as_admin, admin):
    operation = make(admin, "following", "waiting")
    assert operation.items.get(state="waiting").image_name in poll(as_admin, operation)
    only = as_admin.get(f"/operations/{operation.pk}/state/?seen=x&items=following", **HTMX).content.decode()
    assert operation.items.get(state="waiting").image_name not in only


def test_a_new_version_is_drawn_anew(as_admin, admin, monkeypatch):
    monkeypatch.setattr("images.operations.views.shared_rendering.FRESH", 0.0)
    operation = make(admin, "following", "waiting")
    poll(as_admin, operation)
    operation.items.filter(state="waiting").update(state="sent")
    operation.waiting, operation.running, operation.version = 0, 2, operation.version + 1
    operation.save()
    assert "op-cancel" not in poll(as_admin, operation)


def test_while_versions_follow_each_other_one_is_drawn_for_all(as_admin, admin, monkeypatch):
    monkeypatch.setattr("images.operations.views.shared_rendering.FRESH", 60.0)
    operation = make(admin, "following", "waiting")
    first = without_token(poll(as_admin, operation))
    Operation.objects.update(version=operation.version + 1)
    assert without_token(poll(as_admin, operation)) == first
    seen = f"/operations/{operation.pk}/state/?seen={operation.version}"
    assert f"seen={operation.version + 1}" in as_admin.get(seen, **HTMX).content.decode()  # to whom it is no news


def test_a_whole_page_is_nobody_elses(as_admin, admin, as_viewer):
    """Without htmx the address answers with a page, which names who is signed in."""
    operation = make(admin, "following")
    url = f"/operations/{operation.pk}/state/?seen=x"
    assert "viewer" not in as_admin.get(url).content.decode().replace(operation.actor_name, "")
    assert as_viewer.get(url).content != as_admin.get(url).content
