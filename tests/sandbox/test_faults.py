"""Faults on demand, and the administration (no part of IMS)."""

import socket
import time

import pytest
import requests

from images.sandbox import cast

MAIN = cast.DEMO_PROJECTS[0].id
RENAME = [{"op": "replace", "path": "/name", "value": "renamed"}]
IMAGE = "d164b5df-1bc3-4c3f-893e-3e471fd16e64"


def fault(caller, **description):
    answer = caller("POST", "/_sandbox/faults", json=description)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_status_so_many_times(owner):
    fault(owner, kind="status", operation="5.1.1", status=503, times=2, skip=1)
    assert [owner("GET", "/v2/cloudimages").status_code for _ in range(4)] == [200, 503, 503, 200]
    fault(owner, kind="status", operation="5.1.1", status=500, body=False, times=1)
    answer = owner("GET", "/v2/cloudimages")
    assert (answer.status_code, answer.content) == (500, b"")
    fault(owner, kind="status", status=400, code="IMG.0015", times=1)
    assert owner.refused("GET", "/v2/images") == (400, "IMG.0015")
    assert owner.get("/_sandbox/faults") == {"faults": []}


def test_a_fault_for_some_pages_only(owner):
    fault(owner, kind="status", operation="6.1.1", match="marker=")
    page = owner.get("/v2/images", limit=2)
    assert owner("GET", page["next"]).status_code == 503
    assert owner("GET", "/v2/images").status_code == 200


def test_throttling(owner):
    fault(owner, kind="throttle", retry_after=7, times=1)
    answer = owner("GET", "/v2/images")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_html_and_garbage(owner):
    fault(owner, kind="html", status=200, times=1)
    answer = owner("GET", "/v2/images")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b"<html>" in answer.content
    fault(owner, kind="garbage", times=1)
    answer = owner("GET", "/v2/images")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_body_cut_in_the_middle(owner):
    fault(owner, kind="truncate", times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        owner("GET", "/v2/images")
    assert owner("GET", "/v2/images").status_code == 200


@pytest.mark.parametrize(("kind", "name"), [("reset_before", "centos7_5"), ("reset_after", "renamed")])
def test_a_connection_reset_before_or_after_the_effect(owner, kind, name):
    fault(owner, kind=kind, operation="5.1.2", times=1)
    with pytest.raises(requests.ConnectionError):
        owner("PATCH", f"/v2/cloudimages/{IMAGE}", json=RENAME)
    assert owner.get(f"/v2/images/{IMAGE}")["name"] == name


def test_latency(owner):
    owner("PUT", "/_sandbox/latency", json={"seconds": 0.2, "operation": "6.1.2"})
    begin = time.monotonic()
    owner.get(f"/v2/images/{IMAGE}")
    assert time.monotonic() - begin >= 0.2
    owner("PUT", "/_sandbox/latency", json={"seconds": 0, "operation": "6.1.2"})
    # one answer that comes sooner says that none is held back; a busy machine may keep some of them waiting
    assert any(_seconds(owner) < 0.2 for _try in range(50))


def _seconds(owner) -> float:
    begin = time.monotonic()
    owner.get(f"/v2/images/{IMAGE}")
    return time.monotonic() - begin


def test_tokens_revoked(owner):
    assert owner("POST", "/_sandbox/tokens", json={"action": "revoke"}).json()["revoked"] >= 1
    assert owner.refused("GET", "/v2/images") == (401, "IMG.0087")


def test_an_unauthorised_answer_without_revoking(owner):
    fault(owner, kind="unauthorised", times=1)
    assert [owner("GET", "/v2/images").status_code for _ in range(2)] == [401, 200]


@pytest.mark.parametrize(
    "description",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "status", "status": 99},
        {"kind": "latency", "seconds": -1},
        {"kind": "status", "surprise": 1},
        {"kind": "status", "code": "IMG.9999"},
        [],
    ],
)
def test_descriptions_that_make_no_sense(owner, description):
    assert owner.refused("POST", "/_sandbox/faults", json=description) == (400, "IMG.0001")


