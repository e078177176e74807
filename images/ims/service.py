"""What every chapter of the client stands on: one service, as one project sees it."""

from dataclasses import dataclass
from typing import Any

from images.ims.answers import Answer
from images.ims.capabilities import Capabilities
from images.ims.transport import Call, Query, Transport, json_body


@dataclass(frozen=True, slots=True)
class Service:
    """An image service: how to reach it, what it offers, whose project we act in."""

    transport: Transport
    capabilities: Capabilities
    project_id: str
    region: str

    def get(self, operation: str, path: str, query: Query = ()) -> Answer:
        """GET, if the service offers the operation (its section in the reference)."""
        self.capabilities.require(operation)
        return self.transport.send(Call("GET", path, query=query, operation=self._named(operation)))

    def send_json(
        self,
        operation: str,
        method: str,
        path: str,
        body: Any,
        *,
        repeatable: bool | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """A call with a JSON body. `repeatable` None: as its method says (GET, PUT, DELETE yes; POST, PATCH no)."""
        self.capabilities.require(operation)
        content, headers = json_body(body, content_type)
        call = Call(
            method, path, body=content, headers=headers, repeatable=repeatable, operation=self._named(operation)
        )
        return self.transport.send(call)

    def send_empty(self, operation: str, method: str, path: str) -> Answer:
        """A call without body that changes something (DELETE, PUT of a tag)."""
        self.capabilities.require(operation)
        return self.transport.send(Call(method, path, operation=self._named(operation)))

    def _named(self, operation: str) -> str:
        """Of an IMS; a Glance is no matter of IAM actions (permissions.py)."""
        return operation if self.capabilities.extension else ""
