"""New code beside an old static folder, and the other way round: styles may be of yesterday, pages may not break."""

import json
import re
import stat
from pathlib import Path

import pytest
import requests

from console.version import VERSION
from tests import database
from tests.deploy.webs import environment, manage, web
from tests.glance.service import free_port

pytestmark = pytest.mark.process
_LINK = re.compile(r'(?:href|src)="(/static/[^"]+)"')
#: As a proxy with TLS in front would say.
_HEADERS = {"X-Forwarded-Proto": "https", "Host": "images.example.com"}


class Console:
    def __init__(self, port: int, static: Path) -> None:
        self.port, self.static = port, static

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", headers=_HEADERS, allow_redirects=False, timeout=60)

    def links(self) -> list[str]:
        page = self.get("/accounts/login/")
        assert page.status_code == 200
        found = _LINK.findall(page.text)
        assert len(found) > 5
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("statics")
    database.lay(folder / "console.sqlite3")
    manage(environment(folder), "migrate", "--verbosity", "0")
    return folder


@pytest.fixture(scope="module")
def console(folder):
    """With the static folder of an older release: other files, other digests, and the list under its old name."""
    static = folder / "old"
    old = static / "css" / "base.0123456789ab.css"
    old.parent.mkdir(parents=True)
    old.write_text("/* of the release before */")
    paths = {"css/base.css": "css/base.0123456789ab.css"}
    (static / "staticfiles.json").write_text(json.dumps({"paths": paths, "version": "1.1", "hash": ""}))
    port = free_port()
    with web(environment(folder, STATIC_DIR=str(static)), port, folder / "web.log"):
        yield Console(port, static)


def test_pages_and_their_files_come_from_the_sources_when_nothing_was_collected(console):
    for path in ("/accounts/login/", "/"):
        assert console.get(path).status_code < 400
    for link in console.links():
        answer = console.get(link)
        assert answer.status_code == 200, link
        assert "immutable" not in answer.headers["Cache-Control"]


def test_a_page_of_the_release_before_still_finds_its_files(console):
    assert console.get("/static/css/base.0123456789ab.css").text == "/* of the release before */"


def test_a_page_of_a_neighbour_of_another_release_finds_the_files_of_this_one(console):
    answer = console.get("/static/css/base.fedcba987654.css")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')
    assert "immutable" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/css/",
        "/static/css/none.css",
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/static/%00",
    ],
)
def test_what_is_no_file_is_not_found(console, path):
    assert console.get(path).status_code in {400, 404}


def test_collected_beside_a_running_process_and_cleared_away_under_it(console, folder):
    """As an upgrade does, and as somebody does who tidies up."""
    given = environment(folder, STATIC_DIR=str(console.static))
    manage(given, "collectstatic", "--noinput", "--verbosity", "0")
    listed = json.loads((console.static / f"staticfiles-{VERSION}.json").read_text())["paths"]
    assert (console.static / "staticfiles.json").exists(), "the list of the release before must stay"
    new = console.static / listed["css/base.css"]
    assert console.get(f"/static/{listed['css/base.css']}").content == new.read_bytes()
    port = free_port()
    with web(given, port, folder / "second.log"):
        second = Console(port, console.static)
        assert f"/static/{listed['css/base.css']}" in second.links()
        new.unlink()
        assert second.get(f"/static/{listed['css/base.css']}").status_code == 200


def test_collected_files_are_for_a_proxy_to_read_whatever_the_umask(tmp_path, folder):
    given = environment(folder, STATIC_DIR=str(tmp_path / "cache" / "static"))
    manage(given, "collectstatic", "--noinput", "--verbosity", "0", umask=0o077)
    for path in (tmp_path / "cache" / "static").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o755 if path.is_dir() else 0o644), path
