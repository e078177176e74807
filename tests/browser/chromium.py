"""The browser of the tests: the system's Chromium, headless, kept from calling home."""

import shutil

from playwright.sync_api import Browser, BrowserType

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--no-sandbox",  # the suite also runs as root, in containers, on our own pages
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class NoChromium(Exception):
    """There is no Chromium on this machine."""


def launch(kind: BrowserType, ignore_default_args: list[str] | None = None) -> Browser:
    """Raises NoChromium, with the words what to install."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise NoChromium("The browser tests need Chromium: sudo apt-get install chromium")
    return kind.launch(executable_path=found, args=_FLAGS, ignore_default_args=ignore_default_args)
