"""Whatever a service sends, the client raises a named error or returns a typed value; never a bare exception."""

import contextlib
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.ims import (
    NO_RETRY,
    AccessKey,
    AkSkAuth,
    Identity,
    IMSClient,
    IMSError,
    MalformedAnswer,
    PasswordAuth,
    TagQuery,
    decode_image,
)
from images.ims.answers import Answer, error_of
from images.ims.image import READERS
from images.ims.listing import raw_page_of
from images.ims.values import as_flag, as_fraction, as_number, as_text, as_time, parse_time
from tests.ims.server import Reply, ScriptedServer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)

#: Objects with the keys that the client looks for, and anything as their values.
KEYS = st.sampled_from(
    ["images", "next", "first", "id", "tags", "key", "value", "values", "members", "member_id", "status", "job_id",
     "entities", "results", "sub_jobs_result", "sub_jobs_list", "process_percent", "quotas", "resources", "used",
     "quota", "type", "versions",
     "links", "href", "properties", "total_count", "resource_id", "resource_detail", "projects", "catalog", "token",
     "expires_at", "error", "code", "message", "error_code", "begin_time", "created_at", "enabled", "name"]
)  # fmt: skip
SHAPED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)
BODIES = st.binary(max_size=200) | st.one_of(JSON, SHAPED).map(lambda value: json.dumps(value).encode())

CALLS = [
    lambda client: list(client.images.list(limit=2)),
    lambda client: client.images.raw_page(native=True),
    lambda client: client.images.get("i"),
    lambda client: client.images.get_raw("i"),
    lambda client: client.tags.search(),
    lambda client: client.tags.of_image("i"),
    lambda client: client.tags.of_project(),
    lambda client: client.tags.find_images(TagQuery()),
    lambda client: client.tags.count_images(TagQuery()),
    lambda client: client.members.list("i"),
    lambda client: client.members.get("i", "m"),
    lambda client: client.members.add_many(["i"], ["m"]),
    lambda client: client.quotas.images(),
    lambda client: client.jobs.get("j"),
    lambda client: client.versions.list(),
    lambda client: client.versions.get("v2"),
    lambda client: client.schemas.image(),
    lambda client: client.legacy._service and client.images.copy("i", "n"),
]


@pytest.fixture(scope="module")
def any_server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


def examples(number: int):
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.mark.slow
@examples(100)
@given(body=BODIES, status=st.sampled_from([200, 200, 200, 201, 204, 300, 400, 404, 500]), call=st.sampled_from(CALLS))
def test_any_answer_to_any_call(any_server, body, status, call):
    any_server.script(Reply(status, body if status != 204 else b""))
    client = IMSClient(any_server.url, "p", None, retry=NO_RETRY, timeout=(2, 2))
    with contextlib.suppress(IMSError):
        call(client)


@pytest.mark.slow
@examples(50)
@given(raw=st.binary(max_size=120) | st.binary(max_size=80).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest))
def test_any_bytes_instead_of_http(any_server, raw):
    any_server.script(Reply(raw=raw))
    client = IMSClient(any_server.url, "p", None, retry=NO_RETRY, timeout=(2, 0.5))
    with contextlib.suppress(IMSError):
        client.images.get("i")


@pytest.mark.slow
@examples(50)
@given(body=BODIES, status=st.sampled_from([200, 201, 401, 500]), token=st.sampled_from(["", "t"]))
def test_any_answer_of_an_iam(any_server, body, status, token):
    any_server.script(Reply(status, body, {"X-Subject-Token": token} if token else {}))
    with contextlib.suppress(IMSError):
        PasswordAuth(any_server.url, "me", "secret", retry=NO_RETRY).token()
    with contextlib.suppress(IMSError):
        Identity(any_server.url, AccessKey("ak", "sk"), retry=NO_RETRY).projects()
    with contextlib.suppress(IMSError):
        Identity(any_server.url, AccessKey("ak", "sk"), retry=NO_RETRY).catalog("p")


@given(st.dictionaries(st.sampled_from([*READERS, "tags"]) | st.text(max_size=5), JSON, max_size=12))
def test_any_attributes_of_an_image(attributes):
    raw = json.dumps({**attributes, "id": "i"}).encode()
    try:
        image = decode_image(raw)
    except MalformedAnswer:
        # json.dumps writes NaN and Infinity, which JSON does not know
        assert b"NaN" in raw or b"Infinity" in raw or b"\\ud" in raw
        return
    assert image.id == "i"
    assert isinstance(image.size_bytes, int)
    assert isinstance(image.flags, tuple)
    assert image.firmware
    assert image.architecture


@given(st.binary(max_size=300))
def test_any_bytes_as_an_image_and_as_a_page(raw):
    with contextlib.suppress(MalformedAnswer):
        decode_image(raw)
    with contextlib.suppress(MalformedAnswer):
        raw_page_of(Answer("GET", "/", 200, {}, raw, "r"), marker=None, limit=5, linked=False)


@given(
    BODIES,
    st.integers(300, 999),
    st.dictionaries(st.sampled_from(["Retry-After", "Date", "Location"]), st.text(max_size=40), max_size=3),
)
def test_any_error_answer(body, status, headers):
    error = error_of(Answer("GET", "/", status, headers, body, "r"))
    assert str(error).endswith(".")
    assert str(error).isprintable()
    assert error.measure


@given(JSON)
def test_values_that_do_not_fit_are_value_errors(value):
    for read in (as_text, as_flag, as_number, as_fraction, as_time):
        with contextlib.suppress(ValueError, OverflowError):
            read(value)
    parse_time(value)


@given(st.text(max_size=50))
def test_any_text_as_a_value(text):
    for read in (as_flag, as_number, as_fraction, as_time):
        with contextlib.suppress(ValueError, OverflowError):
            read(text)


@pytest.mark.slow
@examples(40)
@given(image_id=st.text(max_size=20), tag=st.text(max_size=20))
def test_any_text_as_an_argument(any_server, image_id, tag):
    any_server.script(Reply(204))
    any_server.asked.clear()
    client = IMSClient(any_server.url, "p", AkSkAuth("ak", "sk"), retry=NO_RETRY)
    with contextlib.suppress(IMSError):
        client.tags.add_native(image_id, tag)
    # What arrives is the call that was meant, or nothing arrives.
    for asked in any_server.asked:
        assert asked.path.count("/") == 5
        assert asked.path.startswith("/v2/images/")
