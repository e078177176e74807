"""What is being done to an image, on its own page: the banner, its polls, and the tab with all that was done."""

import re

import pytest
from django.utils import timezone

from images.cache.models.image import Image
from images.operations.enums import OperationState
from images.operations.models.operation import Job, Operation, OperationItem
from images.operations.queries.progress import open_actions, progress_mark
from tests.operations.test_views import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def under_way(actor) -> Image:
    operation = make(actor, "following")
    job = Job.objects.create(project=operation.project, job_id="j", kind="edit", percent=42, deadline=timezone.now())
    OperationItem.objects.update(job=job)
    return operation.items.get().image


def test_the_page_says_what_is_under_way_and_how_far(as_viewer, viewer):
    image = under_way(viewer)
    text = as_viewer.get(f"/images/{image.pk}/").content.decode()
    assert 'id="now" class="now" data-quiet data-poll="2"' in text
    assert '<progress aria-label="Edit" value="42" max="100">' in text


def test_polls_answer_when_something_is_new_and_load_the_page_again_at_the_end(as_viewer, viewer):
    image = under_way(viewer)
    address, seen = f"/images/{image.pk}/now/", progress_mark(open_actions(viewer, [image.pk]))
    assert as_viewer.get(address, {"seen": seen}, headers=HTMX).status_code == 204
    Job.objects.update(percent=60)
    moved = as_viewer.get(address, {"seen": seen}, headers=HTMX)
    assert (moved.status_code, "60 %" in moved.content.decode(), "HX-Refresh" in moved) == (200, True, False)
    OperationItem.objects.update(state="done")
    edited = as_viewer.get(address, {"seen": seen}, headers=HTMX)
    assert (edited["HX-Trigger"], "HX-Refresh" in edited) == ("edit-ended", False), "attributes come anew in place"
    Operation.objects.update(kind="export")
    ended = as_viewer.get(address, {"seen": seen}, headers=HTMX)
    assert (ended["HX-Refresh"], "data-poll" in ended.content.decode()) == ("true", False)
    assert as_viewer.get(address, {"seen": ""}, headers=HTMX).status_code == 204


def test_a_poll_costs_one_query(as_viewer, viewer, django_assert_num_queries):
    image = under_way(viewer)
    seen = progress_mark(open_actions(viewer, [image.pk]))
    with django_assert_num_queries(3):  # session, user, and the one
        as_viewer.get(f"/images/{image.pk}/now/", {"seen": seen}, headers=HTMX)


def test_the_image_went(as_viewer, viewer):
    image = under_way(viewer)
    seen, pk = progress_mark(open_actions(viewer, [image.pk])), image.pk
    image.delete()
    answer = as_viewer.get(f"/images/{pk}/now/", {"seen": seen}, headers=HTMX)
    assert answer.status_code == 286
    assert "This image is gone" in answer.content.decode()
    assert as_viewer.get(f"/images/{pk}/now/").status_code == 404


def test_what_was_done_is_found_from_the_image_and_who_may_not_see_it_does_not(as_viewer, viewer):
    operation = make(viewer, "failed", state=OperationState.FAILED)
    image = operation.items.get().image
    text = as_viewer.get(f"/images/{image.pk}/?tab=operations").content.decode()
    assert f"/operations/{operation.pk}/" in text
    assert "IMG.0028" in text
    other = under_way(viewer)
    other.project.enabled = False
    other.project.save()
    assert open_actions(viewer, [other.pk]) == []


def test_rows_of_the_list_show_it_and_come_anew_at_the_end(as_viewer, viewer):
    image = under_way(viewer)
    listed = as_viewer.get("/images/?columns=name,status").content.decode()
    assert re.search(r"Edit: in progress\s+42 %", listed), "also without scripts"
    assert re.search(
        rf'data-poll="2"[^>]* hx-get="[^"]*images={image.pk}&amp;seen=[^"]+" hx-trigger="tick, wake"', listed
    )
    ask = {"images": str(image.pk), "columns": "name,status"}
    first = as_viewer.get("/images/now/", ask, headers=HTMX)
    assert first.status_code == 200
    assert re.search(r"Edit: in progress\s+42 %", first.content.decode())
    ask["seen"] = progress_mark(open_actions(viewer, [image.pk]))
    assert as_viewer.get("/images/now/", ask, headers=HTMX).status_code == 204
    OperationItem.objects.update(state="done")
    Image.objects.filter(pk=image.pk).update(name="renamed")
    last = as_viewer.get("/images/now/", ask, headers=HTMX)
    text = last.content.decode()
    assert (last.status_code, "data-poll" in text) == (286, False)
    assert f'<template><tr id="row-{image.pk}" hx-swap-oob=true>' in text
    assert ">renamed</a>" in text
    Image.objects.filter(pk=image.pk).delete()
    gone = as_viewer.get("/images/now/", ask, headers=HTMX).content.decode()
    assert f'<tr id="row-{image.pk}" hx-swap-oob="delete">' in gone


def test_a_poll_of_the_list_costs_one_query(as_viewer, viewer, django_assert_num_queries):
    image = under_way(viewer)
    ask = {"images": f"{image.pk},1,x,{'9' * 30}", "seen": progress_mark(open_actions(viewer, [image.pk]))}
    with django_assert_num_queries(3):  # session, user, and the one
        assert as_viewer.get("/images/now/", ask, headers=HTMX).status_code == 204


def test_a_list_where_nothing_is_done_asks_nothing(as_viewer, viewer):
    under_way(viewer)
    OperationItem.objects.update(state="done")
    assert re.search(r'<div id="rows-now" hidden data-quiet', as_viewer.get("/images/").content.decode())
