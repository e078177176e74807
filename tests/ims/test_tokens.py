"""Sign-in by password: scope, life of the token, renewal, threads, and IAMs that are none."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from images.ims import IMSClient, InvalidCall, MalformedAnswer, PasswordAuth, ServerError, Unauthorized
from tests.ims.conftest import PROJECT
from tests.ims.server import Asked, Reply, ScriptedServer


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def token_body(life: timedelta = timedelta(hours=24), **more) -> dict:
    now = datetime.now(UTC)
    return {"token": {"expires_at": stamp(now + life), "issued_at": stamp(now), "methods": ["password"], **more}}


class Cloud:
    """IAM and IMS in one: hands out numbered tokens, accepts those that are not revoked."""

    def __init__(self, life: timedelta = timedelta(hours=24)) -> None:
        self.life = life
        self.issued = 0
        self.revoked: set[str] = set()
        self.pause = 0.0

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/v3/auth/tokens":
            self.issued += 1
            return Reply(201, token_body(self.life), {"X-Subject-Token": f"token-{self.issued}"}, delay=self.pause)
        token = asked.headers.get("X-Auth-Token")
        if token is None or token in self.revoked:
            return Reply(401, {"error": {"code": 401, "message": "The token is wrong."}})
        return Reply(204) if asked.method == "POST" else Reply(300, {"versions": [{"id": token}]})


@pytest.fixture
def cloud():
    return Cloud()


@pytest.fixture
def running(cloud):
    with ScriptedServer(answer=cloud) as server:
        yield server


@pytest.fixture
def auth(running, quick):
    return PasswordAuth(running.url, "me", "secret", "account", project_id=PROJECT, retry=quick)


@pytest.fixture
def client(running, auth, quick):
    return IMSClient(running.url, PROJECT, auth, retry=quick)


def test_the_request_is_that_of_the_reference(running, auth):
    auth.token()
    assert running.asked[0].json == {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": "me", "password": "secret", "domain": {"name": "account"}}},
            },
            "scope": {"project": {"id": PROJECT}},
        }
    }


def test_scope_by_name_and_by_domain_and_none(running):
    PasswordAuth(running.url, "me", "secret", "account", project_name="eu-west-0").token()
    PasswordAuth(running.url + "/v3/", "me", "secret", "account", domain_scope=True).token()
    PasswordAuth(running.url, "me", "secret").token()
    scopes = [asked.json["auth"].get("scope") for asked in running.asked]
    assert scopes == [
        {"project": {"name": "eu-west-0", "domain": {"name": "account"}}},
        {"domain": {"name": "account"}},
        None,
    ]


def test_one_sign_in_serves_many_calls(running, cloud, client):
    for _ in range(5):
        client.versions.list()
    assert cloud.issued == 1


def test_many_threads_sign_in_once(running, cloud, client):
    cloud.pause = 0.1
    threads = [threading.Thread(target=client.versions.list) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cloud.issued == 1


def test_a_token_is_replaced_before_its_end(running, cloud, quick):
    now = datetime.now(UTC)
    clock = [now]
    cloud.life = timedelta(seconds=100)  # renewed after nine tenths of it
    auth = PasswordAuth(running.url, "me", "secret", retry=quick, clock=lambda: clock[0])
    auth.token()
    clock[0] = now + timedelta(seconds=85)
    auth.token()
    assert cloud.issued == 1
    clock[0] = now + timedelta(seconds=95)
    auth.token()
    assert cloud.issued == 2


def test_a_long_token_is_replaced_five_minutes_before_its_end(auth):
    token = auth.token()
    assert abs(token.expires_at - token.renew_at - timedelta(minutes=5)) < timedelta(minutes=1)


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(hours=-30)], ids=str)
def test_a_token_is_kept_however_wrong_our_clock_is(running, cloud, quick, ahead):
    """How long it lives is the difference of two moments of IAM's clock."""
    clock = [datetime.now(UTC) + ahead]
    cloud.life = timedelta(hours=1)
    auth = PasswordAuth(running.url, "me", "secret", retry=quick, clock=lambda: clock[0])
    auth.token()
    clock[0] += timedelta(minutes=50)
    auth.token()
    assert cloud.issued == 1
    clock[0] += timedelta(minutes=9)
    auth.token()
    assert cloud.issued == 2


