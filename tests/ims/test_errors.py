"""Error answers: every shape that services send becomes a class, a sentence, a code and a measure."""

import copy
import pickle

import pytest

from images.ims import (
    BadRequest,
    Conflict,
    Forbidden,
    IMSError,
    MalformedAnswer,
    NotFound,
    Refused,
    ResponseError,
    ServerError,
    Throttled,
    Unauthorized,
    catalogue,
    lookup,
)
from images.ims.answers import Answer
from images.ims.codes import measure_for
from tests.ims.server import Reply

APPENDIX_B = {"error": {"message": "The imagetype is invalid.", "code": "IMG.0024"}}
CHAPTER_3 = {"error_msg": "The request message format is invalid.", "error_code": "IMG.0001"}


GLANCE = {
    "message": "Image status transition from active to saving\n is not allowed.<br /><br />\nTry another &amp;.\n\n\n",
    "code": "409 Conflict",
    "title": "Conflict",
}


def failure_of(server, client, reply) -> ResponseError:
    server.script(reply)
    with pytest.raises(ResponseError) as caught:
        client.images.get("33ad552d-1149-471c-8190-ff6776174a00")
    return caught.value


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (APPENDIX_B, "IMG.0024", "The imagetype is invalid."),
        (CHAPTER_3, "IMG.0001", "The request message format is invalid."),
        ({"code": "IMG.0002", "message": "too long"}, "IMG.0002", "too long"),
        ({"error": {"code": 400, "message": "Expecting to find domain.", "title": "Bad Request"}}, "", "Expecting"),
        ({"error": "nope"}, "", "nope"),
        # as a Glance of OpenStack writes it: the code is the status line, and the text is half of a web page
        (GLANCE, "", "Image status transition from active to saving is not allowed. Try another &."),
        ({"error": None}, "", ""),
        ({}, "", ""),
        ([], "", ""),
        (b"", "", ""),
        (b"plain words", "", "plain words"),
        (b"<html><body><h1>502</h1></body></html>", "", ""),
        (b"\xff\xfe\x00", "", ""),
        (b'{"error": {"message": "cut', "", ""),
    ],
)
def test_bodies(server, client, body, code, message):
    error = failure_of(server, client, Reply(400, body))
    assert error.code == code
    assert error.message.startswith(message)
    assert isinstance(error, Refused if code else BadRequest)
    assert str(error).startswith("The service refused the request")
    assert str(error).endswith(".")
    assert error.measure
    assert error.meaning


@pytest.mark.parametrize(
    ("status", "family"),
    [
        (400, BadRequest),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, BadRequest),
        (409, Conflict),
        (413, BadRequest),
        (418, BadRequest),
        (429, Throttled),
        (500, ServerError),
        (501, ServerError),
        (503, ServerError),
        (599, ServerError),
        (499, BadRequest),
    ],
)
def test_classes_by_status(server, client, status, family):
    error = failure_of(server, client, Reply(status, b""))
    assert type(error) is family
    assert error.status == status
    assert error.method == "GET"
    assert error.path.startswith("/v2/images/")
    assert error.measure


def test_a_code_does_not_hide_the_class_of_a_status(server, client):
    error = failure_of(server, client, Reply(403, {"error": {"code": "IMG.0026", "message": "The role is invalid."}}))
    assert isinstance(error, Forbidden)
    row = lookup("IMG.0026")
    assert row is not None
    assert error.measure.endswith(row.measure)


def test_a_403_names_what_the_operation_takes(server, client):
    """I3: "Contact technical support." grants nothing; chapter 8 and 5.1.7 say what is missing."""
    server.script(Reply(403, {"error": {"code": "IMG.0026", "message": "The role is invalid."}}))
    with pytest.raises(Forbidden) as caught:
        client.images.export("i", "bucket:file.qcow2", file_format="qcow2")
    assert str(caught.value).endswith(
        "It takes the IAM actions ims:images:get and ims:images:export,"
        " and for OBS the permission Tenant Administrator."
    )
    assert caught.value.measure.startswith("Ask the administrator of the account for the permission")


def test_a_403_of_a_glance_names_no_actions_of_iam(server, glance):
    server.script(Reply(403, b""))
    with pytest.raises(Forbidden) as caught:
        glance.images.get("i")
    assert "IAM" not in str(caught.value)


def test_a_wrong_token_is_unauthorized_with_400_too(server, client):
    error = failure_of(server, client, Reply(400, {"error": {"code": "IMG.0087", "message": "wrong"}}))
    assert isinstance(error, Unauthorized)


