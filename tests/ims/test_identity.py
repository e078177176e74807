"""Discovery: projects, catalogues and sign-ins of a credential."""

from datetime import UTC, datetime, timedelta

import pytest

from images.ims import (
    AccessKey,
    AkSkAuth,
    Forbidden,
    Identity,
    MalformedAnswer,
    PasswordCredentials,
    TokenAuth,
    Unauthorized,
)
from images.ims.identity import image_endpoints, without_version
from tests.ims.conftest import PROJECT
from tests.ims.server import Asked, Reply, ScriptedServer

PASSWORD = PasswordCredentials("me", "secret", "account")

PROJECTS = {
    "links": {},
    "projects": [
        {"id": PROJECT, "name": "eu-west-0", "domain_id": "d", "enabled": True, "description": "", "parent_id": "d"},
        {"id": "d", "name": "account", "is_domain": True},
        {"id": "p3", "name": "old", "enabled": "false"},
    ],
}

CATALOG = [
    {
        "type": "image",
        "name": "ims",
        "endpoints": [
            {"region_id": "eu-west-0", "interface": "internal", "url": "https://ims-internal.example.com"},
            {"region_id": "eu-west-0", "interface": "public", "url": "https://ims.eu-west-0.example.com/v2/" + PROJECT},
            {"region_id": "eu-west-1", "interface": "public", "url": "https://ims.eu-west-1.example.com/"},
        ],
    },
    {"type": "compute", "name": "nova", "endpoints": [{"region_id": "eu-west-0", "url": "https://ecs.example.com"}]},
    {"endpoints": [{"region_id": "az-01"}]},
    {"type": "image", "endpoints": None},
    {"type": "image", "endpoints": [5, {"url": 6}]},
]


class IAM:
    def __init__(self, **answers: Reply) -> None:
        self.answers = answers

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/v3/auth/tokens":
            scope = asked.json["auth"].get("scope") or {}
            kind = "domain" if "domain" in scope else "project" if "project" in scope else "unscoped"
            end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
            return Reply(201, {"token": {"expires_at": end, "catalog": CATALOG}}, {"X-Subject-Token": kind})
        key = asked.path.strip("/").replace("/", "_") + "_" + asked.headers.get("X-Auth-Token", "signed")
        return self.answers.get(key, Reply(403, {"error": {"code": 403, "message": "not you"}}))


def running(**answers: Reply) -> ScriptedServer:
    return ScriptedServer(answer=IAM(**answers))


def test_projects_by_an_unscoped_token():
    with running(v3_projects_unscoped=Reply(200, PROJECTS)) as server:
        projects = Identity(server.url, PASSWORD).projects()
    assert [(project.id, project.name, project.enabled) for project in projects] == [
        (PROJECT, "eu-west-0", True),
        ("p3", "old", False),
    ]
    assert projects[0].extra == {"parent_id": "d"}


def test_projects_of_people_who_are_no_administrators_of_a_keystone():
    with running(v3_auth_projects_unscoped=Reply(200, PROJECTS)) as server:
        assert len(Identity(server.url + "/v3", PASSWORD).projects()) == 2


def test_projects_by_a_token_for_the_domain():
    with running(v3_projects_domain=Reply(200, PROJECTS)) as server:
        assert len(Identity(server.url, PASSWORD).projects()) == 2


def test_projects_by_signature():
    with running(v3_projects_signed=Reply(200, PROJECTS)) as server:
        assert len(Identity(server.url, AccessKey("ak", "sk")).projects()) == 2
        assert server.asked[0].headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=ak")


def test_when_every_way_is_closed_the_first_refusal_is_told():
    with running() as server, pytest.raises(Forbidden, match="not you") as caught:
        Identity(server.url, PASSWORD).projects()
    assert caught.value.path == "/v3/projects"


def test_a_wrong_password_is_tried_once(server):
    server.script(Reply(401, {"error": {"message": "wrong"}}))
    with pytest.raises(Unauthorized):
        Identity(server.url, PASSWORD).projects()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body", [{}, {"projects": 5}, {"projects": [5]}, {"projects": [{"name": "x"}]}, b"<html>", b"[]"]
)
def test_answers_that_are_no_projects(body):
    with running(v3_projects_signed=Reply(200, body)) as server, pytest.raises(MalformedAnswer):
        Identity(server.url, AccessKey("ak", "sk")).projects()


def test_the_catalogue_gives_one_endpoint_a_region():
    with running() as server:
        endpoints = Identity(server.url, PASSWORD).catalog(PROJECT)
    assert [(endpoint.region, endpoint.url) for endpoint in endpoints] == [
        ("eu-west-0", "https://ims.eu-west-0.example.com"),
        ("eu-west-1", "https://ims.eu-west-1.example.com"),
    ]


def test_the_catalogue_by_signature():
    with running(v3_auth_catalog_signed=Reply(200, {"catalog": CATALOG})) as server:
        endpoints = Identity(server.url, AccessKey("ak", "sk")).catalog(PROJECT)
        assert len(endpoints) == 2
        assert server.asked[0].headers["X-Project-Id"] == PROJECT


def test_nonsense_catalogues_have_no_endpoints():
    assert image_endpoints([]) == []
    assert image_endpoints([{"type": 5, "endpoints": {"a": 1}}, {}]) == []


@pytest.mark.parametrize(
    ("given", "bare"),
    [
        ("https://h/v2", "https://h"),
        ("https://h/v2.0/", "https://h"),
        ("https://h/image/v2/", "https://h/image"),
        ("https://h/image", "https://h/image"),
        ("https://h:9292/", "https://h:9292"),
        (f"https://h/v2/{PROJECT}", "https://h"),
        ("https://h/v3x", "https://h/v3x"),
    ],
)
def test_versions_and_projects_are_taken_off_an_endpoint(given, bare):
    assert without_version(given, PROJECT) == bare


def test_the_sign_in_of_a_project():
    by_password = Identity("https://iam.example.com", PASSWORD).auth_for(PROJECT)
    by_key = Identity("https://iam.example.com", AccessKey("ak", "sk")).auth_for(PROJECT)
    assert isinstance(by_password, TokenAuth)
    assert isinstance(by_key, AkSkAuth)
    assert by_key.project_id == PROJECT
    with pytest.raises(TypeError):
        Identity("https://iam.example.com", AccessKey("ak", "sk")).token(PROJECT)


def test_the_end_of_a_token_is_known():
    with running() as server:
        token = Identity(server.url, PASSWORD).token(PROJECT)
    assert timedelta(minutes=59) < token.expires_at - datetime.now(UTC) <= timedelta(hours=1)


def test_catalogue_and_calls_share_a_token():
    with running() as server:
        identity = Identity(server.url, PASSWORD)
        identity.catalog(PROJECT)
        assert identity.auth_for(PROJECT) is identity.auth_for(PROJECT)
        identity.token(PROJECT)
        assert len(server.asked) == 1


def test_secrets_are_not_in_repr():
    assert "secret" not in repr(PASSWORD)
    assert "sk-value" not in repr(AccessKey("ak", "sk-value"))
