"""What a sandbox has really served, and to whom: the word of the server, not that of the client's test."""

import re
import threading
from collections.abc import Callable
from typing import Any

from images.sandbox import Sandbox, routes
from images.sandbox.errors import RefusedError
from images.sandbox.wire import Request, Response

Test = Callable[..., Any]


class Ledger:
    """Sections of the reference (as ``Route.section`` has them) that a sandbox answered with success, by User-Agent."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._served: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._respond = sandbox.respond
        sandbox.server.application = self._write_down

    def clear(self) -> None:
        """Forget what was served so far."""
        with self._lock:
            self._served.clear()

    def sections(self, agent: str) -> set[str]:
        """What was served to callers whose User-Agent matches a regular expression."""
        with self._lock:
            return {section for section, caller in self._served if re.search(agent, caller)}

    def _write_down(self, request: Request) -> Response:
        response = self._respond(request)
        # 300 is the success of the two calls about versions (6.5).
        if response.status <= 300:
            try:
                section = routes.find(request.method, request.path)[0].section
            except RefusedError:  # the administration of the sandbox is no part of IMS
                return response
            with self._lock:
                self._served.add((section, request.headers.get("user-agent", "")))
        return response


def covers(*sections: str) -> Callable[[Test], Test]:
    """Says which operations a test exercises through its client; the ledger is asked afterwards whether that is so."""

    def mark(test: Test) -> Test:
        test.covers = sections  # type: ignore[attr-defined]
        return test

    return mark