def test_an_unknown_code_is_kept(server, client):
    error = failure_of(server, client, Reply(400, {"error": {"code": "IMG.9999", "message": "New."}}))
    assert error.code == "IMG.9999"
    assert error.meaning == "New."
    assert error.measure


def test_the_services_request_id_wins(server, client):
    error = failure_of(server, client, Reply(404, b"", {"X-Openstack-Request-Id": "req-theirs"}))
    assert error.request_id == "req-theirs"
    error = failure_of(server, client, Reply(404, b""))
    assert error.request_id.startswith("req-")
    assert error.request_id == server.asked[-1].headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("12", 12.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", None), ("-3", None), ("", None), ("1" * 400, 1e9)],
)
def test_retry_after(server, client, naps, value, seconds):
    server.script(Reply(429, b"", {"Retry-After": value}))
    with pytest.raises(Throttled) as caught:
        client.images.create(_order())
    found = caught.value.retry_after
    assert found == (seconds if seconds is None or seconds < 1e8 else pytest.approx(111111111))


def test_too_many_requests_by_the_older_status(server, client):
    """O16: the words and the measure are those of 429; what is too large stays too large."""
    throttled = failure_of(server, client, Reply(413, b"", {"Retry-After": "100"}))
    assert (type(throttled), throttled.retry_after, throttled.status) == (Throttled, 100.0, 413)
    assert str(throttled) == "The service gets too many requests."
    assert throttled.measure == "Wait a little, then try again."
    too_large = failure_of(server, client, Reply(413, b""))
    assert too_large.measure == "The service does not accept so much data at once."


def _order():
    from images.ims import SystemDisk

    return SystemDisk(name="a", instance_id="b")


def test_the_difference_of_the_clocks_is_told(server, client):
    answer = b"HTTP/1.1 401 No\r\nDate: Wed, 21 Oct 2015 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n"
    error = failure_of(server, client, Reply(raw=answer))
    assert error.clock_skew > 86400


def test_control_characters_do_not_reach_sentences(server, client):
    error = failure_of(
        server, client, Reply(400, {"error": {"code": "IMG.0001", "message": "a\r\nb\x1b[31m" + "x" * 900}})
    )
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert len(error.message) <= 500


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hi</html>",
        b"[]",
        b"null",
        b'"x"',
        b'{"id": 5',
        b"\xff",
        b"{}",
        b'{"id": ""}',
        b'{"id": null}',
        b"[" * 100_000,
    ],
)
def test_answers_of_another_shape(server, client, body):
    server.script(Reply(200, body))
    with pytest.raises(MalformedAnswer) as caught:
        client.images.get("33ad552d-1149-471c-8190-ff6776174a00")
    assert caught.value.path == "/v2/images/33ad552d-1149-471c-8190-ff6776174a00"
    assert caught.value.request_id in str(caught.value)
    assert caught.value.measure


def test_the_catalogue_holds_all_of_appendix_b():
    rows = catalogue()
    assert len(rows) == 166
    assert rows["IMG.0028"].measure
    assert {row.status for row in rows.values()} == {400, 403}
    assert all(row.meaning and measure_for(row.code, row.status) for row in rows.values())
    # Appendix B leaves three measures empty; they get one by status.
    assert [row.code for row in rows.values() if not row.measure] == ["IMG.0083", "IMG.0084", "IMG.0085"]


def test_errors_travel_between_processes(server, client):
    error = failure_of(server, client, Reply(400, APPENDIX_B))
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - our own bytes
        assert type(twin) is Refused
        assert str(twin) == str(error)
        assert (twin.code, twin.status, twin.path) == (error.code, error.status, error.path)


def test_every_class_has_a_measure():
    def all_of(family):
        for child in family.__subclasses__():
            yield child
            yield from all_of(child)

    for family in all_of(IMSError):
        error = family.__new__(family)
        error.__dict__.update(kind="other", code="", status=400, message="")
        assert error.measure


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b"  <!DOCTYPE html><title>Log in</title>", "is a web page"),
        (b"service up", "is no JSON"),
        (b'"half a text', "is no JSON"),
        (b'{"images": [{"id": ', "is broken JSON"),
        (b"[1, 2", "is broken JSON"),
        (b'{"pictures": 1}', "is JSON of another shape"),
        (b"7", "is JSON of another shape"),
        (b"\xff\xfe", "is no JSON"),
    ],
)
def test_what_came_instead_is_said(body, words):
    answer = Answer("GET", "/v2/cloudimages", 200, {}, body, "req-1")
    with pytest.raises(MalformedAnswer, match=rf"The answer to GET /v2/cloudimages {words}, not what the API promises"):
        answer.read_as(list[str])