def test_a_revoked_token_is_replaced_once_for_reads_and_writes(running, cloud, client):
    client.versions.list()
    cloud.revoked.add("token-1")
    assert client.versions.list()[0].id == "token-2"
    cloud.revoked.add("token-2")
    client.tags.add("i", _tag())  # a POST: a 401 has changed nothing, so it may go again
    assert cloud.issued == 3


def _tag():
    from images.ims import Tag

    return Tag("a", "b")


def test_a_service_that_refuses_every_token_is_believed(running, cloud, client):
    cloud.revoked = {f"token-{n}" for n in range(10)}
    with pytest.raises(Unauthorized):
        client.versions.list()
    assert cloud.issued == 2


def test_threads_that_meet_a_revoked_token_replace_it_once(running, cloud, client):
    client.versions.list()
    cloud.revoked.add("token-1")
    cloud.pause = 0.05
    threads = [threading.Thread(target=client.versions.list) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cloud.issued == 2


def test_a_wrong_password_is_tried_once(server, quick):
    server.script(Reply(401, {"error": {"code": 401, "message": "The username or password is wrong."}}))
    auth = PasswordAuth(server.url, "me", "wrong", "account", retry=quick)
    with pytest.raises(Unauthorized, match="The username or password is wrong"):
        auth.token()
    assert len(server.asked) == 1


def test_an_iam_in_trouble_is_tried_again(server, quick):
    server.script(Reply(503), Reply(201, token_body(), {"X-Subject-Token": "t"}))
    assert PasswordAuth(server.url, "me", "secret", retry=quick).token().value == "t"
    server.script(Reply(500, b"<html>"))
    with pytest.raises(ServerError):
        PasswordAuth(server.url, "me", "secret", retry=quick).token()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html><body>Sign in</body></html>", {"X-Subject-Token": "t"}),
        Reply(200, b"", {"X-Subject-Token": "t"}),
        Reply(201, {"token": {}}, {"X-Subject-Token": "t"}),
        Reply(201, {"token": []}, {"X-Subject-Token": "t"}),
        Reply(201, {"token": {"expires_at": 5}}, {"X-Subject-Token": "t"}),
        Reply(201, {"token": {"expires_at": "soon"}}, {"X-Subject-Token": "t"}),
        Reply(201, {"token": {"expires_at": "2026-01-01T00:00:00Z", "catalog": 5}}, {"X-Subject-Token": "t"}),
        Reply(201, [], {"X-Subject-Token": "t"}),
        Reply(201, b"5", {"X-Subject-Token": "t"}),
        Reply(201, b"null", {"X-Subject-Token": "t"}),
        Reply(201, {"nothing": 1}, {"X-Subject-Token": "t"}),
        Reply(201, token_body()),
    ],
)
def test_answers_that_are_no_token(server, quick, reply):
    server.script(reply)
    with pytest.raises(MalformedAnswer) as caught:
        PasswordAuth(server.url, "me", "secret", retry=quick).token()
    assert caught.value.path == "/v3/auth/tokens"


def test_the_sparse_token_of_the_reference_is_enough(server):
    body = {
        "token": {"expires_at": "2099-02-13T06:52:13.855000Z", "methods": ["password"], "catalog": [{"endpoints": []}]}
    }
    server.script(Reply(201, body, {"X-Subject-Token": "t"}))
    token = PasswordAuth(server.url, "me", "secret").token()
    assert token.expires_at == datetime(2099, 2, 13, 6, 52, 13, 855000, UTC)


def test_secrets_are_nowhere_to_be_read(running, client, auth, caplog):
    with caplog.at_level("DEBUG"):
        client.versions.list()
    assert "secret" not in repr(auth) + repr(client)
    assert "token-1" not in repr(auth.token()) + caplog.text
    assert '"secret"' not in caplog.text
    assert auth.token().fingerprint in caplog.text


def test_without_password_nothing_is_sent():
    with pytest.raises(InvalidCall):
        PasswordAuth("http://127.0.0.1:1", "me", "")
