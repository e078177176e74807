"""The preview knows what is under way on the images and what they were made of, in few queries for any number."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.cache.models.image import Image
from images.operations.enums import ActionKind
from images.operations.models.operation import Operation
from images.operations.queries.blockers import Blockers
from images.operations.services import Target, submit
from tests import factories
from tests.catalogue.test_act_views import hidden, plain, text


def under_way(actor, kind: ActionKind, image: Image) -> Operation:
    return submit(actor=actor, kind=kind, targets=[Target(image.project, image, image.name)], key=uuid.uuid4().hex)


def stored(project, *documents, **more) -> list[Image]:
    factories.put(project, *documents, **more)
    return list(Image.objects.order_by("pk").select_related("project"))


@pytest.fixture
def project(db):
    return factories.project()


@pytest.fixture
def pair(project) -> list[Image]:
    return stored(project, *(plain(n, project.project_id) for n in range(2)))


@pytest.mark.parametrize(
    ("now", "act", "said"),
    [
        (ActionKind.EXPORT, "export", "The image is being exported already. IMG.0148"),
        (ActionKind.UPLOAD, "delete", "The image is being created. IMG.0090"),
        (ActionKind.DELETE, "edit", "The image is being deleted, or its deletion is waiting."),
        (ActionKind.DELETE, "delete", "The image is being deleted, or its deletion is waiting."),
    ],
)
def test_what_is_under_way_is_told_with_its_operation(as_admin, admin, pair, now, act, said):
    operation = under_way(admin, now, pair[0])
    response = as_admin.get(f"/images/act/{act}/", {"image": [image.pk for image in pair]})
    assert said in text(response)
    assert f'<a href="/operations/{operation.pk}/">Operation {operation.pk}</a>' in response.content.decode()
    assert "Applies to 1 image" in text(response)


def test_what_is_under_way_is_no_matter_to_other_acts(as_admin, admin, pair):
    under_way(admin, ActionKind.EXPORT, pair[0])
    assert "Applies to 2 images" in text(as_admin.get("/images/act/copy/", {"image": [one.pk for one in pair]}))


def test_the_page_of_the_image_says_it_too(as_admin, admin, pair):
    under_way(admin, ActionKind.DELETE, pair[0])
    page = as_admin.get(f"/images/{pair[0].pk}/")
    assert "is being deleted" in text(page)
    assert "/images/act/" not in page.content.decode()


def test_a_form_sent_twice_leads_to_its_operation_although_the_image_is_busy_now(as_admin, admin, pair):
    form = hidden(as_admin.get("/images/act/delete/", {"image": pair[0].pk}))
    first, again = (as_admin.post("/images/act/delete/", form) for _ in range(2))
    assert first["Location"] == again["Location"] == f"/operations/{Operation.objects.get().pk}/"


@pytest.mark.parametrize(("platform", "may"), [("Windows", False), ("CentOS", True)])
def test_an_image_with_a_charged_ancestor_cannot_be_exported(as_admin, project, platform, may):
    public = plain(7, "x", __imagetype="gold", visibility="public", __platform=platform)
    factories.put(project.region, public)
    parent = plain(8, project.project_id, __originalimagename=public["id"])
    *_others, child = stored(project, parent, plain(9, project.project_id, __originalimagename=parent["id"]))
    page = text(as_admin.get("/images/act/export/", {"image": child.pk}))
    assert ("IMG.0079" in page) is not may
    assert ("Applies to 1 image" in page) is may


def test_images_made_of_each_other_end(admin, project):
    one, two = plain(1, project.project_id), plain(2, project.project_id)
    images = stored(project, one | {"__originalimagename": two["id"]}, two | {"__originalimagename": one["id"]})
    hindrances = Blockers(admin, ActionKind.EXPORT)
    hindrances.learn(images)
    assert [hindrances.origin(image) for image in images] == [None, None]


def test_many_images_take_as_many_queries_as_two(as_admin, project):
    public = plain(90, "x", __imagetype="gold", visibility="public")
    factories.put(project.region, public)
    images = stored(project, *(plain(n, project.project_id, __originalimagename=public["id"]) for n in range(20)))

    def queries(count: int) -> int:
        chosen = [image.pk for image in images if image.project_id][:count]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            as_admin.get("/images/act/export/", {"image": chosen})
        return len(captured)

    queries(1)  # what a first request loads
    assert queries(2) == queries(20)
