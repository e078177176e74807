"""The shipped nginx configuration before real web processes: what it lets in, what it says, what it bears."""

import json
import re
import shutil
import socket
import ssl
from pathlib import Path

import pytest
import requests
import urllib3

from tests.deploy.proxy import NAME, Proxy, checked, nginx, written
from tests.deploy.webs import environment, manage, web
from tests.glance.service import free_port
from tests.sandbox_process import wait_for

pytestmark = [
    pytest.mark.lane,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]
DIGEST = re.compile(r'href="(/static/css/base\.[0-9a-f]{12}\.css)"')


class People:
    """Those before the proxy, and what lies behind it."""

    def __init__(self, proxy: Proxy, static: Path, ports: tuple[int, int]) -> None:
        self.proxy, self.static, self.ports = proxy, static, ports
        self.ask = proxy.ask


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    given = environment(folder, STATIC_DIR=str(folder / "cache" / "static"), LOG_FORMAT="json")
    manage(given, "migrate", "--verbosity", "0")
    manage(given, "collectstatic", "--noinput", "--verbosity", "0")
    ports = free_port(), free_port()
    with (
        web(given, ports[0], folder / "web-1.log"),
        web(given, ports[1], folder / "web-2.log"),
        nginx(folder, ports, folder / "cache") as proxy,
    ):
        yield People(proxy, folder / "cache" / "static", ports)


def test_nginx_takes_the_shipped_file_without_a_word(tmp_path):
    said = checked(written(tmp_path, [8001, 8002], tmp_path, (free_port(), free_port())))
    assert "warn" not in said


def test_a_page_comes_with_the_id_that_the_log_has(people):
    answer = people.ask("GET", "/accounts/login/", X_Request_Id="chosen-by-a-client")
    assert answer.status == 200
    number = answer.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", number)
    assert answer.headers["Strict-Transport-Security"]
    lines = wait_for(lambda: [line for line in log_of(people) if line["request_id"] == number])
    assert (lines[0]["path"], lines[0]["status"]) == ("/accounts/login/", "200")


def log_of(people: People) -> list[dict[str, str]]:
    return [json.loads(line) for line in (people.proxy.folder / "access.log").read_text().splitlines()]


def test_the_console_sees_https_by_its_name(people):
    """A form is taken whose origin is the address that people see; one of another origin is not."""
    token, cookie = form(people)
    body = f"csrfmiddlewaretoken={token}&login=nobody&password=wrong".encode()
    url = people.proxy.url
    kind = "application/x-www-form-urlencoded"
    answer = people.ask("POST", "/accounts/login/", body, Cookie=cookie, Origin=url, Content_Type=kind)
    assert answer.status in {200, 422}, answer.data.decode()
    other = "https://evil.example.org"
    assert people.ask("POST", "/accounts/login/", body, Cookie=cookie, Origin=other, Content_Type=kind).status == 403


def form(people: People) -> tuple[str, str]:
    answer = people.ask("GET", "/accounts/login/")
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.data.decode()))
    return token, answer.headers["Set-Cookie"].partition(";")[0]


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1"])
def test_a_foreign_name_inside_of_tls_gets_nothing(people, host):
    with pytest.raises(urllib3.exceptions.HTTPError):
        people.proxy.pool.request("GET", "/accounts/login/", headers={"Host": host})


def test_no_name_at_all_is_refused(people):
    assert people.proxy.pool.request("GET", "/accounts/login/", headers={"Host": ""}).status == 400


def test_a_name_of_the_request_line_does_not_smuggle_another_host_in(people):
    """By RFC 9112 the request line wins; nginx goes by it, and the console looks at the header all the same."""
    lines = f"GET https://{NAME}/accounts/login/ HTTP/1.1\r\nHost: evil.example.org\r\nConnection: close\r\n\r\n"
    said = raw(people, lines)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"evil.example.org" not in said


def raw(people: People, lines: str, name: str = NAME) -> bytes:
    context = ssl.create_default_context(cafile=str(people.proxy.bundle))
    with (
        socket.create_connection(("127.0.0.1", people.proxy.https_port), 30) as plain,
        context.wrap_socket(plain, server_hostname=name) as line,
    ):
        line.sendall(lines.encode())
        return b"".join(iter(lambda: line.recv(65536), b""))


def test_a_foreign_name_does_not_even_see_the_certificate(people):
    with pytest.raises(ssl.SSLError, match=r"unrecognized name|UNRECOGNIZED_NAME"):
        raw(people, "", name="evil.example.org")


def test_plain_http_leads_to_https(people):
    address = f"http://127.0.0.1:{people.proxy.http_port}/images/?q=x"
    answer = requests.get(address, headers={"Host": NAME}, allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{NAME}/images/?q=x")
    with pytest.raises(requests.RequestException):
        requests.get(address, allow_redirects=False, timeout=20)


def test_only_pages_of_uploads_take_whole_images(people):
    """What is refused for its size is refused by nginx, before it reaches the console."""
    large = b"x" * (25 * 2**20)
    assert people.ask("POST", "/images/", large).status == 413
    upload = "/uploads/00000000-0000-4000-8000-000000000000/"
    # to the sign-in page; a stranger's file is not read: it is chance whether the answer outruns the broken line
    assert people.ask("POST", upload, large).status in {302, 502}
    assert people.ask("PUT", f"{upload}file/", large).status == 413
    assert people.ask("PUT", f"{upload}file/", large[: 8 * 2**20]).status == 403  # the console asks for its token


def test_static_files_come_from_the_disk_and_what_is_not_there_from_the_console(people):
    page = people.ask("GET", "/accounts/login/").data.decode()
    [path] = set(DIGEST.findall(page))
    answer = people.ask("GET", path, Accept_Encoding="gzip")
    assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"] == "text/css"
    lines = wait_for(lambda: [line for line in log_of(people) if line["path"] == path])
    assert lines[0]["upstream"] == ""
    assert "immutable" not in people.ask("GET", "/static/css/base.css").headers["Cache-Control"]
    missing = people.ask("GET", "/static/css/nowhere.css")
    assert (missing.status, "X-Request-Id" in missing.headers) == (404, True)


def test_one_web_process_is_enough(people, tmp_path):
    """As when the first of them is being restarted: it refuses the connection, and the other one answers."""
    with nginx(tmp_path, [free_port(), people.ports[1]], people.static.parent) as proxy:
        alone = People(proxy, people.static, people.ports)
        assert [alone.ask("GET", "/accounts/login/").status for _ in range(6)] == [200] * 6
        token, cookie = form(alone)
        body = f"csrfmiddlewaretoken={token}&login=nobody&password=wrong".encode()
        kind = "application/x-www-form-urlencoded"
        origin = proxy.url
        for _ in range(4):
            answer = alone.ask("POST", "/accounts/login/", body, Cookie=cookie, Origin=origin, Content_Type=kind)
            assert answer.status < 500


def test_what_a_client_says_of_its_address_is_not_believed(people, tmp_path):
    """The console takes the last entry of X-Forwarded-For, which is nginx's own: a stranger cannot pass for this
    machine with any of the headers, so that /metrics stays closed."""
    for name in ("X_Forwarded_For", "Forwarded", "X_Real_IP"):
        assert people.ask("GET", "/metrics", **{name: "127.0.0.1"}).status == 403
