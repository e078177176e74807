"""Members asked of a sandbox: who they are, and the sentence when it cannot be known."""

import json
from collections.abc import Iterator

import pytest

from images.cache.models.image import Image
from images.clouds.models import Project
from images.sharing.models import Share
from images.sharing.services.members import MembersUnavailable, ask_members
from tests import factories
from tests.clouds.projects import project_of
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("members"), images=40) as running:
        yield running


@pytest.fixture
def project(sandbox, db) -> Project:
    sandbox.clear_faults()
    return project_of(sandbox)


@pytest.fixture
def image(sandbox, project) -> Image:
    """One of the project's own, shared with the foreign tenant, which has not answered."""
    own = next(image for image in sandbox.dump(project.project_id)["images"] if image["status"] == "active")
    sandbox.set_member(own["id"], sandbox.env["IMS2_PROJECT_ID"], "pending")
    factories.put(project, json.loads(json.dumps(own)))
    return Image.objects.get(image_id=own["id"])


def test_members_are_asked_now(sandbox, image):
    ask_members(image=image)
    kept = dict(Share.objects.filter(image=image).values_list("recipient", "status"))
    assert kept[sandbox.env["IMS2_PROJECT_ID"]] == "pending"


def test_page_shows_members_with_their_state(as_viewer, sandbox, image):
    text = as_viewer.get(f"/images/{image.pk}/members/").content.decode()
    assert sandbox.env["IMS2_PROJECT_ID"] in text
    assert "pending" in text


def test_trouble_at_the_cloud_is_a_sentence_in_place(as_viewer, sandbox, image):
    sandbox.fault(kind="status", operation="6.4.4", status=503, times=20)
    with pytest.raises(MembersUnavailable) as trouble:
        ask_members(image=image)
    assert trouble.value.failure.measure
    page = as_viewer.get(f"/images/{image.pk}/members/")
    assert page.status_code == 502
    assert b"The members cannot be read at this moment" in page.content
    part = as_viewer.get(f"/images/{image.pk}/members/", headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert part.content.strip().startswith(b'<div id="members">')


def test_image_that_is_gone_at_the_cloud(sandbox, image):
    Image.objects.filter(pk=image.pk).update(image_id="00000000-0000-4000-8000-000000000000")
    image.refresh_from_db()
    with pytest.raises(MembersUnavailable):
        ask_members(image=image)


def test_secret_that_no_key_opens(image):
    account = image.project.account
    account.secret = "not encrypted by us"
    account.save()
    image.refresh_from_db()
    with pytest.raises(MembersUnavailable) as trouble:
        ask_members(image=image)
    assert "anew" in trouble.value.failure.measure


def test_public_images_have_no_members(image):
    image.project = None
    with pytest.raises(MembersUnavailable):
        ask_members(image=image)
