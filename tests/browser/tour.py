"""A tour of a running console: every page that links lead to, on a laptop and on a phone.

    python -m tests.browser.tour http://127.0.0.1:8000 USER PASSWORD [--most 120]

Says what a reader must never meet: errors in the browser's console, requests to another host, layout that jumps, pages
wider than a phone, answers of 500. One page of each kind is opened (numbers and IDs in an address are one kind). Exit
status 1 when there was anything. Needs no database and no Django.
"""

# ruff: noqa: T201 - a tool for people at a terminal
import argparse
import re
import sys
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import launch
from tests.browser.visits import STEADY, Visit

WIDTHS = ((1440, "light"), (390, "dark"))
_HERE = "() => [...document.querySelectorAll('main a[href], header a[href]')].map((one) => one.href)"
_NUMBERS = re.compile(r"\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")
#: They end the session, or are files and no pages.
_LEFT_OUT = re.compile(r"/logout/|/csv/(?:$|\?)|/export/|/csv/download|\?.*format=|/print|\.csv|\.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("user")
    parser.add_argument("password")
    parser.add_argument("--most", type=int, default=150, help="pages at each width")
    asked = parser.parse_args()
    found = 0
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for width, theme in WIDTHS:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
            window = Visit(context.new_page(), context, asked.url)
            _sign_in(window, asked.user, asked.password)
            found += _walk(window, width, asked.most)
            context.close()
        browser.close()
    print(f"{found} findings")
    return 1 if found else 0


def _sign_in(window: Visit, user: str, password: str) -> None:
    page = window.open("/accounts/login/")
    page.get_by_label("Username").or_(page.locator("#id_login")).first.fill(user)
    page.locator("#id_password").fill(password)
    page.locator("main form button").first.click()
    page.wait_for_load_state()


def _walk(window: Visit, width: int, most: int) -> int:
    waiting, seen, found, opened = ["/"], {"/"}, 0, 0
    while waiting and opened < most:
        path = waiting.pop(0)
        opened += 1
        for trouble in _look(window, path, width):
            found += 1
            print(f"{width} {path}: {trouble}")
        for link in window.page.evaluate(_HERE):
            parts = urlsplit(link)
            kind = _kind(parts.path, parts.query)
            if link.startswith(window.url) and kind not in seen and not _LEFT_OUT.search(link):
                seen.add(kind)
                waiting.append(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    print(f"{width}: {opened} pages opened, {len(waiting)} left")
    return found


def _look(window: Visit, path: str, width: int) -> list[str]:
    window.troubles.clear()
    try:
        answer = window.page.goto(window.url + path)
        window.settle()
    except Exception as error:  # noqa: BLE001 - a page that cannot be opened is a finding, and the tour goes on
        return [f"{type(error).__name__}: {error}"]
    troubles = list(window.troubles)
    if answer is not None and answer.status >= 500:
        troubles.append(f"answered {answer.status}")
    if (shift := window.shift()) > STEADY:
        troubles.append(f"jumps by {shift:.3f}")
    if width < 500 and (wide := window.overflow()):
        troubles.append(f"wider than the window: {wide}")
    return troubles + _headings(window.page)


def _headings(page: Page) -> list[str]:
    count = page.get_by_role("heading", level=1).count()
    return [] if count == 1 else [f"{count} headings of level 1"]


def _kind(path: str, query: str) -> str:
    names = sorted({pair.partition("=")[0] for pair in query.split("&")} - {""})
    tab = re.search(r"tab=\w+", query)
    return f"{_NUMBERS.sub('#', path)} {','.join(names)} {tab[0] if tab else ''}"


if __name__ == "__main__":
    sys.exit(main())