def test_faults_are_cleared(owner):
    fault(owner, kind="status")
    assert owner("GET", "/v2/images").status_code == 503
    assert owner("DELETE", "/_sandbox/faults").status_code == 204
    assert owner("GET", "/v2/images").status_code == 200


def test_changes_from_elsewhere(owner):
    body = {"action": "create", "project": "eu-west-0", "count": 2, "name": "made", "changes": {"tags": ["a=b"]}}
    first, second = owner("POST", "/_sandbox/images", json=body).json()["ids"]
    image = owner.get(f"/v2/images/{first}")
    assert (image["name"], image["tags"], image["owner"]) == ("made", ["a=b"], MAIN)
    changes = {"action": "patch", "id": first, "changes": {"__description": None, "name": "changed"}}
    assert owner("POST", "/_sandbox/images", json=changes).status_code == 200
    changed = owner.get(f"/v2/images/{first}")
    assert changed["name"] == "changed"
    assert "__description" not in changed
    assert changed["updated_at"] >= image["updated_at"]
    assert owner("POST", "/_sandbox/images", json={"action": "delete", "id": second}).status_code == 204
    assert owner.refused("GET", f"/v2/images/{second}") == (404, "IMG.0144")
    member = {"image_id": first, "project": cast.FOREIGN_PROJECTS[0].id, "status": "accepted"}
    assert owner("POST", "/_sandbox/members", json=member).status_code == 204
    assert owner.get(f"/v2/images/{first}")["visibility"] == "shared"
    assert owner("POST", "/_sandbox/members", json=member | {"status": None}).status_code == 204
    assert owner.get(f"/v2/images/{first}")["visibility"] == "private"
    public = {"action": "create", "region": "eu-west-0", "changes": {"name": "new public"}}
    (image_id,) = owner("POST", "/_sandbox/images", json=public).json()["ids"]
    assert image_id in {each["id"] for each in owner.images(__imagetype="gold", limit=1000)}


def test_the_dump_is_what_lists_say(owner):
    dump = owner.get("/_sandbox/images", project="eu-west-0")
    listed = owner.images(limit=1000)
    accepted = [entry["image"] for entry in dump["shared"] if entry["member_status"] == "accepted"]
    expected = [image for image in dump["images"] if image["status"] != "deleted"] + dump["public"] + accepted
    assert sorted(listed, key=lambda image: image["id"]) == sorted(expected, key=lambda image: image["id"])
    assert {entry["member_status"] for entry in dump["shared"]} == {"accepted", "pending", "rejected"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "images", {"action": "explode", "id": IMAGE}),
        ("POST", "images", {"action": "create", "project": "nowhere"}),
        ("POST", "images", {"action": "create", "project": "eu-west-0", "count": 0}),
        ("POST", "images", {"action": "patch", "id": IMAGE, "changes": {"created_at": "yesterday"}}),
        ("POST", "images", {"action": "patch", "id": IMAGE, "changes": {"id": "x"}}),
        ("POST", "images", {"action": "patch", "id": IMAGE, "changes": {"min_ram": "much"}}),
        ("POST", "images", {"action": "patch", "id": IMAGE, "changes": {"name": None}}),
        ("POST", "members", {"image_id": IMAGE, "project": MAIN, "status": "perhaps"}),
        ("POST", "tokens", {"action": "frame"}),
        ("PUT", "speed", {"speed": 0}),
        ("PUT", "quota", {"project": "eu-west-0", "quota": "many"}),
    ],
)
def test_administration_refuses_nonsense(owner, method, path, body):
    assert owner.refused(method, f"/_sandbox/{path}", json=body) == (400, "IMG.0001")


