"""What a credential opens, and what is said when it opens nothing: each case with a sentence that tells what to do."""

import email.utils
import socket
import time
from collections.abc import Callable

import pytest

from images.clouds.services.certificates import BundleRefused
from images.clouds.services.certificates import checked as checked_bundle
from images.clouds.services.connection import Connection
from images.clouds.services.discovery import discover
from tests.certificates import tls
from tests.clouds.connections import by_key, by_password
from tests.clouds.iam import TOKEN, Iam, refusal
from tests.ims.server import CUT, Asked, Reply, ScriptedServer


# --- what is found ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", [by_password, by_key])
def test_projects_with_region_endpoint_and_kind(cloud, way: Callable):
    found = discover(way(cloud))
    assert [(one.region, one.name) for one in found] == [
        ("eu-west-0", "eu-west-0"),
        ("eu-west-0", "eu-west-0_build"),
        ("eu-west-1", "eu-west-1"),
        ("eu-west-1", "eu-west-1_security"),
    ]
    assert {(one.endpoint, one.kind, one.problem) for one in found} == {(cloud.base_url, "ims", "")}
    assert found[0].project_id == cloud.env["IMS_PROJECT_ID"]


def test_one_region_only(cloud):
    assert {one.region for one in discover(by_password(cloud, region_name="eu-west-1"))} == {"eu-west-1"}


def test_a_glance_is_recognised_and_a_project_is_in_each_region_of_its_catalogue():
    with Iam(replies={"/v2/cloudimages": Reply(404, b"<html>404</html>")}) as iam:
        iam.catalog = [{"type": "image", "endpoints": [iam.endpoint("north"), iam.endpoint("south")]}]
        found = discover(iam.connection())
    assert [(one.name, one.region, one.kind, one.problem) for one in found] == [
        ("demo", "north", "openstack", ""),
        ("demo", "south", "openstack", ""),
    ]


def test_the_kind_can_be_said_and_is_then_not_asked():
    with Iam() as iam:
        assert discover(iam.connection(service="openstack"))[0].kind == "openstack"
        assert not [asked for asked in iam.server.asked if asked.path == "/v2/cloudimages"]


def test_endpoint_and_region_by_hand():
    with Iam(catalog=[]) as iam:
        found = discover(iam.connection(image_endpoint=iam.server.url, region_name="here"))
        assert [(one.region, one.endpoint, one.kind) for one in found] == [("here", iam.server.url, "ims")]


def test_access_key_without_catalogue_needs_the_endpoint():
    with Iam() as iam:
        key = {"kind": "aksk", "access_key": "AK", "username": ""}
        said = refusal(iam.connection(**key))
        assert said.field == "image_endpoint"
        assert "no catalogue to access keys" in str(said)
        assert discover(iam.connection(**key, image_endpoint=iam.server.url, region_name="r"))[0].region == "r"


def test_a_closed_project_does_not_hide_the_others():
    with Iam(projects=[{"id": "a" * 32, "name": "open"}, {"id": "b" * 32, "name": "closed"}]) as iam:
        usual = iam.answer

        def answer(asked: Asked) -> Reply:
            if asked.path == "/v3/auth/tokens" and "b" * 32 in asked.body.decode():
                return Reply(401, {"error": {"code": 401, "message": "no role"}})
            return usual(asked)

        iam.server._answer = answer
        closed, opened = discover(iam.connection())
    assert (opened.name, opened.problem) == ("open", "")
    assert (closed.name, closed.endpoint) == ("closed", "")
    assert "not for this project" in closed.problem


def test_disabled_projects_and_domains_are_left_out():
    projects = [
        {"id": "a" * 32, "name": "on"},
        {"id": "b" * 32, "name": "off", "enabled": False},
        {"id": "c" * 32, "name": "domain", "is_domain": True},
    ]
    with Iam(projects=projects) as iam:
        assert [one.name for one in discover(iam.connection())] == ["on"]


# --- what is wrong ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change", [{"secret": "wrong"}, {"domain": "elsewhere"}, {"username": "nobody"}])
def test_wrong_password_user_or_domain(cloud, change):
    said = refusal(by_password(cloud, **change))
    assert said.field == "secret"
    assert "does not accept this sign-in" in str(said)
    assert change.get("username", "image-admin") in str(said)


def test_wrong_access_key(cloud):
    said = refusal(by_key(cloud, secret="wrong"))
    assert (said.field, "does not accept this access key" in str(said)) == ("secret", True)


def test_a_clock_that_is_off(cloud):
    late = email.utils.formatdate(time.time() - 3600, usegmt=True)
    with Iam(replies={"/v3/projects": Reply(401, {}, {"Date": late})}) as iam:
        # the server writes a Date of its own first, so the clock is turned by taking that away
        iam.server._http.RequestHandlerClass = _without_date(iam.server._http.RequestHandlerClass)
        said = refusal(iam.connection(kind="aksk", access_key="AK"))
    assert "60 minutes ahead of" in str(said)
    assert "NTP" in str(said)


def _without_date(handler: type) -> type:
    return type("Handler", (handler,), {"date_time_string": lambda _self: "Thu, 01 Jan 1970 00:00:00 GMT",
                                        "send_header": _skip_first_date})  # fmt: skip


def _skip_first_date(self, name: str, value: str) -> None:
    if value != "Thu, 01 Jan 1970 00:00:00 GMT":
        super(type(self), self).send_header(name, value)


def test_unknown_host():
    said = refusal(Connection(auth_url="https://nowhere.invalid/v3", username="u", secret="s"))
    assert (said.field, "nowhere.invalid cannot be found" in str(said)) == ("auth_url", True)


