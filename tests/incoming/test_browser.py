"""What another tenant shares with us, start to end: shared, voted on by two people, accepted at IMS, taken back."""

import re

import pytest

from images.access.enums import Role
from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.clouds.models import Account, Project
from images.clouds.services.clients import client_for
from images.core.encryption import encrypt
from images.ims import Forbidden, IMSClient, NotFound
from images.incoming.models import IncomingShare
from images.incoming.services import due
from images.incoming.services.policies import save_policy
from images.operations.models.operation import Operation
from images.operations.services import executor
from tests import factories
from tests.browser.fixtures import NARROW, WIDE
from tests.clouds.projects import project_of
from tests.conftest import person
from tests.incoming.conftest import offer
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with SandboxProcess(tmp_path_factory.mktemp("incoming"), images=30) as running:
        yield running


def other_tenant(sandbox: SandboxProcess, ours: Project) -> tuple[IMSClient, str]:
    """A client of the other tenant, and the ID of its project; the console does not manage it."""
    env = sandbox.env
    account = Account.objects.create(
        name="contoso", auth_url=f"{env['IMS2_IAM_ENDPOINT']}/v3", username=env["IMS2_USER"], domain=env["IMS2_DOMAIN"],
        secret=encrypt(env["IMS2_PASSWORD"]),
    )  # fmt: skip
    place = {"region": ours.region, "endpoint": env["IMS2_ENDPOINT"], "enabled": False}
    theirs = Project.objects.create(
        account=account, project_id=env["IMS2_PROJECT_ID"], name=env["IMS2_PROJECT_NAME"], **place
    )
    return client_for(theirs), theirs.project_id


def looks_right(window) -> None:
    page = window.page
    assert window.violations() == []
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert window.overflow() == []
    page.set_viewport_size({"width": WIDE, "height": 900})


def synchronise(server, project: Project) -> None:
    with server.lock:  # the suite's database has one connection
        project.refresh_from_db()
        sync_holder(project)
        due.work_due()


def approves_by_keyboard(window) -> None:
    page = window.open("/sharing/in/?sort=name")
    looks_right(window)
    page.get_by_role("link", name="appliance-7").click()
    page.get_by_text("0 of 2 approvals").wait_for()
    looks_right(window)
    page.keyboard.press("a")
    page.locator("dialog[open] #in-confirm").wait_for()
    window.until("document.activeElement.id === 'in-confirm'")
    looks_right(window)
    page.keyboard.press("Enter")
    page.get_by_text("it takes more to decide").wait_for()


def approves_without_scripts(window) -> None:
    page = window.open("/sharing/in/?sort=name")
    page.get_by_role("link", name="appliance-7").click()
    page.get_by_role("link", name="Approve").click()
    page.get_by_text("With your vote it is accepted").wait_for()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("The answer goes to IMS").wait_for()


@pytest.mark.usefixtures("quick")
def test_two_tenants_from_the_share_to_its_end(visit, server, sandbox):
    ours = project_of(sandbox)
    admin = person("admin", is_staff=True)
    save_policy(actor=admin, project=ours, terms={"approvals": 2}, seen_version=0)
    ada, ben = (person(name, Role.APPROVER, project=ours) for name in ("ada", "ben"))
    synchronise(server, ours)
    b, their_id = other_tenant(sandbox, ours)

    image_id = sandbox.create_images(their_id, name="appliance-7")[0]
    b.members.add(image_id, ours.project_id)
    assert b.members.get(image_id, ours.project_id).status == "pending"
    assert not IncomingShare.objects.filter(image_id=image_id).exists()
    synchronise(server, ours)

    # the first approver: nothing happens at IMS
    window = visit(ada)
    sandbox.reset_calls()
    approves_by_keyboard(window)
    with server.lock:
        assert not executor.execute(5)
    assert b.members.get(image_id, ours.project_id).status == "pending"
    assert not {"5.3.3", "6.4.2"} & set(sandbox.calls())

    # the second: the answer goes to IMS, and then the image is in the list
    approves_without_scripts(visit(ben, script=False))
    share = IncomingShare.objects.get(image_id=image_id)
    assert (share.state, share.decided_by) == ("accepting", "ada, ben")
    with server.lock:
        executor.execute(30)
    assert Operation.objects.get().state == "done"
    assert b.members.get(image_id, ours.project_id).status == "accepted"
    page = window.open("/images/?q=name:appliance-7%20member:accepted")
    page.get_by_role("link", name="appliance-7", exact=True).wait_for()
    page = window.open("/sharing/in/?box=accepted")
    page.get_by_role("link", name="appliance-7").wait_for()

    # taken back
    b.members.remove(image_id, ours.project_id)
    synchronise(server, ours)
    page = window.open(f"/sharing/in/{share.pk}/")
    page.get_by_text("taken back by its owner").wait_for()
    assert not Image.objects.filter(image_id=image_id).exists()
    with pytest.raises((NotFound, Forbidden)):
        client_for(ours).images.get(image_id)


def test_one_after_the_other_by_keyboard_and_many_at_once(visit, transactional_db):
    project = factories.project("eu-west-0_ours")
    factories.put(project)
    ada, admin = person("ada", Role.APPROVER, project=project), person("admin", is_staff=True)
    shares = [offer(project, n, name=f"offer-{n}")[0] for n in range(4)]
    window = visit(ada)
    page = window.open(f"/sharing/in/{shares[0].pk}/?sort=name")
    page.keyboard.press("j")
    page.get_by_role("heading", name="offer-1").wait_for()
    page.keyboard.press("k")
    page.get_by_role("heading", name="offer-0").wait_for()
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.id") == "id_text"
    page.keyboard.type("jjj")  # typing is no command
    page.get_by_role("button", name="Ask for more").click()
    page.locator(".story").get_by_text("jjj").wait_for()
    page.keyboard.press("r")
    window.until("document.activeElement.tagName === 'TEXTAREA' && !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    window.until("!document.querySelector('dialog[open]') && document.activeElement.id === 'in-reject'")
    page.keyboard.press("r")
    window.until("!!document.querySelector('dialog[open] textarea')")
    page.locator("dialog textarea").fill("No thanks.")
    page.locator("dialog #in-confirm").click()
    page.get_by_role("heading", name="offer-1").wait_for()  # the next one

    page = window.open("/sharing/in/")
    page.locator("#in-every").check()
    page.locator("#in-approve").click()
    page.get_by_role("heading", name="Approve 3 images").wait_for()
    looks_right(window)
    page.locator("#in-confirm").click()
    page.get_by_text("3 are decided").wait_for()

    window = visit(admin)
    page = window.open(f"/projects/{project.pk}/share-policy/")
    page.get_by_label("Approvals needed").fill("2")
    page.get_by_role("button", name="Simulate").click()
    page.get_by_role("heading", name="What it would have decided").wait_for()
    looks_right(window)
    assert re.search(r"3 go another way", page.locator("#simulated").inner_text())
