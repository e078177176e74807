"""A browser window in a test: opens pages, waits for htmx, and keeps what a reader must never meet."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

_axe = Axe()
#: WCAG 2.2 AA and below, and axe's best practices.
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: What htmx says of a request that ends because the page is left: whether one is under way at that moment depends on
#: how quick the machine is. A request that fails says htmx:sendError, htmx:timeout or htmx:responseError.
_LEFT = ("htmx:sendAbort", "htmx:afterRequest")
#: Nothing of htmx under way: neither a request, nor an answer on its way into the page.
_SETTLED = "!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')"


#: Chromium hands over what it has noted since the page began.
SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(sum), 50);
})"""
#: More than this is felt as a jump.
STEADY = 0.05


@dataclass
class Visit:
    """One tab. `troubles` fills up with console errors, exceptions and requests to other hosts; it must stay empty.

    `expected` holds texts of console errors that a test provokes on purpose.
    """

    page: Page
    context: BrowserContext
    url: str
    troubles: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"exception: {error}"))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in (*_LEFT, *self.expected)):
            self.troubles.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" != self.url:
            self.troubles.append(f"request to another host: {request.url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def slow_network(self) -> None:
        """From now on 200 kB a second and 30 ms each way: a page arrives in pieces, and could be drawn in pieces."""
        tools = self.context.new_cdp_session(self.page)
        tools.send("Network.enable")
        slow = {"offline": False, "latency": 30, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
        tools.send("Network.emulateNetworkConditions", slow)

    def settle(self) -> None:
        """Waits until htmx has nothing under way."""
        self.until(_SETTLED)

    def until(self, condition: str) -> None:
        """Waits until a JavaScript expression holds. Asked from outside: our CSP forbids Playwright's own waiting."""
        deadline = time.monotonic() + 30
        while not self.page.evaluate(condition):
            if time.monotonic() > deadline:
                raise AssertionError(f"never came true: {condition}")
            self.page.wait_for_timeout(25)

    def during(self, act: Callable[[], object], *, url_has: str = "") -> None:
        """Does something that sends a request, now or after htmx's delay; waits until its answer is on the page."""
        with self.page.expect_response(lambda answer: url_has in answer.url and "/static/" not in answer.url):
            act()
        self.settle()

    def violations(self, *only: str) -> list[str]:
        """What axe finds wrong with the page: "rule: element (why)". `only` names the rules to look at."""
        # only violations are described, which halves the time; there are no frames and nothing to preload
        quick = {"resultTypes": ["violations"], "iframes": False, "preload": False, "ancestry": False}
        found = _axe.run(self.page, options={**quick, "runOnly": list(only or _RULES)})
        return [
            f"{broken['id']}: {' '.join(map(str, node['target']))} ({' '.join(node['failureSummary'].split())})"
            for broken in found.response["violations"]
            for node in broken["nodes"]
        ]

    def overflow(self) -> list[str]:
        """Elements that make the page wider than its window (a box that scrolls by itself does not)."""
        return self.page.evaluate(
            """() => {
              const root = document.documentElement;
              if (root.scrollWidth <= root.clientWidth) return [];
              const wide = [...document.querySelectorAll("body *")].filter(
                (e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest(".table-box, pre, .tabs"));
              return wide.slice(0, 8).map((e) => `${e.tagName.toLowerCase()}#${e.id}.${e.className}`);
            }"""
        )

    def shift(self) -> float:
        """How much of the page has jumped since it was opened, without being asked to (Cumulative Layout Shift)."""
        return float(self.page.evaluate(SHIFT))

    def end(self) -> None:
        self.context.close()
        assert not self.troubles, "\n".join(self.troubles)
