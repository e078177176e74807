"""One browser and one server per worker, one window per test; each window ends with nothing to complain about."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import launch
from tests.browser.server import Server
from tests.browser.visits import Visit

#: A phone, and a common laptop.
NARROW, WIDE = 390, 1440


@pytest.fixture(scope="session")
def chromium(server: Server) -> Iterator[Browser]:
    # After the server, so that it closes before it: open connections would outlive the server as unclosed sockets
    # Playwright's loop runs in the test's own thread; Django would take every query beside it for a mistake
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def server(django_db_setup, django_db_blocker) -> Iterator[Server]:
    with django_db_blocker.unblock():
        running = Server()
    yield running
    running.stop()


def _between_requests(server: Server) -> Callable[..., object]:
    """What a test asks of the one connection waits until no request is using it: pages ask in the background."""

    def waiting(execute, sql, params, many, context):
        with server.lock:
            return execute(sql, params, many, context)

    return waiting


@pytest.fixture
def visit(chromium: Browser, server: Server, transactional_db) -> Iterator[Callable[..., Visit]]:
    """visit(user, width=…, dark=…, script=…) opens a window, signed in when a user is given."""
    opened: list[Visit] = []

    def start(user=None, *, width: int = WIDE, dark: bool = False, script: bool = True, zone: str = "UTC") -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            timezone_id=zone,
            reduced_motion="reduce",
        )
        context.set_default_timeout(30_000)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
            context.add_cookies([{**cookie, "url": server.url}])
        opened.append(Visit(context.new_page(), context, server.url))
        return opened[-1]

    with connection.execute_wrapper(_between_requests(server)):
        yield start
    troubles = []
    for one in opened:
        try:
            one.end()
        except AssertionError as error:
            troubles.append(str(error))
    with server.lock:  # the last request has ended before the tables are emptied
        pass
    assert not troubles, "\n".join(troubles)
