"""Sharing out as a story: asked for, agreed to, carried out, accepted on the other side, taken back."""

import re

import pytest
from django.utils import timezone

from images.access.enums import Role
from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.operations.services import executor
from images.partners.models import Partner
from images.sharing.models import MemberList
from images.sharing.services import member_lists
from tests.browser.fixtures import NARROW, WIDE
from tests.clouds.projects import project_of
from tests.conftest import person
from tests.sandbox_process import SandboxProcess

PARTNERS = {"Contoso": "edc89b490d7d4392898e19b2deb34797", "Contoso lab": "9c61004714024f9586705d090530f9fa"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with SandboxProcess(tmp_path_factory.mktemp("sharing"), images=30) as running:
        yield running


def looks_right(window) -> None:
    page = window.page
    assert window.violations() == []
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert window.overflow() == []
    page.set_viewport_size({"width": WIDE, "height": 900})


def demands_consent(window, project) -> None:
    page = window.open(f"/projects/{project.pk}/")
    page.get_by_label("Sharing with others").check()
    page.get_by_role("button", name="Save").first.click()
    page.get_by_text(f"Saved for {project.name}").wait_for()
    looks_right(window)


def asks_to_share(window, images) -> None:
    page = window.open("/images/")
    for image in images:
        page.locator(f"#row-{image.pk} input[type=checkbox]").check()
    page.get_by_role("button", name="Share…").click()
    page.get_by_text("A second person has to agree").wait_for()
    window.expected = ["htmx:afterRequest", "htmx:sendAbort"]  # who types on calls the look before off
    for name in PARTNERS:
        page.get_by_role("checkbox", name=re.compile(f"^{name} eu-west-0")).check()
    page.get_by_text("4 new shares").wait_for()
    window.settle()
    looks_right(window)
    page.get_by_role("button", name="Share", exact=True).click()
    page.wait_for_url("**/operations/*/")
    page.locator("#op-consent").wait_for()


def agrees(window) -> None:
    page = window.open("/consents/")
    page.get_by_role("link", name=re.compile("^Share: ")).click()
    page.get_by_role("heading", level=1, name=re.compile("^Share: ")).wait_for()
    looks_right(window)
    page.get_by_label("Comment").fill("for the trial")
    page.get_by_role("button", name="Agree").click()
    page.wait_for_url("**/operations/*/")


def takes_back(page, rows) -> None:
    for row in rows.all():
        row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Stop sharing the ticked ones").click()
    page.get_by_role("button", name="Stop sharing", exact=True).click()
    page.wait_for_url("**/operations/*/")


@pytest.mark.usefixtures("quick")
def test_two_images_for_two_partners_under_consent(visit, server, sandbox):
    project = project_of(sandbox)
    sync_holder(project)
    people = {role: person(role.value, role, project=project) for role in Role}
    plain = {"status": "active", "whole_image": False, "key_id": "", "image_type": "private"}
    images = list(Image.objects.filter(project=project, **plain)[:2])
    for name, project_id in PARTNERS.items():
        Partner.objects.create(project_id=project_id, name=name, region=project.region.name)
    demands_consent(visit(people[Role.ADMINISTRATOR]), project)
    window = visit(people[Role.OPERATOR])
    asks_to_share(window, images)
    assert not sandbox.calls().get("5.3.2"), "nothing is sent before somebody else agrees"

    agrees(visit(people[Role.APPROVER]))
    with server.lock:  # the suite's database has one connection
        executor.execute(30)
    answers = window.page.locator("#op-live").get_by_text("pending")
    answers.first.wait_for()
    assert answers.count() == 4
    assert sandbox.calls()["5.3.2"] == 1

    for image in images:  # the other side
        sandbox.set_member(image.image_id, PARTNERS["Contoso"], "accepted")
    MemberList.objects.update(next_at=timezone.now())
    with server.lock:
        assert member_lists.read_due() >= 2
    page = window.open("/sharing/?sort=recipient")
    rows = page.locator(".shares tbody tr")
    accepted = rows.filter(has_text=re.compile("Contoso(?! lab)")).filter(has_text="accepted")
    assert accepted.count() == 2
    assert rows.filter(has_text="Contoso lab").filter(has_text="pending").count() == 2
    looks_right(window)

    takes_back(page, accepted)
    with server.lock:
        executor.execute(30)
    page = window.open(f"/sharing/with/{PARTNERS['Contoso']}/")
    page.get_by_role("heading", name="Shared with it").wait_for()
    assert not [image.name for image in images if page.locator(".shares").get_by_text(image.name).count()]
    offered = {offer["image"]["id"] for offer in sandbox.dump(PARTNERS["Contoso"])["shared"]}
    assert not offered & {image.image_id for image in images}
