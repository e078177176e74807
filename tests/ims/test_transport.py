"""How calls are sent: pooling, ids, retries, redirects, cut-offs and time limits, against a real server."""

import logging
import socket
import threading

import pytest

from images.ims import (
    NO_RETRY,
    BadRequest,
    ConnectionFailed,
    IMSClient,
    InvalidCall,
    MalformedAnswer,
    NotFound,
    OutcomeUnknown,
    Redirected,
    RetryPolicy,
    ServerError,
    Throttled,
    TimedOut,
    correlated,
)
from images.ims.connections import _POOLS, is_blocked
from images.ims.retry import RetryBudget
from images.ims.transport import path_of
from tests.dripping import Dripping
from tests.ims.conftest import PROJECT
from tests.ims.server import CUT, Reply, ScriptedServer
from tests.sandbox_process import wait_for

VERSIONS = {"versions": [{"id": "v2.2", "status": "CURRENT", "links": []}]}
OK = Reply(300, VERSIONS)
IMAGE_ID = "33ad552d-1149-471c-8190-ff6776174a00"


def test_one_connection_serves_many_calls(server, client):
    server.script(OK)
    for _ in range(5):
        client.versions.list()
    assert server.connections == 1


def test_connections_are_pooled_by_thread_and_shared_between_clients(server, client_of):
    server.script(OK)
    client_of().versions.list()
    client_of().versions.list()
    thread = threading.Thread(target=client_of().versions.list)
    thread.start()
    thread.join()
    assert server.connections == 2


def test_each_call_says_who_and_which(server, client):
    server.script(OK)
    client.versions.list()
    with correlated("operation 17\r\nX-Evil: 1"):
        client.versions.list()
    first, second = (asked.headers for asked in server.asked)
    assert first["User-Agent"].startswith("image-console")
    assert first["X-Request-Id"].startswith("req-")
    assert second["X-Request-Id"].startswith("operation-17--X-Evil--1-")


def test_one_log_line_for_each_attempt(server, client, caplog):
    server.script(Reply(503), OK)
    with caplog.at_level(logging.INFO, logger="images.ims"):
        client.versions.list()
    lines = [record.getMessage() for record in caplog.records if record.name == "images.ims"]
    assert len(lines) == 2
    assert "GET" in lines[0]
    assert "-> 503 in" in lines[0]
    assert "attempt 1" in lines[0]
    assert "attempt 2" in lines[1]


def test_hooks_see_each_attempt(server, client_of):
    records = []
    server.script(Reply(503), OK)
    client_of(hooks=[records.append]).versions.list()
    assert [(record.status, record.attempt, record.error) for record in records] == [
        (503, 1, "ServerError"),
        (300, 2, ""),
    ]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_repeatable_calls_are_repeated_with_growing_pauses(server, client, naps, status):
    server.script(Reply(status), Reply(status), OK)
    assert client.versions.list()[0].id == "v2.2"
    assert naps == [0.25, 0.5]


def test_repetition_ends(server, client, naps):
    server.script(Reply(503))
    with pytest.raises(ServerError) as caught:
        client.versions.list()
    assert caught.value.status == 503
    assert len(server.asked) == 4
    assert naps == [0.25, 0.5, 1.0]


def test_retry_after_wins(server, client, naps):
    server.script(Reply(429, headers={"Retry-After": "7"}), OK)
    client.versions.list()
    assert naps == [7.0]


def test_a_413_that_says_when_to_come_again_is_waited_for(server, client, naps):
    """O16 (cloudfoundry/bosh#597): OpenStack's services and gateways count requests by 413 with Retry-After, too."""
    server.script(Reply(413, headers={"Retry-After": "3"}), OK)
    assert client.versions.list()[0].id == "v2.2"
    assert naps == [3.0]


def test_a_413_that_does_not_is_about_the_size(server, client, naps):
    server.script(Reply(413))
    with pytest.raises(BadRequest):
        client.versions.list()
    assert (len(server.asked), naps) == (1, [])


def test_a_long_retry_after_is_the_callers_business(server, client, naps):
    server.script(Reply(429, headers={"Retry-After": "3600"}), OK)
    with pytest.raises(Throttled) as caught:
        client.versions.list()
    assert caught.value.retry_after == 3600
    assert naps == []


