"""Whatever comes in, the sandbox answers with a status below 500 and, from 400, with a code."""

import json
import string
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.sandbox import Sandbox, cast
from images.sandbox.queries import ALIASES
from images.sandbox.routes import ROUTES

from .conftest import Caller

MAIN = cast.DEMO_PROJECTS[0].id
IMAGES = (
    "d164b5df-1bc3-4c3f-893e-3e471fd16e64",
    "465076de-dc36-4aec-80f5-ef9d8009428f",
    "4ca46bf1-5c61-48ff-b4f3-0ad4e5e3ba86",
    "bc6bed6e-ba3a-4447-afcc-449174a3eb52",
)
FIELDS = (
    *("name", "description", "instance_id", "data_images", "tags", "image_tags", "max_ram", "min_ram", "image_url"),
    *("min_disk", "is_config", "cmk_id", "is_quick_import", "type", "volume_id", "os_type", "os_version", "backup_id"),
    *("architecture", "bucket_url", "file_format", "is_quick_export", "image_id", "tag", "image_tag", "key", "value"),
    *("values", "action", "tags_any", "not_tags", "not_tags_any", "without_any_tag", "limit", "offset", "matches"),
    *("images", "projects", "project_id", "status", "member", "delete_backup", "__os_version", "visibility"),
    *("protected", "container_format", "disk_format", "op", "path", "replace", "add", "remove", "auth", "identity"),
    *("methods", "password", "user", "domain", "scope", "project", "id", "token"),
)
LIKELY = (
    *IMAGES,
    *("filter", "count", "create", "delete", "add", "replace", "remove", "/name", "/min_ram", "accepted", "pending"),
    *("ims-image:centos70.qcow2", "ims-image:centos70.raw", "877a2cda-ba63-4e1e-b95f-e67e48b6129a", "IsoImage", "ECS"),
    *("CentOS 7.0 64bit", "a.b", "a=b", MAIN, cast.FOREIGN_PROJECTS[0].id, "password", "resource_name", "qcow2"),
)
QUERIES = (
    *("limit", "marker", "sort_key", "sort_dir", "tag", "member_status", "visibility", "created_at", "updated_at"),
    *("__imagetype", "status", "name", "min_ram", "min_disk", "protected", "id", "owner", "__whole_image", "page"),
    *("changes-since", "size_min", "size_max"),
    *ALIASES,
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.sampled_from(LIKELY),
)
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text(max_size=8)), inner, max_size=6),
    ),
    max_leaves=20,
)
bodies = st.one_of(
    st.binary(max_size=60),
    documents.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(FIELDS), documents, max_size=8).map(lambda value: json.dumps(value).encode()),
    st.lists(st.dictionaries(st.sampled_from(FIELDS), documents, max_size=4), max_size=3).map(
        lambda value: json.dumps(value).encode()
    ),
)
segments = st.one_of(st.sampled_from([*IMAGES, MAIN, "tags", "image"]), st.text(min_size=1, max_size=20))
queries = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(QUERIES), st.text(max_size=6)),
        st.one_of(st.text(max_size=20), st.sampled_from([*LIKELY, "gt:2024-01-01T00:00:00Z", "true", "shared", "5"])),
    ),
    max_size=4,
)
kinds = st.sampled_from(
    [
        "application/json",
        "application/openstack-images-v2.0-json-patch",
        "application/openstack-images-v2.1-json-patch",
        "application/octet-stream",
    ]
)
header_values = st.text(alphabet=string.printable.replace("\r", "").replace("\n", "") + "äß", max_size=30)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Caller]]:
    folder: Path = tmp_path_factory.mktemp("properties")
    with Sandbox(folder / "state", images=30, speed=1e6) as sandbox:
        caller = Caller(sandbox, cast.DEMO_PROJECTS[0])
        caller.session.close()
        yield sandbox, caller


def ask(sandbox: Sandbox, method: str, target: str, body: bytes, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(sandbox.server.host, sandbox.server.port, timeout=30)
    try:
        # Written by hand: http.client would refuse some of the headers that we want to send.
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value.encode("latin-1", "replace"))
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def check(method: str, answer: HTTPResponse, body: bytes) -> None:
    assert answer.status < 500, (answer.status, body)
    if answer.status >= 400 and method != "HEAD":
        error: dict[str, Any] = json.loads(body)["error"]
        assert error["code"]
        assert error["message"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.section} {route.method} {route.path}")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_any_body_query_and_path(world, route, data):
    sandbox, caller = world
    parts = [quote(data.draw(segments), safe="") if part.startswith("{") else part for part in route.path.split("/")]
    if "{project_id}" in route.path and data.draw(st.booleans()):
        parts[2] = MAIN
    target = "/".join(parts)
    query = data.draw(queries)
    if query:
        target += "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    headers = {"X-Auth-Token": caller.token, "Content-Type": data.draw(kinds)}
    answer, body = ask(sandbox, route.method, target, data.draw(bodies), headers)
    check(route.method, answer, body)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["X-Auth-Token", "Authorization", "X-Sdk-Date", "X-Project-Id", "Content-Type", "X-Request-Id", "Expect"]
        ),
        st.one_of(
            header_values,
            st.sampled_from(
                [
                    "SDK-HMAC-SHA256 Access=SBXDEMO7Q2M4K9T1V6XA, SignedHeaders=x-sdk-date;a, Signature=ab",
                    "20261123T120000Z",
                    MAIN,
                ]
            ),
        ),
        max_size=5,
    ),
    target=st.one_of(
        st.sampled_from(["/v2/images", "/v2/cloudimages", "/v3/projects", "/v3/auth/tokens"]),
        st.text(alphabet=string.ascii_letters + string.digits + "/?&=%.{}-_~:@!$'()*+,;", max_size=40).map(
            lambda text: "/" + text
        ),
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]),
)
def test_any_header_method_and_address(world, headers, target, method):
    sandbox, _caller = world
    if target.startswith("/_sandbox"):
        return
    answer, body = ask(sandbox, method, target, b"", {name: value.strip() for name, value in headers.items()})
    check(method, answer, body)


@pytest.mark.parametrize("noun", ["faults", "images", "members", "tokens"])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(body=bodies)
def test_the_administration_too(world, noun, body):
    sandbox, _caller = world
    answer, found = ask(sandbox, "POST", f"/_sandbox/{noun}", body, {})
    sandbox.faults.clear()
    check("POST", answer, found)
