"""Several people at work: each a thread with a browser, habits by role, and a pause between two things."""

import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, urlsplit

from tests.pages import Form, form_of
from tests.soak.browsing import Browser, Figures, LineBroke, Outages, SignedOut, Surprise
from tests.soak.ledger import Ledger

Habit = tuple[int, Callable[[], None]]
_SEARCHES = (
    "ubuntu", "os:ubuntu", "status:active", "tag:soak", "name:soak*", "-os:windows", "size:>1GB", "centos",
    "visibility:private", "protected:true", "created:<30d", "team", "os:debian status:active", "nothing-is-called-so",
)  # fmt: skip
_SORTS = ("name", "-name", "created", "-created", "size", "-size", "status")
_READ_BY_ALL = (
    "/", "/images/", "/operations/", "/tags/", "/tags/policy/", "/quotas/", "/reports/", "/notices/", "/sharing/",
    "/sharing/in/", "/sharing/partners/", "/consents/", "/audit/", "/clouds/", "/me/", "/images/views/", "/components/",
    "/images/search-help/", "/webhooks/", "/notices/preferences/", "/images/by-tag/",
)  # fmt: skip
_FRAGMENTS = (
    "/images/facet/status/", "/images/complete/?text=os:u", "/operations/now/", "/operations/tray/", "/notices/bell/",
    "/images/tag-words/", "/dashboard/approvals/", "/clouds/sync/state/",
)  # fmt: skip
_FILES = (
    "/images/export/csv/?q=soak",
    "/tags/csv/download/?image={image}",
    "/quotas/csv/",
    "/reports/csv/",
    "/sharing/csv/",
)
_LIVE = re.compile(r'id="op-live"[^>]*?hx-get="([^"]+)"')


@dataclass(frozen=True)
class Stage:
    """What all people share. `end`: monotonic seconds at which they go home. `pace`: seconds between two things that
    somebody does, about."""

    url: str
    passwords: dict[str, str]
    figures: Figures
    outages: Outages
    ledger: Ledger
    end: float
    pace: float


