"""A browser without a screen: pages, forms and polls of one person, with a session, patience and figures."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from tests.pages import Form, Page, form_of, forms_of

#: Seconds within which a web process that was killed must answer again.
BACK_WITHIN = 60.0
#: Seconds that an answer may take before the browser gives up; that would be a breach.
_PATIENCE = 60.0
#: What a browser shows without further ado, when the page that was asked for is gone meanwhile.
_GONE = 404
#: The field in which somebody proves once more who they are.
_PROOF = "confirm-password"


class Surprise(Exception):
    """An answer that somebody who did nothing wrong should not get."""


class LineBroke(Exception):
    """Nobody answers, and no kill explains it; it is written down already."""


class SignedOut(Exception):
    """The session is over; whoever it was signs in again."""


@dataclass
class Outages:
    """When something of the console was killed (monotonic seconds), so that errors can be explained by it."""

    killed: list[tuple[float, str]] = field(default_factory=list)

    def note(self, name: str) -> None:
        self.killed.append((time.monotonic(), name))

    def explains(self, at: float, *names: str) -> bool:
        """Whether one of these was killed shortly before, or in the moment of, `at`."""
        return any(moment - 1 <= at <= moment + BACK_WITHIN for moment, name in self.killed if name in names)


@dataclass
class Figures:
    """What all people saw together."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    longest_outage: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, seconds: float, status: int, what: str) -> None:
        with self.lock:
            self.seconds.append(seconds)
            self.statuses[status] += 1
            self.slowest = sorted([*self.slowest, (seconds, what)], reverse=True)[:5]

    def breach(self, text: str) -> None:
        with self.lock:
            self.breaches.append(text)

    def count(self, what: str) -> None:
        with self.lock:
            self.done[what] += 1


