"""“Synchronise now”: asked for by POST, watched by polling; 204 nothing new, 200 a new state, 286 finished."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from images.clouds.models import Project, Region
from tests import factories

NOW, STATE = "/clouds/sync/", "/clouds/sync/state/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def four(db) -> list[Project]:
    return factories.fill(20)


def poll_of(page: str) -> str:
    return re.search(r'id="sync-poll" data-poll="\d+" hx-get="([^"]+)"', page)[1].replace("&amp;", "&")


def test_one_project(as_viewer, four):
    response = as_viewer.post(NOW, {"holder": f"p{four[0].pk}"})
    assert (response.status_code, response.url) == (302, "/clouds/")
    assert list(Project.objects.exclude(wanted="").values_list("pk", "wanted")) == [(four[0].pk, "full")]


def test_everything(as_viewer, four):
    as_viewer.post(NOW)
    assert Project.objects.filter(wanted="full").count() == 4
    assert Region.objects.filter(wanted="full").count() == 2


def test_public_images_of_a_region(as_viewer, four):
    as_viewer.post(NOW, {"holder": f"r{four[0].region_id}"})
    assert list(Region.objects.exclude(wanted="").values_list("pk", flat=True)) == [four[0].region_id]


def test_the_task_is_rung(as_viewer, four, monkeypatch, django_capture_on_commit_callbacks):
    from images.core import wake

    rung = []
    monkeypatch.setattr(wake.current_app, "send_task", lambda *what, **how: rung.append((what, how["args"])))
    with django_capture_on_commit_callbacks(execute=True):
        as_viewer.post(NOW, {"holder": f"p{four[0].pk}"})
    assert rung == [(("images.sync_holder",), (f"p{four[0].pk}",))]


@pytest.mark.parametrize("holder", ["p0", "r0", "x1", "", "p1;drop", "p99999999999999999999"])
def test_what_is_not_there(as_viewer, four, holder):
    assert as_viewer.post(NOW, {"holder": holder}).status_code == 404


def test_what_is_not_managed_is_not_there(as_admin, four):
    Project.objects.filter(pk=four[0].pk).update(enabled=False)
    assert as_admin.post(NOW, {"holder": f"p{four[0].pk}"}).status_code == 404


def test_not_by_get_and_not_by_strangers(as_viewer, anonymous, four):
    assert as_viewer.get(NOW).status_code == 405
    assert as_viewer.post(STATE).status_code == 405
    assert anonymous.post(NOW).status_code == 302
    assert not Project.objects.exclude(wanted="").exists()


def test_from_asking_to_the_end(as_viewer, four):
    project = four[0]
    asked = as_viewer.post(NOW, {"holder": f"p{project.pk}"}, **HTMX)
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "<html" not in page
    assert f'id="state-p{project.pk}" class="standing" hx-swap-oob="true"' in page
    assert "waiting for a worker" in page
    poll = poll_of(page)

    assert as_viewer.get(poll, **HTMX).status_code == 204

    until = timezone.now() + timedelta(minutes=1)
    Project.objects.filter(pk=project.pk).update(wanted="", lease_until=until, progress=3)
    working = as_viewer.get(poll, **HTMX)
    assert working.status_code == 200
    assert "synchronising" in working.content.decode()
    poll = poll_of(working.content.decode())
    assert as_viewer.get(poll, **HTMX).status_code == 204

    Project.objects.filter(pk=project.pk).update(lease_until=None, synced_at=timezone.now(), image_count=77)
    done = as_viewer.get(poll, **HTMX)
    page = done.content.decode()
    assert done.status_code == 286
    assert "data-poll" not in page
    assert f'<span id="count-p{project.pk}" hx-swap-oob="true">77</span>' in page
    assert '<div id="status" hx-swap-oob="innerHTML">Synchronisation finished.</div>' in page


def test_a_failure_ends_it_too(as_viewer, four):
    project = four[0]
    poll = poll_of(as_viewer.post(NOW, {"holder": f"p{project.pk}"}, **HTMX).content.decode())
    Project.objects.filter(pk=project.pk).update(wanted="", error="Refused.", error_at=timezone.now())
    done = as_viewer.get(poll, **HTMX)
    assert done.status_code == 286
    assert "1 could not be synchronised." in done.content.decode()


def test_asking_for_another_one_keeps_watching_the_first(as_viewer, four):
    first, second = four[:2]
    as_viewer.post(NOW, {"holder": f"p{first.pk}"}, **HTMX)
    both = as_viewer.post(NOW, {"holder": f"p{second.pk}", "busy": f"p{first.pk}"}, **HTMX).content.decode()
    assert f"state-p{first.pk}" in both
    assert f"state-p{second.pk}" in both


def test_others_projects_are_not_told_of(as_viewer, four):
    Project.objects.filter(pk=four[0].pk).update(enabled=False)
    page = as_viewer.get(STATE, {"busy": f"p{four[0].pk},p1;x,,"}, **HTMX)
    assert (page.status_code, f"state-p{four[0].pk}" in page.content.decode()) == (286, False)