def test_refused_connection():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        said = refusal(Connection(auth_url=url, username="u", secret="s"))
    assert (said.field, "refused the connection" in str(said)) == ("auth_url", True)


def test_no_answer_in_time(settings):
    settings.IMS_TEST_TIMEOUT = (1.0, 0.2)
    with ScriptedServer(Reply(delay=1.0)) as slow:
        said = refusal(Connection(auth_url=slow.url, username="u", secret="s"))
    assert "did not answer in time" in str(said)


def test_answer_that_is_cut_off():
    with ScriptedServer(CUT) as server:
        assert "closed the connection" in str(refusal(Connection(auth_url=server.url, username="u", secret="s")))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<!doctype html><title>Log in</title>"),
        Reply(200, b"not json"),
        Reply(201, {"token": {}}),
        Reply(201, {"nothing": 1}, TOKEN),
        Reply(201, b"\xff\xfe", TOKEN),
    ],
)
def test_an_iam_that_answers_html_or_no_json(reply):
    with ScriptedServer(reply) as server:
        said = refusal(Connection(auth_url=server.url, username="u", secret="s"))
    assert said.field == "auth_url"
    assert "not as an IAM does" in str(said)
    assert "https://iam.example.com/v3" in str(said)


def test_a_redirect_to_a_login_page():
    with ScriptedServer(Reply(302, b"", {"Location": "https://console.example.com/login"})) as server:
        said = refusal(Connection(auth_url=server.url, username="u", secret="s"))
    assert "sends us elsewhere" in str(said)
    assert "console.example.com/login" in str(said)


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "does not let it list"), (404, "no identity service"), (429, "too many sign-ins"),
     (500, "failed inside (500)"), (503, "failed inside (503)"), (400, "refused the sign-in")],
)  # fmt: skip
def test_statuses(status, words):
    with ScriptedServer(Reply(status, {"error": {"message": "100 % <b>"}})) as server:
        assert words in str(refusal(Connection(auth_url=server.url, username="u", secret="s")))


def test_no_projects():
    with Iam(projects=[]) as iam:
        said = refusal(iam.connection())
    assert (said.field, "may enter no project" in str(said)) == ("username", True)


def test_no_image_service_in_the_catalogue():
    with Iam(catalog=[{"type": "compute", "endpoints": []}]) as iam:
        said = refusal(iam.connection())
    assert (said.field, "names no image service" in str(said)) == ("image_endpoint", True)


def test_a_region_that_is_not_there(cloud):
    said = refusal(by_password(cloud, region_name="mars"))
    assert (said.field, "in region mars" in str(said)) == ("region_name", True)


def test_an_image_endpoint_that_does_not_answer():
    with Iam(replies={"/v2/cloudimages": Reply(200, b"<html>")}) as iam:
        assert "The image service does not answer as it should" in str(refusal(iam.connection()))


def test_a_catalogue_may_not_lead_to_the_metadata_service():
    with Iam() as iam:
        iam.catalog = [{"type": "image", "endpoints": [iam.endpoint("r", "http://169.254.169.254/v2")]}]
        assert "never calls" in str(refusal(iam.connection()))


def test_addresses_are_refused_before_anything_is_sent():
    assert refusal(Connection(auth_url="http://iam.example.com", username="u", secret="s")).field == "auth_url"
    with Iam() as iam:
        said = refusal(iam.connection(image_endpoint="http://10.0.0.1"))
        assert (said.field, iam.server.asked) == ("image_endpoint", [])


def test_nothing_entered_is_said_too():
    assert "user and a password" in str(refusal(Connection(auth_url="http://127.0.0.1:9")))
    assert "AK and SK" in str(refusal(Connection(auth_url="http://127.0.0.1:9", kind="aksk")))


# --- TLS -------------------------------------------------------------------------------------------------------------
def test_an_untrusted_certificate_and_the_bundle_that_cures_it(tmp_path):
    context, pem = tls(tmp_path)
    iam = Iam()
    iam.server.use_tls(context)
    with iam:
        said = refusal(iam.connection())
        assert said.field == "ca_bundle"
        assert "self-signed certificate" in str(said)
        assert "paste the CA bundle" in str(said)
        found = discover(iam.connection(ca_bundle="a comment\n" + pem))
    assert found[0].endpoint.startswith("https://")


@pytest.mark.parametrize(
    ("wrong", "words"), [({"expired": True}, "has expired"), ({"name": "other.example.com"}, "is for another name")]
)
def test_which_certificate_problem(tmp_path, wrong, words):
    context, pem = tls(tmp_path, **wrong)
    iam = Iam()
    iam.server.use_tls(context)
    with iam:
        said = refusal(iam.connection(ca_bundle=pem))
    assert (said.field, words in str(said)) == ("auth_url", True)


def test_no_tls_at_this_port(cloud):
    said = refusal(by_password(cloud, auth_url=cloud.base_url.replace("http:", "https:")))
    assert "does not speak TLS" in str(said)


def test_a_bundle_holds_certificates_and_nothing_else(tmp_path):
    _context, pem = tls(tmp_path)
    pasted = (tmp_path / "server.pem").read_text()
    assert "PRIVATE KEY" in pasted
    assert checked_bundle(pasted) == pem
    for rubbish in ("hello", "", pem.replace("MII", "AAA", 1)):
        with pytest.raises(BundleRefused):
            checked_bundle(rubbish)
    assert refusal(Connection(auth_url="https://x", username="u", secret="s", ca_bundle="hello")).field == "ca_bundle"
