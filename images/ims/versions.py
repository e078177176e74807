"""API versions (6.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from images.ims.answers import Answer
from images.ims.service import Service
from images.ims.transport import Call, path_of


@dataclass(frozen=True, slots=True)
class Version:
    """`id` such as v2.2; `status` CURRENT, SUPPORTED or DEPRECATED; `url` of that version, as the service gives it."""

    id: str
    status: str
    url: str


class Versions:
    """Which versions the service speaks; also the cheapest call to see whether it is there."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def list(self) -> Sequence[Version]:
        """All versions (GET /, 6.5.1; success is status 300)."""
        return _versions(self._ask("6.5.1", "/"))

    def get(self, version: str) -> Version:
        """One version, such as "v2.0" (GET /{api_version}, 6.5.2). Raises NotFound."""
        answer = self._ask("6.5.2", path_of(version))
        found = _versions(answer)
        if not found:
            raise answer.malformed("there is no version in it")
        return found[0]

    def _ask(self, operation: str, path: str) -> Answer:
        self._service.capabilities.require(operation)
        return self._service.transport.send(Call("GET", path, success=frozenset({300})))


def _versions(answer: Answer) -> list[Version]:
    entries = answer.read_object().get("versions")
    if not isinstance(entries, list):
        raise answer.malformed("there is no list of versions in it")
    return [_version(entry, answer) for entry in entries]


def _version(entry: Any, answer: Answer) -> Version:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str):
        raise answer.malformed("a version without id")
    links = entry.get("links")
    links = links if isinstance(links, list) else []
    url = next((link["href"] for link in links if isinstance(link, Mapping) and isinstance(link.get("href"), str)), "")
    return Version(id=entry["id"], status=str(entry.get("status", "")), url=url)
