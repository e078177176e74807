"""What a sandbox has really served, and to whom: the word of the server, not that of the client's test."""

import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from images.sandbox import Sandbox, routes
from images.sandbox.errors import RefusedError
from images.sandbox.wire import Request, Response
from tests.protocol import names

Test = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer: which operation, whose, how it ended, and the names in both."""

    section: str
    agent: str
    status: int
    asked: frozenset[str]
    answered: frozenset[str]


class Ledger:
    """Sections of the reference (as ``Route.section`` has them) that a sandbox answered with success, by User-Agent."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._exchanges: set[Exchange] = set()
        #: Names of attributes that callers have given to images: they come back.
        self._given: set[str] = set()
        self._lock = threading.Lock()
        self._respond = sandbox.respond
        sandbox.server.application = self._write_down

    def clear(self) -> None:
        """Forget what was served so far."""
        with self._lock:
            self._exchanges.clear()

    def sections(self, agent: str) -> set[str]:
        """What was served to callers whose User-Agent matches a regular expression, with success."""
        with self._lock:
            # 300 is the success of the two calls about versions (6.5).
            return {one.section for one in self._exchanges if one.status <= 300 and re.search(agent, one.agent)}

    def invented_answers(self) -> list[str]:
        """Names that the sandbox has answered and that stand nowhere (names.csv, names_beyond.csv)."""
        with self._lock:
            return _told(
                (one.section, names.unknown(one.answered - self._given, names.answered(one.section, one.status)))
                for one in self._exchanges
                if _is_of_ims(one.section)
            )

    def invented_requests(self, agent: str) -> list[str]:
        """Names that these callers have put into requests and that stand nowhere."""
        with self._lock:
            return _told(
                (one.section, names.unknown(one.asked, _askable(one.section)))
                for one in self._exchanges
                if _is_of_ims(one.section) and re.search(agent, one.agent)
            )

    def _write_down(self, request: Request) -> Response:
        document = _json(request.raw_document()) if "json" in request.headers.get("content-type", "") else None
        response = self._respond(request)
        try:
            section = routes.find(request.method, request.path)[0].section
        except RefusedError:  # the administration of the sandbox is no part of IMS
            return response
        answered = names.names_in(_json(response.body)) if "json" in response.content_type else set()
        asked = {name for name, _ in request.query} | names.names_in(document)
        agent = request.headers.get("user-agent", "")
        exchange = Exchange(section, agent, response.status, frozenset(asked), frozenset(answered))
        with self._lock:
            self._exchanges.add(exchange)
            self._given |= _attributes_given(section, document)
        return response


def _is_of_ims(section: str) -> bool:
    """IAM has calls beside the two that the reference prints; they have the names of Keystone."""
    return section[0].isdigit()


def _askable(section: str) -> frozenset[str]:
    may = names.known_in(section, "query", "body")
    # 6.1.6 takes any attribute, by its name
    return may | names.known("attribute") if section == "6.1.6" else may


def _attributes_given(section: str, document: Any) -> set[str]:
    """Attributes that a change (5.1.2, 6.1.3 in both forms) or metadata (6.1.6) names."""
    if section == "6.1.6" and isinstance(document, dict):
        return set(document)
    if section in {"5.1.2", "6.1.3"} and isinstance(document, list):
        paths = [value for step in document for name, value in step.items() if name != "value"]
        return {path[1:] for path in paths if isinstance(path, str) and path.startswith("/")}
    return set()


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _told(found: Iterable[tuple[str, list[str]]]) -> list[str]:
    return sorted({f"{section}: {', '.join(unknown)}" for section, unknown in found if unknown})


def covers(*sections: str) -> Callable[[Test], Test]:
    """Says which operations a test exercises through its client; the ledger is asked afterwards whether that is so."""

    def mark(test: Test) -> Test:
        test.covers = sections  # type: ignore[attr-defined]
        return test

    return mark
