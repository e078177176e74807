"""Pictures of every page of a running console, for looking at: light and dark, on a laptop and on a phone.

    python -m tests.browser.screenshots http://127.0.0.1:8000 USER PASSWORD [--only detail]

They land in var/screens/. Needs no database and no Django: it sees what people see.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import launch

WIDTHS = (1440, 390)
BEFORE_SIGN_IN = {"login": "/accounts/login/", "password-reset": "/accounts/password/reset/"}
ALWAYS = {
    "home": "/",
    "list": "/images/",
    "list-filtered": "/images/?q=status%3Aactive%20tag%3Aenv",
    "list-problem": "/images/?q=status%3Aactive%20size%3A%3Emany%20nothing-has-this-name",
    "search-help": "/images/search-help/",
    "saved-views": "/images/views/",
    "saved-view-add": "/images/views/add/?query=q%3Dstatus%253Aactive",
    "password-change": "/accounts/password/change/",
    "audit": "/audit/",
    "components": "/components/",
    "not-found": "/nothing-here/",
}
_TABS = ("", "?tab=history", "?tab=lineage", "?tab=members", "?tab=use", "?tab=json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("user")
    parser.add_argument("password")
    parser.add_argument("--only", default="", help="names of pages that contain this")
    parser.add_argument("--to", type=Path, default=Path("var/screens"))
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for width in WIDTHS:
            for theme in ("light", "dark"):
                for name, page in _walk(browser, asked, width, theme):
                    target = asked.to / f"{name}-{width}-{theme}.png"
                    page.screenshot(path=target, full_page=True)
                    print(target)  # noqa: T201 # a tool for people at a terminal
        browser.close()


def _walk(browser: Browser, asked: argparse.Namespace, width: int, theme: str) -> Iterator[tuple[str, Page]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    for name, path in BEFORE_SIGN_IN.items():
        if asked.only in name:
            page.goto(asked.url + path)
            yield name, page
    _sign_in(page, asked)
    for name, path in (ALWAYS | _from_the_page(page, asked.url)).items():
        if asked.only in name:
            page.goto(asked.url + path)
            page.wait_for_load_state("networkidle")
            yield name, page
    context.close()


def _sign_in(page: Page, asked: argparse.Namespace) -> None:
    page.goto(asked.url + "/accounts/login/")
    page.locator("#id_login").fill(asked.user)
    page.locator("#id_password").fill(asked.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def _from_the_page(page: Page, url: str) -> dict[str, str]:
    """Pages whose address is known only to the running console: the navigation, and an image with all its tabs."""
    found = {}
    for link in page.locator("header nav a").all():
        path = link.get_attribute("href") or ""
        found[re.sub(r"\W+", "-", path).strip("-")] = path
    page.goto(url + "/images/")
    first = page.locator("th.name a").first
    if first.count():
        path = first.get_attribute("href") or ""
        for tab in _TABS:
            found[f"detail{tab.replace('?tab=', '-')}"] = path + tab
    return found


if __name__ == "__main__":
    main()