@pytest.mark.parametrize("status", [400, 404, 409, 500, 501])
def test_other_failures_are_not_repeated(server, client, status):
    server.script(Reply(status), OK)
    with pytest.raises(Exception, match="service"):
        client.versions.list()
    assert len(server.asked) == 1


def test_a_post_is_not_repeated_once_it_was_sent(server, client):
    for trouble in (Reply(503), CUT):
        server.script(trouble, Reply(200, {}))
        server.asked.clear()
        with pytest.raises((ServerError, OutcomeUnknown)):
            client.members.add(IMAGE_ID, "other")
        assert len(server.asked) == 1


def test_a_post_is_repeated_when_nothing_was_sent(quick, naps):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = IMSClient(f"http://127.0.0.1:{port}", PROJECT, None, retry=quick)
    with pytest.raises(ConnectionFailed) as caught:
        client.members.add(IMAGE_ID, "other")
    assert caught.value.kind == "refused"
    assert str(port) in str(caught.value)
    assert len(naps) == 3


def test_a_cut_connection_is_an_unknown_outcome_and_reads_are_repeated(server, client):
    server.script(CUT, CUT, OK)
    assert client.versions.list()
    server.script(CUT)
    with pytest.raises(OutcomeUnknown) as caught:
        client.versions.list()
    assert "cut the connection" in str(caught.value)
    assert not isinstance(caught.value, TimedOut)


