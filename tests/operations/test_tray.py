"""The tray in the header: what it shows, when it stops, and what a poll costs."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from images.operations.enums import OperationState
from images.operations.models.operation import Job, Operation, OperationItem
from images.operations.queries.tray import tray_of
from tests.operations.test_views import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_without_htmx_it_is_the_list_of_my_operations(as_viewer):
    assert as_viewer.get("/operations/tray/").url == "/operations/?whose=mine"
    assert 'href="/operations/?whose=mine"' in as_viewer.get("/clouds/").content.decode()


def test_it_shows_mine_under_way_and_just_ended(viewer, admin):
    moving, ended = make(viewer, "waiting", "done"), make(viewer, "done", state=OperationState.DONE)
    old, foreign = make(viewer, "done", state=OperationState.DONE), make(admin, "waiting")
    Operation.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(minutes=11))
    tray = tray_of(viewer, "-")
    assert [line.operation.pk for line in tray.lines] == [ended.pk, moving.pk]
    assert (tray.unfinished, tray.percent) == (1, 50)
    assert foreign.pk not in {line.operation.pk for line in tray.lines}


def test_a_single_item_moves_with_its_job(as_viewer, viewer):
    operation = make(viewer, "following")
    job = Job.objects.create(project=operation.project, job_id="j", kind="edit", percent=42, deadline=timezone.now())
    OperationItem.objects.update(job=job)
    assert tray_of(viewer, "-").percent == 42
    assert "42 %" in as_viewer.get("/operations/tray/", headers=HTMX).content.decode()


def test_a_poll_costs_one_query_and_stops_with_the_outcome_told(as_viewer, viewer, django_assert_num_queries):
    make(viewer, "waiting")
    first = as_viewer.get("/operations/tray/", headers=HTMX)
    assert (first.status_code, 'data-poll="2"' in first.content.decode()) == (200, True)
    seen = {"seen": tray_of(viewer, "-").seen}
    with django_assert_num_queries(3):  # session, user, and the one
        assert as_viewer.get("/operations/tray/", seen, headers=HTMX).status_code == 204
    Operation.objects.update(waiting=0, done=1, state="done", finished_at=timezone.now(), version=2)
    last = as_viewer.get("/operations/tray/", seen, headers=HTMX)
    text = last.content.decode()
    assert (last.status_code, "data-poll" in text) == (286, False)
    assert re.search(r'<div id="status" hx-swap-oob="innerHTML">Edit, some images: done.\s</div>', text)
    again = {"seen": tray_of(viewer, "-").seen}
    assert as_viewer.get("/operations/tray/", again, headers=HTMX).status_code == 204
    fresh = as_viewer.get("/operations/tray/", headers=HTMX).content.decode()
    assert 'id="status"' not in fresh, "whoever opens a page later is not told what ended before"


def test_pages_ask_for_no_tray_themselves_and_nothing_under_way_ends_it(as_viewer, viewer):
    answer = as_viewer.get("/operations/tray/", headers=HTMX)
    assert answer.status_code == 286
    assert "Nothing is under way" in answer.content.decode()
    assert as_viewer.get("/operations/tray/", {"seen": ""}, headers=HTMX).status_code == 204


def test_when_the_session_has_ended_it_takes_nobody_to_the_sign_in_page(anonymous, db):
    response = anonymous.get("/operations/tray/", headers={"HX-Request": "true", "Console-Background": "true"})
    assert (response.status_code, response.headers.get("HX-Redirect")) == (204, None)
    asked = anonymous.get("/operations/tray/", headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"].startswith("/accounts/login/")
