"""Accounts with a browser: two steps with and without scripts, watching a synchronisation, every state for axe."""

from datetime import timedelta

import pytest
import yaml
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from images.clouds.models import Account, Project, Region
from tests import factories
from tests.browser.fixtures import NARROW, WIDE
from tests.clouds.connections import added, by_password

TROUBLE = "Failed to load resource: the server responded with a status of 422"


def looks_right(window) -> None:
    """For axe, in light and dark, on a laptop and on a phone."""
    page = window.page
    assert {"light": window.violations()} == {"light": []}
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert {"dark": window.violations("color-contrast")} == {"dark": []}
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert {"overflow": window.overflow(), "phone": window.violations()} == {"overflow": [], "phone": []}
    page.set_viewport_size({"width": WIDE, "height": 900})


def enter(page, cloud, **changes: str) -> None:
    entered = by_password(cloud, **changes)
    page.get_by_label("Name", exact=True).fill("northwind")
    page.get_by_label("IAM endpoint").fill(entered.auth_url)
    page.get_by_label("Domain (optional)", exact=True).fill(entered.domain)
    page.get_by_label("User", exact=True).fill(entered.username)
    page.get_by_label("Password or secret key").fill(entered.secret)


@pytest.mark.parametrize("script", [True, False])
def test_adding_an_account_in_two_steps(visit, admin, cloud, script):
    window = visit(admin, script=script)
    window.expected = [TROUBLE]
    page = window.open("/clouds/")
    page.get_by_role("link", name="Add an account").click()
    enter(page, cloud, secret="wrong")
    page.get_by_role("button", name="Test and go on").click()
    page.get_by_text("does not accept this sign-in").wait_for()
    assert page.get_by_label("User", exact=True).input_value() == "image-admin"
    assert page.get_by_label("Password or secret key").input_value() == ""
    assert page.get_by_label("Password or secret key").get_attribute("aria-invalid") == "true"
    page.get_by_label("Password or secret key").fill(by_password(cloud).secret)
    page.get_by_role("button", name="Test and go on").click()
    page.get_by_text("Step 2 of 2").wait_for()
    page.get_by_role("checkbox", name="eu-west-1_security").uncheck()
    page.get_by_role("button", name="Manage these").click()
    page.get_by_text("3 more projects are managed now.").wait_for()
    page.get_by_role("row", name="eu-west-0_build").get_by_text("waiting for a worker").wait_for()
    assert Project.objects.managed().count() == 3
    page.goto("about:blank")  # it would go on asking how far the synchronisation is


def test_only_what_the_way_of_signing_in_needs_is_shown(visit, admin):
    page = visit(admin).open("/clouds/add/")
    assert page.get_by_label("User", exact=True).is_visible()
    assert not page.get_by_label("Access key (AK)", exact=True).last.is_visible()
    page.get_by_role("radio", name="Access key").check()
    assert not page.get_by_label("User", exact=True).is_visible()
    assert page.locator("#id_access_key").is_visible()


def test_watching_a_synchronisation(visit, server, admin):
    project = factories.fill(20)[0]
    Region.objects.update(synced_at=timezone.now())
    window = visit(admin)
    page = window.open("/clouds/")
    button = page.locator(f"#sync-p{project.pk}")
    window.during(button.click, url_has="/clouds/sync/")
    state = page.locator(f"#state-p{project.pk}")
    state.get_by_text("waiting for a worker").wait_for()
    assert page.evaluate("document.activeElement.id") == f"sync-p{project.pk}"
    with server.lock:
        Project.objects.filter(pk=project.pk).update(
            wanted="", lease_until=timezone.now() + timedelta(minutes=1), progress=3, image_count=10
        )
    state.get_by_text("30 %").wait_for()
    with server.lock:
        Project.objects.filter(pk=project.pk).update(lease_until=None, synced_at=timezone.now(), image_count=77)
    state.get_by_text("synchronised").wait_for()
    window.until("document.getElementById('status').textContent === 'Synchronisation finished.'")
    assert page.locator(f"#count-p{project.pk}").inner_text() == "77"
    assert page.locator("#sync-poll").get_attribute("data-poll") is None


