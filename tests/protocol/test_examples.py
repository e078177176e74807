"""Every example request of the reference works as printed, and its answer has the printed shape.

`tests/sandbox/test_examples.py` looks at what the requests do; here each is sent to a fresh sandbox for its own sake.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from images.sandbox import Sandbox, cast, routes
from tests.protocol.examples import Example, differences, examples
from tests.protocol.ledger import Ledger
from tests.sandbox.conftest import Caller

OWNER, BUILD = cast.DEMO_PROJECTS[:2]
PARTNER = cast.FOREIGN_PROJECTS[0]
SHARED = "d164b5df-1bc3-4c3f-893e-3e471fd16e64"

#: The recipient's calls, and the one about a job of another project.
CALLERS = {"5.3.3": PARTNER, "6.4.2": PARTNER, "5.6.1": BUILD}

#: What the reference prints otherwise than it says in its text, and how we read it.
READINGS: dict[str, Callable[[Example], Example]] = {
    # The text says 204 for the soft delete; the example line says 200.
    "6.1.7 Delete an image (v1.1)": lambda printed: replace(printed, status=204),
    # The image in the answer has the tag key7=value7, which the printed request excludes.
    "5.2.3 Filter images by tags": lambda printed: replace(
        printed, request=printed.request | {"not_tags_any": [{"key": "key7", "values": ["value77"]}]}
    ),
    # User, password and project are blanked out in print.
    "3.1 Obtain a user token": lambda printed: replace(printed, request=_sign_in()),
    # One image is asked for; the attributes that are printed are spread over several of ours.
    "5.1.1 Query public images": lambda printed: replace(printed, path=printed.path.replace("&limit=1", "")),
}


def _sign_in() -> dict:
    user = cast.USERS[0]
    known = {"name": user.name, "password": user.password, "domain": {"name": cast.DEMO.name}}
    identity = {"methods": ["password"], "password": {"user": known}}
    return {"auth": {"identity": identity, "scope": {"project": {"name": OWNER.name}}}}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Sandbox]:
    ledger = Ledger(Sandbox(tmp_path / "state.sqlite3", images=60, speed=10_000))
    with ledger.sandbox as running:
        yield running
    assert ledger.invented_answers() == []


def prepare(example: Example, owner: Caller) -> None:
    """What must have happened before: the image is shared, the tag is there."""
    if example.section in ("6.4.2", "6.4.3", "6.4.4", "6.4.5"):
        answer = owner("POST", f"/v2/images/{SHARED}/members", json={"member": PARTNER.id})
        assert answer.status_code == 200, answer.text
    if example.section == "5.3.3":
        for image in example.request["images"]:
            answer = owner("POST", f"/v2/images/{image}/members", json={"member": PARTNER.id})
            assert answer.status_code in (200, 409), answer.text
    if example.section == "6.2.2":
        assert owner("PUT", example.path).status_code == 204


def send(example: Example, caller: Caller) -> requests.Response:
    headers = {"Content-Type": example.content_type} if example.content_type else {}
    # The file of 6.1.4 is not printed.
    body = {"data": b"a file"} if example.section == "6.1.4" else {"json": example.request}
    return caller(example.method, example.path.replace("{project_id}", OWNER.id), headers=headers, **body)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_as_printed(fresh, example):
    example = READINGS.get(example.title, lambda printed: printed)(example)
    owner, caller = Caller(fresh, OWNER), Caller(fresh, CALLERS.get(example.section, OWNER))
    try:
        prepare(example, owner)
        answer = send(example, caller)
    finally:
        owner.session.close()
        caller.session.close()
    assert answer.status_code == example.status, answer.text
    if example.response is not None:
        assert differences(example.response, answer.json()) == []
    elif example.status == 204:
        assert answer.content == b""


def test_each_operation_has_an_example():
    printed = {example.section for example in examples()}
    sections = {route.section for route in routes.ROUTES if route.section[0].isdigit()}
    assert printed >= sections


def test_a_reading_belongs_to_an_example():
    assert READINGS.keys() <= {example.title for example in examples()}


@pytest.mark.parametrize(
    ("printed", "given", "words"),
    [
        ({"a": 1}, {}, ["answer.a is missing"]),
        ({"a": 1}, {"a": "1"}, ["answer.a is str, printed as int"]),
        ({"a": [{"b": 1}]}, {"a": []}, ["answer.a is empty"]),
        ({"a": [{"b": 1}]}, {"a": [{}, {"b": None}]}, []),
        ({"a": None}, {"a": 1, "more": 2}, []),
        ({"type": "string"}, {"type": ["null"]}, []),
    ],
)
def test_the_comparison(printed, given, words):
    assert differences(printed, given) == words
