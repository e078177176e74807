"""Which lists are read for a holder and whose the images in them are, beside a Glance that lists as Glance does."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import OperationalError
from django.utils import timezone

from images.cache.models.image import Image, ImageChange
from images.cache.services import sync
from images.cache.services.sync import SyncFailed, reader_for, scopes_of, sync_holder
from images.clouds.enums import ProjectKind
from images.ims import NotOffered, RawImage, RawPage
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


class Glance:
    """The lists of image API v2: own shared images appear under every member_status, own public ones under owner,
    hidden ones only when asked for."""

    def __init__(self, project_id: str) -> None:
        self.me = project_id
        self.images = self
        self.documents: dict[str, dict[str, Any]] = {}
        self.shared_with_me: dict[str, str] = {}
        #: What somebody does elsewhere just before a list of this member_status is read.
        self.meanwhile: dict[str, Any] = {}
        self.asked: list[Mapping[str, str]] = []

    def service_now(self) -> None:
        """It tells no time."""

    @property
    def schemas(self) -> "Glance":
        return self

    def image(self) -> None:
        raise NotOffered("This one does not describe its images.")

    def put(self, image_id: str, *, member_status: str = "", **attributes: Any) -> None:
        before = self.documents.get(image_id, {"id": image_id, "name": image_id, "owner": self.me, "tags": []})
        self.documents[image_id] = {"visibility": "shared", "created_at": "2026-01-01T00:00:00Z", **before,
                                    "updated_at": f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}", **attributes}  # fmt: skip
        if member_status:
            self.shared_with_me[image_id] = member_status

    def raw_page(self, filters: Mapping[str, str], *, marker: str | None, limit: int) -> RawPage:
        self.asked.append(filters)
        act = self.meanwhile.pop(filters.get("member_status", ""), None)
        if act:
            act()
        found = [document for document in self.documents.values() if self._listed(document, filters)]
        items = [RawImage(id=one["id"], created_at=one["created_at"], updated_at=one["updated_at"]) for one in found]
        for item, document in zip(items, found, strict=True):
            msgspec.structs.force_setattr(item, "raw", msgspec.json.encode(document))
        return RawPage(items[:limit], None, 0)

    def _listed(self, document: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
        own = document["owner"] == self.me
        state = self.shared_with_me.get(document["id"])
        visible = own or document["visibility"] == "public" or state == filters.get("member_status", "accepted")
        since = filters.get("updated_at", "gte:").removeprefix("gte:")
        return (
            visible
            and bool(document.get("os_hidden")) == (filters.get("os_hidden") == "true")
            and filters.get("owner", document["owner"]) == document["owner"]
            and filters.get("visibility", document["visibility"]) == document["visibility"]
            and document["updated_at"] >= since
        )


@pytest.fixture
def project():
    project = factories.project()
    project.kind = ProjectKind.OPENSTACK
    project.save()
    return project


@pytest.fixture
def glance(project, monkeypatch):
    glance = Glance(project.project_id)
    monkeypatch.setattr(sync, "client_for", lambda _project: glance)
    return glance


def states(holder) -> dict[str, str]:
    found = holder.images if hasattr(holder, "endpoint") else holder.images.filter(project=None)
    return dict(found.values_list("image_id", "member_status"))


def test_lists_of_an_ims_are_those_of_the_reference():
    project = factories.project()
    assert [scope.filters for scope in scopes_of(project, project)] == [
        {"owner": project.project_id},
        *(
            {"visibility": "shared", "__imagetype": "shared", "member_status": state}
            for state in ("pending", "accepted", "rejected")
        ),
    ]
    assert [scope.filters for scope in scopes_of(project.region, project)] == [
        {"visibility": "public", "__imagetype": "gold", "protected": "true"}
    ]


def test_own_images_of_a_glance_are_not_shared_in(project, glance):
    glance.put("mine")
    glance.put("hidden", os_hidden=True)
    glance.put("offered", owner="other", member_status="pending")
    glance.put("taken", owner="other", member_status="accepted")
    sync_holder(project)
    assert states(project) == {"mine": "", "hidden": "", "offered": "pending", "taken": "accepted"}
    glance.put("mine", name="renamed")
    assert sync_holder(project).gone == 0
    assert Image.objects.get(image_id="mine").name == "renamed"
    assert states(project)["mine"] == ""


def test_public_images_of_a_glance_are_kept_with_the_region(project, glance):
    glance.put("mine")
    glance.put("published", visibility="public")
    for holder in (project, project.region):
        sync_holder(holder)
    assert states(project) == {"mine": ""}
    assert states(project.region) == {"published": ""}
    glance.put("mine", visibility="public")
    for holder in (project, project.region):
        assert not sync_holder(holder).full
    assert states(project) == {}
    assert states(project.region) == {"mine": "", "published": ""}


def test_an_image_that_moves_between_two_lists_is_not_gone(project, glance):
    glance.put("offered", owner="other", member_status="rejected")
    sync_holder(project)
    # read the list of rejected ones after it was accepted, and that of accepted ones before
    glance.meanwhile["rejected"] = lambda: glance.put("offered", member_status="accepted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sync, "walk", one_after_the_other)
        done = sync_holder(project)
    assert (done.changed, done.gone) == (1, 0)
    assert states(project) == {"offered": "accepted"}
    assert not ImageChange.objects.filter(kind="gone").exists()


def one_after_the_other(read, lists, make, *, idle):
    for number, filters in enumerate(lists):
        yield number, [make(number, image) for image in read(filters, marker=None, limit=500).items]


def test_a_share_that_was_revoked_is_gone_at_once(project, glance):
    glance.put("taken", owner="other", member_status="accepted")
    sync_holder(project)
    del glance.documents["taken"]
    assert sync_holder(project).gone == 1


def test_an_image_that_cannot_be_read_is_a_sentence(project, glance, monkeypatch):
    glance.put("odd", size=1)
    whole = msgspec.json.encode
    monkeypatch.setattr(msgspec.json, "encode", lambda one: whole(one).replace(b'"size":1', b'"size":1e999'))
    with pytest.raises(SyncFailed, match="image odd in a form that cannot be read"):
        sync_holder(project)
    project.refresh_from_db()
    assert "image odd" in project.error
    assert not project.lease_owner


def test_a_fault_of_ours_is_said_and_not_hidden(project, glance, monkeypatch):
    def broken(*_arguments, **_options):
        raise OperationalError("disk full")

    monkeypatch.setattr(sync.index, "publish", broken)
    glance.put("mine")
    with pytest.raises(OperationalError):
        sync_holder(project)
    project.refresh_from_db()
    assert project.error == sync.FAULT
    assert project.error_at
    assert not project.lease_owner


def test_a_region_is_read_through_a_project_that_answers():
    failing, working = factories.project("a"), factories.project("b")
    failing.error = "Refused."
    failing.save()
    assert reader_for(working.region) == working
    working.enabled = failing.enabled = False
    working.save()
    failing.save()
    with pytest.raises(SyncFailed):
        reader_for(working.region)


def test_a_region_is_read_through_the_project_that_answered_last():
    never, failing, early, late = (factories.project(name) for name in ("never", "failing", "early", "late"))
    now = timezone.now()
    for one, error, contact in ((never, "", None), (failing, "refused", now), (early, "", now), (late, "", now)):
        one.error, one.contact_at = error, contact
        one.save()
    late.contact_at = now + timedelta(minutes=1)
    late.save()
    for expected in (late, early, never, failing):
        assert reader_for(never.region) == expected
        expected.enabled = False
        expected.save()
    with pytest.raises(SyncFailed, match="No managed project reads region"):
        reader_for(never.region)
