"""Saved views: each act has a URL, works as a plain form, and touches only one's own."""

import pytest
from django.test import Client
from django.urls import reverse

from images.audit.models import AuditEntry
from images.search import services as catalogue
from images.search.models import SavedView
from tests.conftest import person

ADD = "/images/views/add/"


@pytest.fixture
def view(viewer):
    return SavedView.objects.create(owner=viewer, name="Mine", query="q=os:Ubuntu&sort=name")


@pytest.fixture
def as_colleague(db) -> Client:
    client = Client()
    client.force_login(person("colleague"))
    return client


def test_the_form_shows_what_will_be_kept(as_viewer):
    page = as_viewer.get(ADD, {"query": "q=os:ubuntu&page=3"}).content.decode()
    assert 'name="query" value="q=os:Ubuntu"' in page
    assert "<code>os:Ubuntu</code>" in page


def test_keeping_a_view_and_opening_it(as_viewer, viewer):
    response = as_viewer.post(ADD, {"name": " Mine ", "query": "q=status:ACTIVE%20zzz:1&size=100", "shared": "on"})
    kept = SavedView.objects.get()
    assert (kept.owner, kept.name, kept.query, kept.shared) == (viewer, "Mine", "q=status:active&size=100", True)
    assert response["Location"] == "/images/?q=status:active&size=100"
    assert b">Mine" in as_viewer.get("/images/").content


@pytest.mark.parametrize(("name", "says"), [("", "required"), ("x" * 81, "80"), ("Mine", "already have a view")])
def test_a_name_that_will_not_do_keeps_the_typing(as_viewer, view, name, says):
    response = as_viewer.post(ADD, {"name": name, "query": "q=web"})
    page = response.content.decode()
    assert response.status_code == 422
    assert says in page
    assert 'aria-invalid="true"' in page
    assert 'name="query" value="q=web"' in page
    assert SavedView.objects.count() == 1


def test_two_people_may_use_one_name(as_colleague, view):
    assert as_colleague.post(ADD, {"name": "Mine", "query": ""}).status_code == 302


def test_renaming_and_sharing(as_viewer, view):
    url = reverse("images:saved_view_change", args=[view.pk])
    assert b'value="Mine"' in as_viewer.get(url).content
    assert as_viewer.post(url, {"name": "Ours", "shared": "on"})["Location"] == "/images/views/"
    view.refresh_from_db()
    assert (view.name, view.shared, view.query) == ("Ours", True, "q=os:Ubuntu&sort=name")


def test_renaming_onto_another_of_ones_own_is_refused(as_viewer, view, viewer):
    other = SavedView.objects.create(owner=viewer, name="Other")
    response = as_viewer.post(reverse("images:saved_view_change", args=[other.pk]), {"name": "Mine"})
    assert response.status_code == 422
    other.refresh_from_db()
    assert other.name == "Other"


def test_deleting_asks_first(as_viewer, view):
    url = reverse("images:saved_view_delete", args=[view.pk])
    assert b"Delete the view" in as_viewer.get(url).content
    assert SavedView.objects.count() == 1
    assert as_viewer.post(url).status_code == 302
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("name", ["saved_view_change", "saved_view_delete"])
@pytest.mark.parametrize("shared", [True, False])
def test_other_peoples_views_cannot_be_touched(as_colleague, view, name, shared):
    SavedView.objects.update(shared=shared)
    url = reverse(f"images:{name}", args=[view.pk])
    assert as_colleague.get(url).status_code == 404
    assert as_colleague.post(url, {"name": "x"}).status_code == 404
    assert SavedView.objects.get().name == "Mine"


def test_shared_views_are_seen_by_colleagues_and_private_ones_are_not(as_colleague, view, viewer):
    SavedView.objects.create(owner=viewer, name="For all", shared=True)
    page = as_colleague.get("/images/views/").content.decode()
    assert "For all" in page
    assert "Mine" not in page
    assert "For all" in as_colleague.get("/images/").content.decode()


def test_without_any_the_page_says_what_to_do(as_viewer):
    assert b"Save this view" in as_viewer.get("/images/views/").content


@pytest.mark.parametrize("url", ["/images/views/", ADD])
def test_anonymous_is_sent_to_sign_in(anonymous, db, url):
    assert anonymous.get(url)["Location"].startswith("/accounts/login/")


@pytest.mark.also_on_postgres
def test_a_view_shared_in_two_tabs_is_told_once(admin):
    view = SavedView.objects.create(owner=admin, name="v", query="q=a")
    one, two = SavedView.objects.get(), SavedView.objects.get()
    for tab in (one, two):
        assert catalogue.change_view(tab, name="v", shared=True).shared
    assert AuditEntry.objects.filter(event="view.shared", subject_ref=str(view.pk)).count() == 1