def test_an_answer_that_stops_in_the_middle_is_never_taken_for_whole(server, client_of):
    server.script(Reply(raw=b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"versions": []}'))
    with pytest.raises(OutcomeUnknown):
        client_of(retry=NO_RETRY).versions.list()


def test_a_read_timeout_is_named_and_tried_twice_only(server, client_of):
    server.script(Reply(300, VERSIONS, delay=0.5))
    with pytest.raises(TimedOut) as caught:
        client_of(timeout=(1.0, 0.1)).versions.list()
    assert caught.value.seconds == 0.1
    wait_for(lambda: len(server.asked) >= 2)  # the server may note a request later than we gave it up
    assert len(server.asked) == 2


SLOWLY = [
    ("status line", b"", b"HTTP/1.1 200 " + b"O" * 9999),
    ("headers", b"HTTP/1.1 200 OK\r\n", b"X-Slow: y\r\n" * 9999),
    ("one header", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"y" * 9999),
    ("body", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" " * 9999),
    ("chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 9999),
]


@pytest.mark.parametrize(("at_once", "slowly"), [one[1:] for one in SLOWLY], ids=[one[0] for one in SLOWLY])
def test_an_answer_that_trickles_ends(at_once, slowly):
    """Byte by byte, each of them well within the read timeout."""
    with Dripping(at_once, slowly) as server:
        # longer than a busy machine keeps the dripping thread from its turn
        client = IMSClient(server.url, PROJECT, None, timeout=(1, 2), retry=NO_RETRY)
        with pytest.raises(TimedOut, match="did not complete its answer within 4 seconds") as raised:
            client.versions.list()
    assert raised.value.seconds == 4
    assert server.sent < len(slowly), "it was not the server that ended it"


def test_a_file_may_take_as_long_as_its_line_needs(monkeypatch):
    monkeypatch.setattr("images.ims.files.FILE_TIMEOUT", (1, 1))
    length = 60
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()
    with Dripping(head, b"x" * length, every=0.05) as server:
        client = IMSClient(server.url, PROJECT, None, timeout=(1, 1), retry=NO_RETRY, kind="openstack")
        monkeypatch.setattr("images.ims.transport._PATIENCE", 1)
        assert sum(map(len, client.images.pieces("an-image"))) == length


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\x01\x02\x03\r\n\r\n", b"HTTP/1.1 abc def\r\n\r\n"])
def test_what_is_not_http_is_malformed(server, client, raw):
    server.script(Reply(raw=raw))
    with pytest.raises(MalformedAnswer):
        client.versions.list()


def test_broken_compression_is_malformed(server, client):
    server.script(Reply(300, b"not gzip at all", {"Content-Encoding": "gzip"}))
    with pytest.raises(MalformedAnswer):
        client.versions.list()


def test_endless_answers_are_given_up(server, client, monkeypatch):
    monkeypatch.setattr("images.ims.transport.LONGEST_ANSWER", 1000)
    server.script(Reply(300, b"x" * 5000))
    with pytest.raises(MalformedAnswer, match="longer"):
        client.versions.list()


def test_redirects_are_not_followed(server, client):
    with ScriptedServer(OK) as other:
        server.script(Reply(302, headers={"Location": f"{other.url}/login"}))
        with pytest.raises(Redirected) as caught:
            client.versions.list()
        assert caught.value.location.endswith("/login")
        assert other.asked == []


def test_cookies_of_one_account_never_travel_with_another(server, client_of):
    server.script(Reply(300, VERSIONS, {"Set-Cookie": "session=secret; Path=/"}), OK)
    client_of().versions.list()
    client_of().versions.list()
    assert "Cookie" not in server.asked[1].headers


def test_netrc_adds_nothing(server, client, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.script(OK)
    client.versions.list()
    assert "Authorization" not in server.asked[0].headers


def test_a_delete_that_was_cut_off_and_then_finds_nothing_has_worked(server, client):
    server.script(CUT, Reply(404))
    client.images.delete(IMAGE_ID)
    server.script(Reply(404))
    with pytest.raises(NotFound):
        client.images.delete(IMAGE_ID)


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_segments_that_would_lead_elsewhere_are_refused(segment):
    with pytest.raises(InvalidCall):
        path_of("v2", "images", segment)


def test_half_characters_are_refused(server, client):
    for call in (
        lambda: client.images.get("a\ud800"),
        lambda: next(client.images.list(name="a\ud800")),
        lambda: client.members.add(IMAGE_ID, "a\ud800"),
    ):
        with pytest.raises(InvalidCall):
            call()
    assert server.asked == []


def test_other_segments_arrive_as_they_are(server, client):
    server.script(Reply(204))
    client.tags.add_native(IMAGE_ID, "a/b c%2F?ü#&")
    assert server.asked[0].path == f"/v2/images/{IMAGE_ID}/tags/a%2Fb%20c%252F%3F%C3%BC%23%26"


@pytest.mark.parametrize(
    "address",
    ["", "ims.example.com", "ftp://x", "http://", "http://h:99999", "http://u:p@h", "http://h/?q", "http://["],
)
def test_addresses_that_make_no_sense_are_refused(address):
    with pytest.raises(InvalidCall):
        IMSClient(address, PROJECT, None)


def test_link_local_addresses_are_never_spoken_to(server, client, monkeypatch):
    assert is_blocked("169.254.169.254")
    assert is_blocked("::ffff:169.254.169.254")
    assert is_blocked("fe80::1%eth0")
    assert is_blocked("fd00:ec2::254")
    assert not is_blocked("10.0.0.1")
    assert not is_blocked("127.0.0.1")
    connection = _POOLS["http"].ConnectionCls
    assert connection.refuses is is_blocked
    monkeypatch.setattr(connection, "refuses", staticmethod(lambda address: address == "127.0.0.1"))
    with ScriptedServer(OK) as other:
        fresh = IMSClient(other.url, PROJECT, None, retry=NO_RETRY)
        with pytest.raises(ConnectionFailed) as caught:
            fresh.versions.list()
        assert caught.value.kind == "blocked"
        assert other.asked == []


def test_the_budget_keeps_an_outage_from_being_amplified():
    budget = RetryBudget()
    error = ServerError("x", status=503)
    spent = [budget.draw(error) for _ in range(101)]
    assert spent == [5] * 100 + [0]
    budget.give_back(5)
    assert budget.draw(error) == 5
    budget.give_back(0)
    assert budget.draw(error) == 0


def test_when_the_budget_is_empty_calls_fail_at_once(server, client, naps, monkeypatch):
    monkeypatch.setattr(RetryBudget, "CAPACITY", 5)
    server.script(Reply(503))
    with pytest.raises(ServerError):
        client.versions.list()
    assert len(server.asked) == 2
    with pytest.raises(ServerError):
        client.versions.list()
    assert len(server.asked) == 3


def test_jitter_is_full():
    policy = RetryPolicy()
    pauses = [policy.pause(ServerError("x", status=503), repeatable=True, attempt=3) for _ in range(200)]
    assert min(pauses) < 0.2
    assert 0.8 < max(pauses) <= 1.0