def test_counting_calls(owner):
    owner("DELETE", "/_sandbox/calls")
    owner.get("/v2/images")
    owner.get("/v2/images")
    owner.get("/v2/cloudimages")
    assert owner.get("/_sandbox/calls") == {"5.1.1": 1, "6.1.1": 2}
    assert owner.get("/_sandbox/state")["seed"] == 1
    assert owner.refused("GET", "/_sandbox/nothing") == (404, "IMG.0121")
    assert owner.refused("POST", "/_sandbox/calls") == (405, "IMG.0105")


def test_the_page_lists_what_is_there(owner):
    answer = owner("GET", "/_sandbox/")
    assert answer.headers["Content-Type"].startswith("text/html")
    for text in ("877a2cda-ba63-4e1e-b95f-e67e48b6129a", "ims-image:centos70.qcow2", "/v1/cloudimages/quota"):
        assert text in answer.text


def test_things_change(owner):
    server = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
    body = {"name": "n", "instance_id": server}
    facts = {"kind": "server", "id": server, "facts": {"status": "running"}}
    assert owner("PUT", "/_sandbox/things", json=facts).status_code == 204
    assert owner.refused("POST", "/v2/cloudimages/action", json=body) == (400, "IMG.0008")
    assert owner.get("/_sandbox/things", kind="server")[server]["status"] == "running"
    assert owner.refused("PUT", "/_sandbox/things", json={"kind": "planet"}) == (400, "IMG.0001")
    facts["facts"] = {"disk": "large"}
    assert owner.refused("PUT", "/_sandbox/things", json=facts) == (400, "IMG.0001")
    facts |= {"id": "new", "facts": {"project_id": MAIN}}
    assert owner("PUT", "/_sandbox/things", json=facts).status_code == 204
    assert owner("POST", "/v2/cloudimages/action", json=body | {"instance_id": "new"}).status_code == 200


# The wire


def exchange(sandbox, data: bytes) -> bytes:
    with socket.create_connection((sandbox.server.host, sandbox.server.port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"nonsense\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET / HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET http://[ HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n", b"HTTP/1.1 400 "),
        (b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.1 300 "),
        (b"GET /v2.0 HTTP/1.1\r\nConnection: close\r\n\r\n", b"HTTP/1.1 300 "),
        (b"GET " + b"a" * 70_000, b""),
        (b"", b""),
    ],
)
def test_requests_that_are_none(sandbox, data, start):
    answer = exchange(sandbox, data)
    assert answer.startswith(start)
    assert answer or not start


def test_one_connection_serves_many_requests(sandbox):
    answer = exchange(sandbox, b"GET /v2.0 HTTP/1.1\r\n\r\n" * 3)
    assert answer.count(b"HTTP/1.1 300 ") == 3


def test_chunked_bodies(owner):
    pieces = iter([b'{"action": ', b'"count"}'])
    path = f"/v2/{MAIN}/images/resource_instances/action"
    assert owner("POST", path, data=pieces).json()["total_count"] > 0
    path = "/v2/images/84ac7f2b-bf19-4efb-86a0-b5be8771b476/file"
    assert owner("PUT", path, data=iter([b"a" * 300_000, b"b" * 5])).status_code == 204
    assert owner("GET", path).content == b"a" * 300_000 + b"b" * 5


def test_expect_100_continue(sandbox, owner):
    with socket.create_connection((sandbox.server.host, sandbox.server.port), timeout=10) as connection:
        lines = [
            "POST /v2/images HTTP/1.1",
            f"X-Auth-Token: {owner.token}",
            "Content-Length: 2",
            "Expect: 100-continue",
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert connection.recv(1000).startswith(b"HTTP/1.1 201 ")


def test_request_id_comes_back(owner):
    answer = owner("GET", "/v2/images", headers={"X-Request-Id": "req-mine"})
    assert answer.headers["X-Request-Id"] == answer.headers["X-Openstack-Request-Id"] == "req-mine"
    assert owner("GET", "/v2/images").headers["X-Request-Id"].startswith("req-")
