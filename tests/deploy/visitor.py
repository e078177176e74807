"""Somebody who is signed in and goes on reading through nginx, while processes behind it die."""

import re
import threading
import time
from dataclasses import dataclass, field

import urllib3

from tests.deploy.proxy import NAME, Proxy

PAGES = ("/", "/images/", "/operations/", "/images/?q=type:private", "/readyz")


@dataclass
class Visitor:
    """Reads a page a moment. `answers` holds status, page and time.monotonic() of when it was asked for."""

    proxy: Proxy
    username: str
    password: str
    answers: list[tuple[int, str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pool = urllib3.HTTPSConnectionPool(
            "127.0.0.1", self.proxy.https_port, server_hostname=NAME, assert_hostname=NAME,
            ca_certs=str(self.proxy.bundle), retries=False, timeout=120,
        )  # fmt: skip
        self._cookies: dict[str, str] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Visitor":
        self._sign_in()
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._end.set()
        self._thread.join(150)

    def ask(self, method: str, path: str, body: str | None = None) -> urllib3.BaseHTTPResponse:
        """As a browser does: with cookies, a Host of the name and the port, and an origin for forms."""
        headers = {
            "Host": f"{NAME}:{self.proxy.https_port}",
            "Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items()),
        }
        if body is not None:
            headers |= {"Origin": self.proxy.url, "Referer": self.proxy.url + path}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self._pool.request(method, path, body=body, headers=headers, redirect=False)
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def _sign_in(self) -> None:
        page = "/accounts/login/"
        [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.ask("GET", page).data.decode()))
        answer = self.ask("POST", page, f"csrfmiddlewaretoken={token}&login={self.username}&password={self.password}")
        assert answer.status == 302, f"sign-in through nginx: {answer.status} {answer.data[:500]!r}"

    def _read(self) -> None:
        number = 0
        while not self._end.wait(0.2):
            page = PAGES[number % len(PAGES)]
            number += 1
            asked = time.monotonic()
            try:
                status = self.ask("GET", page).status
            except urllib3.exceptions.HTTPError as error:
                self.answers.append((0, f"{page}: {error}", asked))
            else:
                self.answers.append((status, page, asked))

    def complaints(self, excused: list[tuple[float, float]]) -> list[str]:
        """What was no 200, but for these times."""
        return [
            f"{page}: {status}"
            for status, page, asked in self.answers
            if status != 200 and not any(start <= asked <= end for start, end in excused)
        ]
