"""A small IAM and image service: projects and catalogue as a test wants them."""

from dataclasses import replace

import pytest

from images.clouds.services.connection import Connection
from images.clouds.services.discovery import ConnectionRefused, discover
from tests.ims.server import Asked, Reply, ScriptedServer

TOKEN = {"X-Subject-Token": "t" * 40}


class Iam:
    """A small IAM and image service: projects and catalogue as a test wants them."""

    def __init__(self, **wanted) -> None:
        self.projects = wanted.get("projects", [{"id": "a" * 32, "name": "demo"}])
        self.catalog = wanted.get("catalog")
        self.replies: dict[str, Reply] = wanted.get("replies", {})
        self.server = ScriptedServer(answer=self.answer)

    def __enter__(self) -> "Iam":
        self.server.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.__exit__(*failure)

    def connection(self, **changes: str) -> Connection:
        return replace(Connection(auth_url=f"{self.server.url}/v3", username="u", secret="s"), **changes)

    def answer(self, asked: Asked) -> Reply:
        if asked.path in self.replies:
            return self.replies[asked.path]
        if asked.path == "/v3/auth/tokens":
            token = {"expires_at": "2099-01-01T00:00:00.000000Z", "catalog": self._catalog()}
            return Reply(201, {"token": token}, TOKEN)
        if asked.path == "/v3/projects":
            return Reply(200, {"projects": self.projects})
        if asked.path in {"/v2/cloudimages", "/v2/images"}:
            return Reply(200, {"images": []})
        return Reply(404, {})

    def _catalog(self) -> list[dict]:
        if self.catalog is not None:
            return self.catalog
        return [{"type": "image", "name": "glance", "endpoints": [self.endpoint("RegionOne")]}]

    def endpoint(self, region: str, url: str = "") -> dict[str, str]:
        return {"interface": "public", "region": region, "region_id": region, "url": url or f"{self.server.url}/v2"}


def refusal(connection: Connection) -> ConnectionRefused:
    with pytest.raises(ConnectionRefused) as caught:
        discover(connection)
    return caught.value