class Browser:
    """One person's. `lost`: the answer to the last form was lost and it was sent again."""

    def __init__(self, url: str, who: str, figures: Figures, outages: Outages) -> None:
        self.url = url
        self.who = who
        self.figures = figures
        self._outages = outages
        self._session = _session()
        self._password = ""
        self.here = "/"
        self.lost = False

    def sign_in(self, user: str, password: str) -> None:
        self._session = _session()
        self._password = password
        page = self.get("/accounts/login/")
        form = form_of(page.text, "/accounts/login/", self.here)
        answer = self.send(form, form.filled(login=user, password=password))
        if urlsplit(answer.url).path.startswith("/accounts/login"):
            raise Surprise(f"{self.who} could not sign in: {answer.status_code}")

    def sign_out(self) -> None:
        page = self.get("/")
        try:
            self.send(form_of(page.text, "/accounts/logout/"))
        except SignedOut:
            return
        raise Surprise(f"{self.who} signed out, and is still in")

    def get(self, path: str, *, gone: bool = False, **headers: str) -> requests.Response:
        """`gone`: 404 is an answer, too, for what others may have deleted meanwhile."""
        answer = self._ask("GET", path, headers=headers)
        allowed = {200, 204, 286} | ({_GONE} if gone else set())
        return self._looked_at(answer, allowed)

    def poll(self, path: str, **more: str) -> requests.Response:
        """As htmx asks in the background."""
        told = {"HX-Request": "true", "HX-Current-URL": f"{self.url}{self.here}", "Console-Background": "1"}
        answer = self._ask("GET", path, headers=told | more)
        return self._looked_at(answer, {200, 204, 286, _GONE})

    def send(
        self,
        form: Form,
        data: list[tuple[str, str]] | None = None,
        *,
        allowed: tuple[int, ...] = (),
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> requests.Response:
        """Sends a form as it stands, or with this in it; again when the answer was lost, as people do."""
        pairs = form.pairs if data is None else data
        if form.method == "get":
            query = "&".join(f"{requests.utils.quote(n)}={requests.utils.quote(v)}" for n, v in pairs)
            return self.get(f"{form.action.split('?')[0]}?{query}")
        told = {"Referer": f"{self.url}{self.here}", "Origin": self.url}
        answer = self._ask("POST", form.action, data=pairs, files=files, headers=told)
        return self._looked_at(answer, {200, *allowed})

    def bare(self, method: str, path: str, **more: object) -> requests.Response:
        """What a script of ours sends; the caller looks at the status."""
        return self._ask(method, path, **more)

    def page(self, path: str) -> Page:
        return Page(self.get(path).text, self.here)

    # --- one request --------------------------------------------------------------------------------------------------
    def _looked_at(self, answer: requests.Response, allowed: set[int]) -> requests.Response:
        path = urlsplit(answer.url).path
        if path.startswith("/accounts/login") and answer.request.method == "GET" and answer.history:
            raise SignedOut
        if answer.status_code == 403 and "confirm-card" in answer.text:
            # the console wants the password once more, and has kept what was typed
            [form] = [one for one in forms_of(answer.text, path) if any(it.name == _PROOF for it in one.controls)]
            proof = form.filled(**{_PROOF: self._password})
            again = self._ask("POST", form.action, data=proof, headers={"Origin": self.url})
            return self._looked_at(again, allowed)
        if answer.status_code not in allowed and answer.status_code < 500:
            what = f"{answer.request.method} {urlsplit(answer.url).path}"
            raise Surprise(f"{self.who}: {what} answered {answer.status_code}: {_words(answer)}")
        if answer.status_code < 300 and "text/html" in answer.headers.get("Content-Type", ""):
            self.here = path
        return answer

    def _ask(self, method: str, path: str, **more: object) -> requests.Response:
        """Until there is an answer. A line that breaks is a breach unless the web process was killed."""
        address = path if path.startswith("http") else f"{self.url}{path}"
        self.lost = False
        first_failure = 0.0
        while True:
            began = time.monotonic()
            try:
                answer = self._session.request(method, address, timeout=_PATIENCE, **more)  # type: ignore[arg-type]
            except requests.RequestException as error:
                now = time.monotonic()
                first_failure = first_failure or now
                self._broken(f"{self.who}: {method} {path}: {error}", now, first_failure)
                self.lost = True
                time.sleep(0.5)
                continue
            if first_failure:
                with self.figures.lock:
                    self.figures.longest_outage = max(self.figures.longest_outage, time.monotonic() - first_failure)
            self._judge(answer, began, f"{method} {path}")
            return answer

    def _broken(self, text: str, now: float, first_failure: float) -> None:
        with self.figures.lock:
            self.figures.broken += 1
        if not self._outages.explains(first_failure, "web") or now - first_failure > BACK_WITHIN:
            self.figures.breach(text[:200])
            raise LineBroke

    def _judge(self, answer: requests.Response, began: float, what: str) -> None:
        seconds = sum((one.elapsed.total_seconds() for one in answer.history), answer.elapsed.total_seconds())
        self.figures.answer(seconds, answer.status_code, what)
        if answer.status_code < 500:
            return
        now = time.monotonic()
        # what asks the image service itself has nothing else to say while that is away
        if answer.status_code in (502, 503, 504) and self._outages.explains(now, "sandbox"):
            return
        self.figures.breach(f"{self.who}: {what} answered {answer.status_code} {answer.headers.get('X-Request-Id')}")


def _session() -> requests.Session:
    """Each request on a line of its own: one that is kept may be closed in the moment in which it is used again, which
    browsers mend without a word, and which would look here like a line that broke."""
    session = requests.Session()
    session.headers["Connection"] = "close"
    return session


def _words(answer: requests.Response) -> str:
    """What the page says of errors, in short."""
    text = answer.text
    for mark in ('class="errorlist', "field-error", "notice-title", "<h1"):
        at = text.find(mark)
        if at >= 0:
            return " ".join(text[at : at + 300].split())
    return text[:200]
