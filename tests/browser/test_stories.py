"""Stories with real processes: a tab that is closed, a carrier that is killed, a browser without scripts."""

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.stage import Stage, stage
from tests.browser.visits import Visit
from tests.making.test_wizard import SERVER

#: The browser of the suite comes with a server on the suite's database, which is not that of the stage.
pytestmark = [pytest.mark.django_db, pytest.mark.process]
#: A whole server takes the sandbox four minutes of its own time, a copy at least one. So fast that a page shows it
#: move, so slow that it does not end before a busy machine has shown it; and the speed at which it then ends.
SLOW, AT_ONCE = 4.0, 1e6


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage"), speed=SLOW) as running:
        yield running


@pytest.fixture(autouse=True)
def _slow(console):
    console.sandbox.speed(SLOW)


@pytest.fixture
def window(chromium, console) -> Iterator[Callable[..., Visit]]:
    """window(script=…): a browser of its own, signed in."""
    opened = []

    def start(*, script: bool = True) -> Visit:
        context = chromium.new_context(java_script_enabled=script, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        context.add_cookies([console.cookie])
        opened.append(Visit(context.new_page(), context, console.url))
        return opened[-1]

    yield start
    for one in opened:
        one.end()


def create(page: Page, console: Stage) -> str:
    """Asks for a full-ECS image by the wizard; its name."""
    name = f"story-{uuid.uuid4().hex[:6]}"
    page.goto(f"{console.url}/images/create/?from=whole-server")
    page.locator("[name=project]").select_option(str(console.project))
    page.locator("[name=name]").fill(name)
    page.locator("[name=instance_id]").fill(SERVER)
    page.locator("[name=name]").press("Enter")
    page.locator("[name=confirm]").click()
    page.wait_for_url(re.compile(r"/operations/\d+/"))
    return name


def percent(page: Page) -> int:
    """How far the job is, as the page says it."""
    page.locator(".op-items progress[value]").wait_for(state="attached")
    return int(page.locator(".op-items progress").get_attribute("value"))


def test_a_closed_tab_loses_nothing_and_another_browser_sees_it_go_on(console, window):
    first = window()
    name = create(first.page, console)
    first.context.close()
    second = window()
    page = second.open("/operations/")
    page.get_by_role("link", name=f"Create: {name}").click()
    page.evaluate("window.sameDocument = true")
    page.locator(".op-items").get_by_text("in progress").wait_for()
    seen = percent(page)
    second.until(f"(document.querySelector('.op-items progress')?.value ?? 101) > {seen}")
    console.sandbox.speed(AT_ONCE)
    page.locator(".op-items").get_by_text("done", exact=True).wait_for()
    assert page.locator("#op-live[data-poll]").count() == 0
    assert page.evaluate("window.sameDocument") is True, "nothing was loaded again"
    second.open("/images/?q=name:" + name)
    page.locator("th.name").get_by_role("link", name=name).wait_for()


def test_a_killed_carrier_is_followed_by_the_next_and_the_open_page_recovers(console, window):
    visit = window()
    page = visit.page
    create(page, console)
    page.evaluate("window.sameDocument = true")
    page.locator(".op-items").get_by_text("in progress").wait_for()
    percent(page)
    console.processes.kill("plain")
    assert not console.processes.is_alive("plain")
    page.wait_for_timeout(1_700)  # a poll in which nobody carries anything
    assert page.locator(".op-items").get_by_text("in progress").is_visible()
    console.processes.start("plain")
    console.sandbox.speed(AT_ONCE)
    page.locator(".op-items").get_by_text("done", exact=True).wait_for()
    assert page.evaluate("window.sameDocument") is True, "nothing was loaded again"


def test_without_scripts_the_same_pages_tell_it_each_time_they_are_loaded(console, window):
    page = window(script=False).open(f"/images/act/copy/?image={console.image}")
    page.locator("#confirm").click()
    page.wait_for_url(re.compile(r"/operations/\d+/"))
    operation = page.url
    told = set()
    for _load in range(1000):
        if told >= {"in progress", "Copy"}:
            console.sandbox.speed(AT_ONCE)
        page.goto(operation)
        told.add(page.locator(".op-items tbody .badge").inner_text())
        if "done" in told:
            break
        page.goto(f"{console.url}/images/?q=id:{console.image_id}")
        under_way = page.locator(f"#row-{console.image} .row-now")
        told |= {text.split(":")[0] for text in under_way.all_inner_texts()}
        page.wait_for_timeout(100)
    assert told >= {"in progress", "done", "Copy"}, told
