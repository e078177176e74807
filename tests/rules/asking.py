"""How tests ask the sandbox: images to ask about, and what it says."""

from typing import Any

from images.sandbox import cast
from tests.rules import edges
from tests.sandbox.conftest import Caller

PROJECT = cast.DEMO_PROJECTS[0]
V21 = {"Content-Type": "application/openstack-images-v2.1-json-patch"}


def new_image(caller: Caller, **changes: Any) -> str:
    """An ordinary image of the project, with the attributes that readings.py judges patches by."""
    changes = {"__support_kvm": "true", "__os_version": edges.CENTOS, "tags": []} | changes
    body = {"action": "create", "project": caller.project.id, "name": "n", "changes": changes}
    answer = caller("POST", "/_sandbox/images", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ids"][0])


def said(caller: Caller, method: str, path: str, body: Any) -> set[str]:
    """The code of a refusal as edges.py writes it, nothing for an effect."""
    native = V21 if method == "PATCH" and path.startswith("/v2/images/") else None
    given_ = {"params": body} if method == "GET" else {"json": body, "headers": native}
    answer = caller(method, path, **given_)
    if answer.status_code < 400:
        return set()
    assert answer.status_code in (400, 409), answer.text
    code = answer.json()["error"]["code"]
    return {"-" if code == "IMG.0001" else code}
