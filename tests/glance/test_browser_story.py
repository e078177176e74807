"""A life of an image on a real Glance, by people at browsers: made, tagged, changed, shared, hidden, found, deleted."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from images.access.enums import Role
from images.accounts.services.accounts import add_account
from images.accounts.services.project_choice import choices, choose_projects
from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.clouds.models import Project
from images.clouds.services.discovery import Connection
from images.operations.models.operation import Operation
from images.operations.services import executor
from tests.browser.fixtures import NARROW, WIDE
from tests.browser.visits import Visit
from tests.conftest import person
from tests.glance.keystone import PASSWORD
from tests.glance.lab import USERS, Lab
from tests.glance.test_console import Witness

NAME = "Größe (neu) 1"
DISK = b"QFI\xfb\0\0\0\3" + b"\0" * 16 + (2**30).to_bytes(8, "big") + b"\0" * 72 + bytes(range(256)) * 400


@pytest.fixture
def teams(admin, lab: Lab, transactional_db) -> dict[str, Project]:
    """Both projects of the cloud, managed and synchronised."""
    found = {}
    for name in ("team-a", "team-b"):
        connection = Connection(auth_url=lab.keystone.url, domain="Default", username=USERS[name], secret=PASSWORD)
        account = add_account(actor=admin, name=name, connection=connection)
        choose_projects(actor=admin, account=account, picked=[one.project.key for one in choices(account).choices])
        found[name] = account.projects.managed().get(name=name)
    for project in found.values():
        sync_holder(project)
        sync_holder(project.region)
    return found


class Story:
    """One person at a window, about one image; `carry` does what the carrier would."""

    def __init__(self, window: Visit, server, witness: Witness) -> None:
        self.window, self.server, self.witness = window, server, witness
        self.pk = 0

    def carry(self) -> None:
        with self.server.lock:  # the suite's database has one connection
            executor.execute(60.0)
            operation = Operation.objects.first()
            assert [(item.state, item.error) for item in operation.items.all()] == [("done", "")]

    def page(self):
        page = self.window.open(f"/images/{self.pk}/")
        page.locator("#tags").wait_for()
        return page

    def looks_right(self) -> None:
        assert self.window.violations() == []
        self.window.page.set_viewport_size({"width": NARROW, "height": 900})
        assert self.window.overflow() == []
        self.window.page.set_viewport_size({"width": WIDE, "height": 900})

    def tag(self, word: str) -> None:
        page = self.page()
        page.locator("#id_tag_key").fill(word)
        page.locator("#tags-save").click()
        page.locator("#tags-now").get_by_text("under way").first.wait_for()
        self.carry()

    def change(self, attribute: str, value: str) -> None:
        page = self.page()
        page.locator(f"#edit-{attribute}").press("Enter")
        field = page.locator(".fact-form .field input, .fact-form .field select")
        field.wait_for()
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
        page.locator(f"#save-{attribute}").click()
        page.locator(".fact-moving").first.wait_for()
        self.carry()

    @property
    def document(self) -> dict:
        """As the Glance has it."""
        url = f"{self.witness.url}/v2/images/{self.image.image_id}"
        return requests.get(url, headers=self.witness.headers, timeout=60).json()

    @property
    def image(self) -> Image:
        with self.server.lock:
            return Image.objects.get(pk=self.pk)


@pytest.fixture
def story(visit: Callable[..., Visit], server, lab: Lab, teams, settings, tmp_path: Path) -> Story:
    settings.VAR_DIR, settings.UPLOAD_DIR = tmp_path, tmp_path / "uploads"
    operator = person("operator", Role.OPERATOR, project=teams["team-a"])
    return Story(visit(operator), server, Witness(lab))


@pytest.mark.usefixtures("quick")
def test_from_the_upload_to_the_end(story: Story, visit, server, teams, tmp_path: Path):
    """O1, O4, O5, O6, O7."""
    uploaded(story, teams["team-a"], tmp_path)
    story.tag("role=web")
    story.tag("role=db")
    assert sorted(story.document["tags"]) == ["role=db", "role=web"]
    story.change("name", NAME)
    story.change("min_disk", "7")
    story.change("visibility", "private")
    held = story.document
    assert (held["name"], held["min_disk"], held["visibility"]) == (NAME, 7, "private")
    story.looks_right()
    page = story.window.open("/images/?q=tag:role=web%20tag:role=db")
    page.locator("th.name").get_by_role("link", name=NAME, exact=True).wait_for()
    shared_and_accepted(story, visit, server, teams)
    story.change("os_hidden", "true")
    assert story.document["os_hidden"] is True
    page = story.window.open("/images/?q=is:hidden")
    page.locator("th.name").get_by_role("link", name=NAME, exact=True).wait_for()
    story.looks_right()
    page = story.window.open("/images/?q=-is:hidden")
    page.get_by_role("heading", level=1).wait_for()
    assert page.locator("th.name").get_by_role("link", name=NAME, exact=True).count() == 0
    deleted(story)


def uploaded(story: Story, project: Project, folder: Path) -> None:
    page = story.window.open("/images/create/?from=upload")
    page.locator("[name=project]").select_option(str(project.pk))
    page.locator("[name=name]").fill("story")
    page.locator("[name=name]").press("Enter")
    page.wait_for_url(re.compile("/uploads/"))
    (folder / "disk.qcow2").write_bytes(DISK)
    page.locator("#id_file").set_input_files(folder / "disk.qcow2")
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/operations/\d+/"))
    story.carry()
    with story.server.lock:
        story.pk = Image.objects.get(name="story").pk
    assert (story.document["status"], story.document["size"]) == ("active", len(DISK))


def shared_and_accepted(story: Story, visit, server, teams: dict[str, Project]) -> None:
    page = story.window.open(f"/images/act/share/?image={story.pk}")
    page.locator("[name=pasted]").fill(teams["team-b"].project_id)
    page.get_by_text("1 new share").wait_for()
    story.window.settle()
    page.get_by_role("button", name="Share", exact=True).click()
    page.wait_for_url(re.compile(r"/operations/\d+/"))
    story.carry()
    assert story.document["visibility"] == "shared"
    with server.lock:
        sync_holder(teams["team-b"])
    other = visit(person("approver", Role.APPROVER, project=teams["team-b"]))
    page = other.open("/sharing/in/")
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("link", name="Approve").click()
    page.get_by_role("button", name="Approve").last.click()
    page.get_by_text("The answer goes to").wait_for()
    story.carry()
    page = other.open("/images/?q=member:accepted")
    page.locator("th.name").get_by_role("link", name=NAME, exact=True).wait_for()


def deleted(story: Story) -> None:
    image_id = story.image.image_id
    page = story.window.open(f"/images/act/delete/?image={story.pk}")
    page.locator("#confirm").click()
    page.wait_for_url(re.compile(r"/operations/\d+/"))
    story.carry()
    url = f"{story.witness.url}/v2/images/{image_id}"
    assert requests.get(url, headers=story.witness.headers, timeout=60).status_code == 404
