"""A file from a browser whose connection is cut, on in another window, and without scripts."""

import re
import uuid

import pytest

from images.making.models import Upload
from images.making.services.uploads import receiving
from images.operations.actions import staging
from images.operations.enums import OperationState
from images.operations.models.operation import Operation
from tests import factories

CHUNK = 64 * 1024
DISK = b"QFI\xfb\0\0\0\3" + b"\0" * 16 + (2**30).to_bytes(8, "big") + b"\0" * 72 + bytes(range(256)) * 2000


@pytest.fixture
def begin(admin, settings, tmp_path):
    settings.UPLOAD_DIR, settings.UPLOAD_CHUNK = tmp_path / "uploads", CHUNK

    def begun() -> Upload:
        said = {"name": "golden", "fields": {"name": "golden"}, "key": uuid.uuid4().hex}
        return receiving.begin(actor=admin, project=factories.project(), **said)

    return begun


def offset_of(url: str) -> int:
    return int(url.partition("offset=")[2] or -1)


def test_a_file_goes_on_where_it_was_cut(visit, admin, begin, tmp_path):
    upload = begin()
    (tmp_path / "disk.qcow2").write_bytes(DISK)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "disk.qcow2").write_bytes(DISK[:100] + b"!" + DISK[101:])
    window = visit(admin)
    window.expected = ["Failed to load resource"]
    page = window.open(f"/uploads/{upload.pk}/")
    met: list[int] = []

    def unreliable(route) -> None:
        offset = offset_of(route.request.url)
        met.append(offset)
        if offset >= 5 * CHUNK or (offset == 3 * CHUNK and met.count(offset) == 1):
            route.abort()  # it never arrives
        elif offset == CHUNK and met.count(offset) == 1:
            route.fetch()
            route.abort()  # it arrives, and nobody says so
        else:
            route.continue_()

    page.route(re.compile(r"/file/\?offset="), unreliable)
    page.locator("#id_file").set_input_files(tmp_path / "disk.qcow2")
    page.get_by_role("button", name="Upload").click()
    while met.count(5 * CHUNK) < 2:
        page.wait_for_timeout(20)
    assert met == [0, CHUNK, 2 * CHUNK, 3 * CHUNK, 3 * CHUNK, 4 * CHUNK, 5 * CHUNK, 5 * CHUNK], "nothing came twice"
    page.get_by_role("button", name="Stop for now").click()
    page.locator("#upload-words", has_text="What has come is kept").wait_for()
    page.close()

    later = visit(admin, width=390, dark=True)
    later.expected = ["Failed to load resource"]
    page = later.open(f"/operations/{Operation.objects.get().pk}/")
    assert f"{500 * CHUNK // len(DISK)} % of the file is here" in page.locator("#op-live").inner_text()
    page.get_by_role("link", name="Go on with the file").click()
    page.wait_for_url("**/uploads/**")
    assert later.violations() == []
    assert later.overflow() == []
    page.on("request", lambda request: met.append(offset_of(request.url)) if request.method == "PUT" else None)
    met.clear()
    page.locator("#id_file").set_input_files(tmp_path / "other" / "disk.qcow2")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("it holds something else").wait_for()
    assert met == []
    page.locator("#id_file").set_input_files(tmp_path / "disk.qcow2")
    page.get_by_role("button", name="Go on").press("Enter")
    page.wait_for_url("**/operations/**")
    assert met == [*range(5 * CHUNK, len(DISK), CHUNK)]
    assert Operation.objects.get().state == OperationState.WAITING
    assert staging.staged(upload.pk.hex).read_bytes() == DISK


def test_without_scripts(visit, admin, begin, tmp_path):
    (tmp_path / "disk.gz").write_bytes(b"\x1f\x8b" + b"\0" * 100)
    (tmp_path / "disk.qcow2").write_bytes(DISK)
    window = visit(admin, script=False)
    window.expected = ["Failed to load resource"]
    page = window.open(f"/uploads/{begin().pk}/")
    page.locator("#id_file").set_input_files(tmp_path / "disk.gz")
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("The file is packed (gzip)").wait_for()
    page.locator("#id_file").set_input_files(tmp_path / "disk.qcow2")
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/operations/**")
    assert page.get_by_role("heading", name="Upload file: golden").is_visible()