class Person(threading.Thread):
    """Looks on. Those with more rights do more: see `habits`."""

    def __init__(self, stage: Stage, user: str, seed: int, place: str = "") -> None:
        self.who = f"{user}{place}"
        super().__init__(name=self.who, daemon=True)
        self.stage = stage
        self.user = user
        self.rng = random.Random(f"{seed}-{self.who}")
        self.browser = Browser(stage.url, self.who, stage.figures, stage.outages)
        #: Set when there is nothing left to work with.
        self.go_home = threading.Event()

    def habits(self) -> list[Habit]:
        return [
            (8, self.search), (6, self.look_at_one), (5, self.read), (4, self.glance), (2, self.walk_pages),
            (1, self.download), (1, self.save_a_view), (1, self.come_and_go), (1, self.change_theme),
        ]  # fmt: skip

    def run(self) -> None:
        """Until it is time to go home. What goes wrong here is told, and never ends the thread without a word."""
        habits = self.habits()
        signed_in = False
        while time.monotonic() < self.stage.end and not self.go_home.is_set():
            name = "sign_in"
            try:
                if not signed_in:
                    self.sign_in()
                    signed_in = True
                habit = self.rng.choices([one for _weight, one in habits], [weight for weight, _one in habits])[0]
                name = habit.__name__
                habit()
                self.stage.figures.count(name)
            except SignedOut:
                signed_in = False
            except LineBroke:
                pass
            except Surprise as surprise:
                self.stage.figures.breach(f"{name}: {surprise}")
            except Exception as error:  # noqa: BLE001 - told with all it says; the soak fails by it
                self.stage.figures.breach(f"{self.who} {name} at {self.browser.here}: {type(error).__name__}: {error}")
            self.pause()

    def pause(self, factor: float = 1.0) -> None:
        """Short ones often, long ones now and then, as with people; never beyond the end."""
        seconds = min(self.rng.expovariate(1 / (self.stage.pace * factor)), 5 * self.stage.pace)
        self.go_home.wait(max(0.0, min(seconds, self.stage.end - time.monotonic())))

    # --- what everybody does ------------------------------------------------------------------------------------------
    def sign_in(self) -> None:
        self.browser.sign_in(self.user, self.stage.passwords[self.user])

    def come_and_go(self) -> None:
        self.browser.sign_out()
        self.pause(0.5)
        self.sign_in()

    def search(self) -> None:
        query, sort = quote(self.rng.choice(_SEARCHES)), self.rng.choice(_SORTS)
        self.browser.get(f"/images/?q={query}&sort={sort}")
        if self.rng.random() < 0.5:
            self.browser.poll(f"/images/?q={query}", **{"HX-Target": "results"})

    def look_at_one(self) -> None:
        pk = self.rng.choice(self._numbers("/images/?size=100") or [1])
        self.browser.get(f"/images/{pk}/", gone=True)
        for _look in range(self.rng.randint(0, 3)):
            self.browser.poll(f"/images/{pk}/now/")
            self.pause(0.2)

    def read(self) -> None:
        self.browser.get(self.rng.choice(_READ_BY_ALL))

    def glance(self) -> None:
        self.browser.poll(self.rng.choice(_FRAGMENTS))

    def walk_pages(self) -> None:
        page = self.browser.page("/images/")
        onwards = [link for link in page.links if "after=" in link or "page=" in link]
        if onwards:
            self.browser.get(f"/images/{onwards[0]}" if onwards[0].startswith("?") else onwards[0])

    def download(self) -> None:
        numbers = self._numbers("/images/?q=soak")
        path = self.rng.choice(_FILES)
        if "{image}" in path and not numbers:
            return
        self.browser.get(path.format(image=numbers[0] if numbers else 0))

    def save_a_view(self) -> None:
        page = self.browser.get("/images/views/add/?q=soak")
        form = form_of(page.text, "/images/views/add/", "/images/views/add/")
        self.browser.send(form, form.filled(name=f"{self.who} {self.rng.randrange(10**9)}"))
        gone = [one for one in self.browser.page("/images/views/").links if one.endswith("/delete/")]
        if gone:
            ask = self.browser.get(gone[0], gone=True)
            if ask.status_code == 200:
                self.browser.send(form_of(ask.text, gone[0], gone[0]), allowed=(404,))

    def change_theme(self) -> None:
        form = form_of(self.browser.get("/").text, "/preferences/theme/")
        self.browser.send(form, [*form.pairs, ("theme", self.rng.choice(["light", "dark", ""]))])

    # --- means --------------------------------------------------------------------------------------------------------
    def _numbers(self, path: str) -> list[int]:
        """Images of a page of the list."""
        text = self.browser.get(path).text
        return sorted({int(one) for one in re.findall(r'href="/images/(\d+)/', text)})

    def follow(self, page: str, polls: int) -> bool:
        """Live progress, as the page of an operation asks for it; whoever has seen enough goes on. Whether it ended."""
        for _poll in range(polls):
            found = _LIVE.search(page)
            if found is None:
                return 'id="op-live"' in page
            self.pause(0.3)
            answer = self.browser.poll(unescape(found[1]))
            if answer.status_code == 286 or time.monotonic() > self.stage.end:
                return answer.status_code == 286
            page = answer.text or page
        return False

    def send(self, form: Form, data: Sequence[tuple[str, str]]) -> tuple[str, int, str, bool]:
        """Sends a form that becomes an operation: its key, its number (0 when the answer does not say), the page, and
        whether it is in doubt."""
        key = dict(data).get("key", "")
        answer = self.browser.send(form, list(data), allowed=(409, 422))
        path = urlsplit(answer.url).path
        number = re.fullmatch(r"/operations/(\d+)/", path)
        if answer.status_code in (409, 422):
            if self.browser.lost:
                return key, 0, answer.text, True
            raise Surprise(f"{self.who}: {form.action} answered {answer.status_code}: {_told(answer.text)}")
        return key, int(number[1]) if number else 0, answer.text, False


def _told(page: str) -> str:
    texts = re.findall(r"(?:field-error|notice-title|error-summary|act-reason)[^>]*>(.{0,400})", page, re.DOTALL)
    return " | ".join(" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in texts[:4]) or page[:200]
