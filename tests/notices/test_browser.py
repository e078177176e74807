"""Being told: the bell, the page of notices, preferences, and a webhook, in a browser."""

import os

from images.access.enums import Role
from images.notices import notice_kinds
from images.notices.models import Delivery, NoticePreference
from images.notices.services import write_notice
from images.notices.services.distribution import distribute_due
from images.notices.services.webhooks import changing
from tests import factories
from tests.accounts.test_browser import looks_right
from tests.conftest import person


def happen(project, subject: str) -> None:
    write_notice(
        kind=notice_kinds.SYNC, project=project, subject=subject, text="Wrong password.", url=f"/projects/{project.pk}/"
    )
    distribute_due()


def shot(page, name: str) -> None:
    if os.environ.get("LOOK"):
        page.screenshot(path=f"var/screens/{name}.png", full_page=True)


def test_told_by_the_bell_and_by_choice(visit, transactional_db):
    project = factories.project()
    keeper = person("keeper", Role.ADMINISTRATOR, project=project)
    happen(project, "build has not been synchronised for 15 minutes")
    window = visit(keeper)
    page = window.open("/clouds/")
    window.until("document.querySelector('#bell-badge').textContent.includes('1 unread')")
    window.settle()
    happen(project, "build is synchronised again")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    window.until("document.querySelector('#status').textContent.includes('build is synchronised again')")
    page.locator("#menu-bell > summary").click()
    shot(page, "bell")
    assert window.violations() == []
    page.get_by_role("button", name="build is synchronised again").click()
    assert page.url.endswith(f"/projects/{project.pk}/")
    page = window.open("/notices/")
    shot(page, "notices")
    looks_right(window)
    assert page.get_by_role("button", name="Mark as read", exact=False).count() == 1
    page.get_by_role("button", name="Mark all as read").click()
    assert page.get_by_role("button", name="Mark as read", exact=False).count() == 0
    page.get_by_role("link", name="Choose").click()
    shot(page, "notice-preferences")
    looks_right(window)
    page.get_by_label("E-mail: Quotas near their limit").select_option("now")
    page.get_by_label("Bell: Decisions about shares").uncheck()
    page.get_by_role("button", name="Save").click()
    kept = NoticePreference.objects.get(user=keeper).choices
    assert (kept["quota"]["mail"], kept["decision"]["bell"]) == ("now", False)


def test_a_webhook_without_scripts(visit, transactional_db):
    project = factories.project()
    window = visit(person("keeper", Role.ADMINISTRATOR, project=project), script=False)
    window.expected = ["status of 422"]
    page = window.open("/webhooks/")
    shot(page, "webhooks")
    page.get_by_role("button", name="Add for this project").click()
    page.get_by_label("Name").fill("chat")
    page.get_by_label("Address").fill("https://10.0.0.1/hook")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("WEBHOOK_ALLOWED").count() > 1
    assert page.get_by_label("Address").input_value() == "https://10.0.0.1/hook"
    shot(page, "webhook-form")
    page.get_by_label("Address").fill("https://hooks.example.com/x")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Make a new secret").click()
    assert page.locator("#hook-secret").text_content().startswith("whsec_")
    page.get_by_role("button", name="Send a test").click()
    assert page.locator("#hook-secret").count() == 0
    page.get_by_role("link", name="Test").click()
    assert page.get_by_role("heading", name="Request").count() == 1
    assert Delivery.objects.get().state == "waiting"


def test_pages_of_webhooks_keep_the_rules(visit, transactional_db):
    project = factories.project()
    keeper = person("keeper", Role.ADMINISTRATOR, project=project)
    hook = changing.add(
        actor=keeper, project=project, name="chat", url="https://hooks.example.com/x", kinds=[], active=True
    )
    sent = changing.test(actor=keeper, webhook=hook)
    Delivery.objects.update(
        state="given_up", next_at=None, status=500, answer="no\n" * 20, error="HTTP 500", attempts=3
    )
    window = visit(keeper)
    for path in (
        "/webhooks/",
        f"/webhooks/{hook.pk}/",
        f"/webhooks/{hook.pk}/change/",
        f"/webhooks/{hook.pk}/deliveries/{sent.pk}/",
    ):
        page = window.open(path)
        shot(page, "webhook-" + path.strip("/").replace("/", "-"))
        looks_right(window)
