"""A sandbox in a thread, and people who call it with plain requests: never with our own client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from images.sandbox import Sandbox, cast


class Caller:
    """Somebody with a token for one project."""

    def __init__(self, sandbox: Sandbox, project: cast.Project) -> None:
        self.base_url = sandbox.base_url
        self.project = project
        user = next(user for user in cast.USERS if user.domain_id == project.domain_id)
        domain = cast.domain_by_id(project.domain_id)
        assert domain is not None
        identity = {
            "methods": ["password"],
            "password": {"user": {"name": user.name, "password": user.password, "domain": {"name": domain.name}}},
        }
        self.session = requests.Session()
        body = {"auth": {"identity": identity, "scope": {"project": {"id": project.id}}}}
        answer = self.session.post(f"{self.base_url}/v3/auth/tokens", json=body, timeout=30)
        assert answer.status_code == 201, answer.text
        self.token = answer.headers["X-Subject-Token"]
        self.session.headers["X-Auth-Token"] = self.token

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, timeout=30, **options)

    def get(self, path: str, **parameters: Any) -> Any:
        """The decoded answer of a GET that must succeed."""
        answer = self("GET", path, params=parameters)
        assert answer.status_code in (200, 300), answer.text
        return answer.json()

    def images(self, path: str = "/v2/cloudimages", **parameters: Any) -> list[dict[str, Any]]:
        """The images of one page."""
        return list(self.get(path, **parameters)["images"])

    def refused(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self(method, path, **options)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """For tests that only read."""
    with Sandbox(tmp_path_factory.mktemp("sandbox") / "state.sqlite3", images=700, seed=3) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def reader(shared_sandbox: Sandbox) -> Iterator[Caller]:
    caller = Caller(shared_sandbox, cast.DEMO_PROJECTS[0])
    yield caller
    caller.session.close()


@pytest.fixture(scope="module")
def foreign_reader(shared_sandbox: Sandbox) -> Iterator[Caller]:
    caller = Caller(shared_sandbox, cast.FOREIGN_PROJECTS[0])
    yield caller
    caller.session.close()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """For tests that change something; jobs take next to no time."""
    with Sandbox(tmp_path / "state.sqlite3", images=60, speed=10_000) as sandbox:
        yield sandbox


@pytest.fixture
def owner(sandbox: Sandbox) -> Iterator[Caller]:
    caller = Caller(sandbox, cast.DEMO_PROJECTS[0])
    yield caller
    caller.session.close()


@pytest.fixture
def partner(sandbox: Sandbox) -> Iterator[Caller]:
    caller = Caller(sandbox, cast.FOREIGN_PROJECTS[0])
    yield caller
    caller.session.close()