def test_each_page_looks_right(visit, admin, cloud):
    account = added(cloud, admin, managed=True)
    projects = list(account.projects.all())
    moment = timezone.now()
    Project.objects.filter(pk=projects[0].pk).update(wanted="", lease_until=moment + timedelta(minutes=5), progress=450)
    Project.objects.filter(pk=projects[1].pk).update(
        wanted="",
        synced_at=moment - timedelta(hours=2),
        contact_at=moment,
        error="Refused: " + "long " * 30,
        error_at=moment,
    )
    Project.objects.filter(pk=projects[2].pk).update(enabled=False)
    factories.account("a name that is quite long for an account and then somewhat longer")
    window = visit(admin)
    for path in ("", f"{account.pk}/projects/", f"{account.pk}/change/", f"{account.pk}/remove/"):
        page = window.open(f"/clouds/{path}")
        assert page.get_by_role("heading", level=1).count() == 1
        looks_right(window)
    page.goto("about:blank")


def test_a_refused_form_looks_right(visit, admin):
    window = visit(admin)
    window.expected = [TROUBLE]
    page = window.open("/clouds/add/")
    page.get_by_label("IAM endpoint").fill("http://10.0.0.1")
    page.get_by_text("Certificates, endpoint and region by hand").click()
    page.get_by_label("CA bundle").fill("nonsense")
    page.get_by_role("button", name="Test and go on").click()
    page.locator("#error-summary").wait_for()
    looks_right(window)
    assert page.get_by_label("CA bundle").is_visible()


def test_nothing_there_yet_looks_right(visit, admin):
    window = visit(admin)
    window.open("/clouds/")
    looks_right(window)
    assert not Account.objects.exists()


def test_a_clouds_yaml_is_looked_at_and_added(visit, admin, cloud, tmp_path):
    """O11: chosen or dropped where an account is added; the file stays in the form, and its secrets on no page."""
    entered = by_password(cloud)
    auth = {"auth_url": entered.auth_url, "username": entered.username, "password": entered.secret,
            "user_domain_name": entered.domain, "project_name": "eu-west-0_build"}  # fmt: skip
    file = tmp_path / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": {"northwind": {"auth": auth, "region_name": "eu-west-0"}}}))
    window = visit(admin)
    page = window.open("/clouds/add/")
    page.get_by_text("You have a clouds.yaml?").click()
    page.locator("#import_file").set_input_files(file)
    page.get_by_text("What would come of it").wait_for()
    assert entered.secret not in page.content()
    looks_right(window)
    page.get_by_role("button", name="Add the chosen ones").click()
    page.get_by_text("account added, 1 project added").wait_for()
    assert Account.objects.get().name == "northwind"


def test_typing_outlives_the_session(visit, admin, server):
    """O19 (adamchainz/django-htmx#270): signed in again elsewhere, the same form is sent from where it is."""
    window = visit(admin)
    window.expected = ["the server responded with a status of 401", "Response Status Error Code 401"]
    page = window.open("/clouds/add/")
    page.get_by_text("You have a clouds.yaml?").click()
    page.locator("#import_secret_text").fill("clouds: {mine: {}}")
    with server.lock:
        Session.objects.all().delete()
    page.locator("#import-look").click()
    page.get_by_text("nothing that you typed is lost").wait_for()
    assert page.locator("#import_secret_text").input_value() == "clouds: {mine: {}}"
    client = Client()
    client.force_login(admin)
    name = settings.SESSION_COOKIE_NAME
    window.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": window.url}])
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("You are signed in again").wait_for()
    page.locator("#import-look").click()
    page.get_by_text("What would come of it").wait_for()
